// SPDX-License-Identifier: MIT
// Checks that the bits of an elementwise op do not depend on the element's position.
#include <cmath>
#include <cstring>

#include "check/edge.h"
#include "check/run.h"

namespace gradus::check {
namespace {

constexpr int64_t longest = 65;  // more than a vector of 64: covers all tails of all vector loops

bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

// Whether `part` has the bits of `whole` from element `from` on.
bool same_part(const Tensor& whole, const Tensor& part, int64_t from) {
  const std::vector<double> a = whole.to_vector<double>(), b = part.to_vector<double>();
  for (size_t i = 0; i < b.size(); ++i)
    if (!same_bits(a[static_cast<size_t>(from) + i], b[i])) return false;
  return true;
}

// Values of many magnitudes in addition to those of the sample.
Tensor line_of(const Tensor& like, Generator& gen) {
  if (!is_float(like.dtype())) return mask(gen, {longest + 1});
  Tensor x = values(gen, {longest + 1});
  const std::vector<double> own = like.to_vector<double>();
  double* v = x.mutable_data<double>();
  for (int64_t i = 0; i < x.numel(); ++i)
    v[i] = i % 3 == 0 ? own[static_cast<size_t>(i / 3) % own.size()] : v[i] * std::exp(i % 13 - 6);
  return x;
}

std::vector<Tensor> part_of(const std::vector<Tensor>& inputs, int64_t from, int64_t n) {
  std::vector<Tensor> parts;
  for (const Tensor& x : inputs) parts.push_back(x.with_layout(x.layout().sliced(0, from, n, 1)));
  return parts;
}

std::string error_of(const OpRow& row, const Sample& s, DType dtype) {
  Generator gen(11);
  std::vector<Tensor> inputs;
  for (const Tensor& x : s.inputs) inputs.push_back(line_of(x, gen));
  inputs = converted(inputs, dtype);
  const std::vector<size_t> which = differentiated(row, s);
  const std::vector<Tensor> cotangent = {values(gen, {longest + 1})};
  const Run whole = run(s.call, inputs, which, cotangent);
  for (int64_t from : {0, 1})
    for (int64_t n = 1; n <= longest; ++n) {
      const Run part = run(s.call, part_of(inputs, from, n), which, part_of(cotangent, from, n));
      bool same = same_part(whole.outputs[0], part.outputs[0], from);
      for (size_t j = 0; j < which.size(); ++j)
        same = same && same_part(whole.grads[j], part.grads[j], from);
      if (!same)
        return text({name(dtype), ": ", n, " elements from position ", from,
                     " differ in bits from a row of ", longest + 1});
    }
  return "";
}

}  // namespace

std::vector<std::string> place_failures(const OpRow& row) {
  std::vector<std::string> failures;
  Generator gen(0);
  for (const Sample& s : row.samples(gen))
    if (is_one_line(s))
      for (DType dtype : {DType::f32, DType::f64})
        if (const std::string error = error_of(row, s, dtype); !error.empty())
          failures.push_back("place, sample " + s.label + ": " + error);
  return failures;
}

}  // namespace gradus::check
