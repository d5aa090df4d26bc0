// SPDX-License-Identifier: MIT
// Checks samples of real sizes: the properties that one run of the reference can check.
#include "check/size.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "check/run.h"
#include "gradus/autograd/gradcheck.h"
#include "gradus/base/parallel.h"
#include "kernels/gemm.h"

namespace gradus::check {
namespace {

// One sample; its floats are representable in f32, so that one reference serves both dtypes.
struct SizedTrial {
  const Sample& sample;
  std::vector<size_t> which;
  std::vector<Tensor> narrow, wide, cotangents{};
  Arrays<double> expected{};

  SizedTrial(const OpRow& row, const Sample& s)
      : sample(s),
        which(differentiated(row, s)),
        narrow(converted(s.inputs, DType::f32)),
        wide(converted(narrow, DType::f64)) {
    const Arrays<double> in = arrays_of<double>(wide);
    expected = s.reference.on_doubles(in);
    std::vector<Tensor> outputs;
    for (const Array<double>& y : expected) outputs.push_back(zeros(y.shape, DType::f64));
    cotangents = converted(random_cotangents({outputs.data(), outputs.size()}, 3), DType::f32);
    cotangents = converted(cotangents, DType::f64);
  }
  Run run(DType dtype) const {
    return check::run(sample.call, dtype == DType::f32 ? narrow : wide, which, cotangents);
  }
};

// The first element whose error exceeds `limit`, relative to the element plus the largest of all,
// at most 1: a softmax of many classes has small elements only.
std::string far_apart(const Tensor& actual, const Tensor& expected, double limit) {
  if (actual.shape() != expected.shape())
    return text({"has shape ", actual.shape(), ", expected ", expected.shape()});
  const std::vector<double> a = actual.to_vector<double>(), b = expected.to_vector<double>();
  double largest = 0;
  for (double v : b) largest = std::max(largest, std::abs(v));
  const double scale = std::min(largest, 1.0);
  for (size_t i = 0; i < a.size(); ++i)
    if (!(a[i] == b[i] || std::abs(a[i] - b[i]) <= limit * (scale + std::abs(b[i]))))
      return text({"is ", a[i], " at element ", i, ", expected ", b[i]});
  return "";
}

bool same_bits(const Run& a, const Run& b) {
  for (size_t k = 0; k < a.outputs.size(); ++k)
    if (!identical(a.outputs[k], b.outputs[k])) return false;
  for (size_t j = 0; j < a.grads.size(); ++j)
    if (!identical(a.grads[j], b.grads[j])) return false;
  return true;
}

// The first error of one sample, or "".
std::string error_of(const SizedTrial& t, uint64_t seed) {
  const Run wide = t.run(DType::f64), narrow = t.run(DType::f32);
  if (wide.outputs.size() != t.expected.size())
    return text({wide.outputs.size(), " outputs, expected ", t.expected.size()});
  for (size_t k = 0; k < t.expected.size(); ++k) {
    const Tensor e = tensor(t.expected[k].v, t.expected[k].shape, DType::f64);
    if (const std::string far = far_apart(wide.outputs[k], e, 1e-10); !far.empty())
      return text({"f64, output ", k, " ", far});
    if (const std::string far = far_apart(narrow.outputs[k], e, 2e-5); !far.empty())
      return text({"f32, output ", k, " ", far});
  }
  if (!t.which.empty()) {
    Sample sample = t.sample;
    sample.inputs = t.wide;
    const double gap = gap_of_modes(sample, t.which, wide, t.cotangents, seed);
    if (!(gap <= 1e-12)) return text({"f64, forward and reverse mode differ by ", gap});
  }
  for (size_t j = 0; j < t.which.size(); ++j)
    if (const std::string far = far_apart(narrow.grads[j], wide.grads[j], 1e-4); !far.empty())
      return text({"f32, the gradient of input ", t.which[j], " ", far});
  const int before = num_threads();
  set_num_threads(before == 3 ? 2 : 3);
  const bool same = same_bits(t.run(DType::f64), wide) && same_bits(t.run(DType::f32), narrow);
  set_num_threads(before);
  return same ? "" : "the bits depend on the number of threads";
}

}  // namespace

std::vector<int64_t> sizes_of(const Axis& axis) {
  std::set<int64_t> sizes;
  if (!axis.few) sizes = {127, 128, 129, 261};
  for (const KernelConstant& c : axis.constants) {
    const int64_t tail = c.at >= 8 ? 6 : 1;  // even, since samples often choose a variant by n % m
    if (axis.few) sizes.insert({c.at + 1});
    else sizes.insert({c.at - 1, c.at, c.at + 1, 2 * c.at + tail});
  }
  sizes.erase(0);
  return {sizes.begin(), sizes.end()};
}

std::vector<std::string> size_failures(const OpRow& row, uint64_t seed, bool all) {
  std::vector<std::string> failures;
  for (const Axis& axis : row.axes) {
    const bool products = std::any_of(axis.constants.begin(), axis.constants.end(),
                                      [](auto& c) { return c.name.rfind("gemm_", 0) == 0; });
    for (int64_t n : sizes_of(axis)) {
      if (!all && !failures.empty()) return failures;
      Generator gen(seed, static_cast<uint64_t>(n));
      const Sample s = axis.sample(gen, n);
      const auto fail = [&](const std::string& what) {
        if (what.empty()) return;
        failures.push_back(text({"size, ", n, " ", axis.name, ", sample ", s.label, ": ", what}));
      };
      try {
        constexpr int64_t any = INT64_MAX;
        const SmallBlocks blocks(any, axis.tile ? axis.tile : any);
        const SizedTrial trial(row, s);
        fail(error_of(trial, seed));
        if (!products) continue;
        const kernels::TiledProducts tiled;
        fail(error_of(trial, seed));
      } catch (const std::exception& e) {
        fail(e.what());
      }
    }
  }
  return failures;
}

}  // namespace gradus::check
