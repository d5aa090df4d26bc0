// SPDX-License-Identifier: MIT
// The edge of the numbers: a formula that is right for usual inputs may overflow, divide infinities
// or lose all digits where inputs are huge, tiny or not finite. In f32 and f64, forward and
// backward, against the reference in long double.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

/// What is wrong with an elementwise row at +-0, the smallest and largest numbers, subnormals,
/// +-300, +-1e30, infinities, NaN and some more, two arguments in all pairs. Denormals count as
/// zeros (base/parallel.h), so that at a subnormal input the value at 0 is right as well, and a
/// subnormal result may be 0. NaN must come out where it goes in, unless the reference says
/// otherwise; the gradient there may be anything. `instead`, if given, is computed in place of op.
std::vector<std::string> edge_failures(const OpRow& row, const Naive* instead = nullptr);

/// What is wrong with the samples of row.far, of any op. A reference that is not a number there is
/// an error of the row, unless it is meant; a slope that is not a number by a result that is none
/// may be anything. Beside a relative error, rounding errors of the largest element of a gradient
/// are allowed, or of the number that the sample's attribute "cancels" names. The gradient as a
/// graph must be the same, wherever it is a number.
std::vector<std::string> far_failures(const OpRow& row, const Naive* instead = nullptr);

/// An elementwise op gives an element the same bits wherever it stands: the first of a row of
/// length 1 to 65 or the last, in the body of a vector loop or in its tail, forward and backward.
std::vector<std::string> place_failures(const OpRow& row);

/// Whether all inputs are floats or masks of shape [5]: then the call takes any length.
bool is_one_line(const Sample& sample);

}  // namespace gradus::check
