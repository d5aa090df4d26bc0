// SPDX-License-Identifier: MIT
// Checks at the edge of the number range: a formula that is right for usual inputs may overflow,
// divide infinities or lose all digits where inputs are huge, tiny or not finite. Forward and
// backward in f32 and f64 are compared with the reference in long double.
#pragma once
#include "check/op_table.h"

namespace gradus::check {

/// The failures of an elementwise row at +-0, the smallest and largest numbers, subnormals, +-300,
/// +-1e30, infinities, NaN and more; two arguments in all pairs. Denormals are flushed to zero
/// (base/parallel.h), so a subnormal input may give the value at 0, and a subnormal result may be
/// 0. NaN inputs must give NaN unless the reference does not; their gradients are not checked.
/// `instead`, if given, is run in place of the op.
std::vector<std::string> edge_failures(const OpRow& row, const Naive* instead = nullptr);

/// The failures of the samples in row.far, for any op. A reference that gives NaN is a fault of
/// the row unless the row expects it; a slope may be anything where a result is NaN. In addition to
/// a relative error, rounding errors of a gradient's largest element are allowed, or of the number
/// in the sample's attribute "cancels". The gradient as a graph must be the same wherever it is a
/// number.
std::vector<std::string> far_failures(const OpRow& row, const Naive* instead = nullptr);

/// The failures to give an element the same bits at any position: at the start or end of a row of
/// length 1 to 65, in the body of a vector loop or in its tail, forward and backward.
std::vector<std::string> place_failures(const OpRow& row);

/// Whether all inputs are floats or masks of shape [5], so that the call takes any length.
bool is_one_line(const Sample& sample);

}  // namespace gradus::check
