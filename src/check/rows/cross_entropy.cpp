// SPDX-License-Identifier: MIT
// Rows of cross_entropy and nll_loss of ops/loss.h.
#include "check/reference.h"
#include "check/rows.h"
#include "check/edge_lines.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "kernels/cross_entropy.h"

namespace gradus::check {
namespace {

using Form = CrossEntropyForm;

Reference reference_of(const Form& form) {
  return [=]<class T>(const Arrays<T>& in) { return plain_cross_entropy(in, form); };
}

Form form_of(const Sample& s) {
  return {.classes = s["classes"] != 0, .ignored = static_cast<int64_t>(s["ignored"]),
          .smoothing = s["smoothing"],
          .reduction = static_cast<decltype(Form::reduction)>(s["reduction"])};
}

Shape rows_of(Shape x) {
  x.erase(x.size() > 1 ? 1 : 0);
  return x;
}

const char* name_of(Reduction r) {
  return r == Reduction::none ? "none" : r == Reduction::mean ? "mean" : "sum";
}

// Options without their tensors; the sample has the weight as its third input.
Sample cross_entropy_sample(const Shape& x, const Tensor& target, bool weighted,
                            const CrossEntropy& o, Generator& gen) {
  const bool classes = target.dtype() == DType::i64;
  const int64_t count = x[x.size() > 1 ? 1 : 0];
  Sample s{.label = text({x, classes ? ", classes" : ", probabilities", ", ", name_of(o.reduction),
                          weighted ? ", weight" : "", ", ignored ", o.ignore_index, ", smoothing ",
                          o.label_smoothing}),
           .inputs = {values(gen, x, -2, 2), target}};
  if (weighted) s.inputs.push_back(values(gen, {count}, 0.5, 2)), s.constants = {2};
  s.call = [=](Inputs in) {
    CrossEntropy options = o;
    if (weighted) options.weight = in[2];
    return cross_entropy(in[0], in[1], options);
  };
  s.attributes = {{"classes", classes},
                  {"ignored", static_cast<double>(o.ignore_index)},
                  {"smoothing", o.label_smoothing},
                  {"reduction", static_cast<double>(o.reduction)}};
  s.reference = reference_of(form_of(s));
  return s;
}

// Classes with an ignored row, or probabilities; `turn` selects weights, smoothing and reduction.
Sample some_cross_entropy(Generator& gen, const Shape& x, int64_t turn) {
  using enum Reduction;
  const CrossEntropy options{.label_smoothing = turn % 2 ? 0.1 : 0,
                             .reduction = turn % 3 == 0 ? none : turn % 3 == 1 ? mean : sum};
  Tensor target = indices(gen, rows_of(x), x[1]);
  target.mutable_data<int64_t>()[target.numel() - 1] = options.ignore_index;
  if (turn % 4 == 2 || turn % 8 == 5) target = values(gen, x, 0.1, 0.6);
  return cross_entropy_sample(x, target, turn % 4 == 3 || turn % 8 == 5, options, gen);
}

std::vector<Axis> cross_entropy_axes(Sample (*sample)(Generator&, const Shape&, int64_t),
                                     int64_t grain_of_30) {
  using namespace kernels;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants,
                        Shape (*shape)(int64_t n)) {
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  return sample(gen, shape(n), n);
                }};
  };
  return {axis("classes",
               {{"lane_count", lane_count}, {"cross_entropy_grain", cross_entropy_grain}},
               [](int64_t n) { return Shape{5, n}; }),
          axis("rows", {{"cross_entropy_grain", grain_of_30}},
               [](int64_t n) { return Shape{n, 30}; }),
          axis("adjacent positions", {}, [](int64_t n) { return Shape{3, 7, n}; })};
}

std::vector<Sample> cross_entropy_samples(Generator& gen) {
  std::vector<Sample> samples;
  const auto classes = [&](const Shape& x, CrossEntropy o = {}, bool weighted = false) {
    const int64_t count = x[x.size() > 1 ? 1 : 0];
    Tensor target = indices(gen, rows_of(x), count);
    const bool outside = o.ignore_index < 0 && target.numel() > 1;
    if (outside) target.mutable_data<int64_t>()[1] = o.ignore_index;
    samples.push_back(cross_entropy_sample(x, target, weighted, o, gen));
  };
  const auto soft = [&](const Shape& x, CrossEntropy o = {}, bool weighted = false) {
    samples.push_back(cross_entropy_sample(x, values(gen, x, 0.1, 0.6), weighted, o, gen));
  };
  using enum Reduction;
  classes({4, 5}), classes({5}), classes({3, 4}, {.reduction = none});
  classes({3, 4}, {.reduction = sum}), classes({6, 3}, {.ignore_index = 0});
  classes({6, 3}, {.ignore_index = -1, .reduction = none}, true), classes({4, 5}, {}, true);
  classes({4, 5}, {.label_smoothing = 0.2}), classes({4, 5}, {.label_smoothing = 0.1}, true);
  classes({4, 6}, {.label_smoothing = 1}, true), classes({2, 3, 4});
  classes({2, 3, 2, 3}, {}, true);
  classes({2, 4, 1, 3}, {.ignore_index = 1, .label_smoothing = 0.3, .reduction = sum}, true);
  classes({7, 4}, {.label_smoothing = 0.5, .reduction = none}), classes({1, 40}), classes({19, 2});
  classes({3, 1}), classes({0, 4}), classes({2, 3, 0}, {.reduction = none});
  classes({1, 33}, {}, true), soft({4, 5}), soft({5}, {}, true), soft({0, 3});
  soft({3, 4}, {.label_smoothing = 0.2, .reduction = none}, true);
  soft({2, 3, 4}, {.reduction = sum}), soft({2, 3, 4}, {.label_smoothing = 0.1}, true);
  samples.push_back(cross_entropy_sample({3, 4}, full({3}, -100, DType::i64), true, {}, gen));
  samples.back().label += ", all ignored";
  return samples;
}

// Rows of logits at the edge, classes along axis 1; the target is the first class or the last.
Sample cross_entropy_at_edge(const Tensor& lines, int axis, bool first, double smoothing) {
  const Tensor x = axis == 1 ? lines : unsqueeze(lines, 0);
  const int64_t chosen = first ? 0 : x.size(1) - 1;
  Generator gen(0);
  const Tensor target = full(rows_of(x.shape()), static_cast<double>(chosen), DType::i64);
  const CrossEntropy options{.label_smoothing = smoothing, .reduction = Reduction::none};
  Sample s = cross_entropy_sample(x.shape(), target, false, options, gen);
  s.inputs[0] = x;
  s.attributes["cancels"] = 1;
  s.reference = s.reference.with_edge([form = form_of(s)](const Arrays<Wide>& in) {
    Array<Wide> y = plain_cross_entropy(in, form);
    const std::vector<bool> infinite = infinite_lines(in[0], 1);
    for (size_t row = 0; row < infinite.size(); ++row)
      if (infinite[row]) y.v[row] = Wide(NAN, NAN);
    return y;
  });
  return s;
}

// Logits at the edge of the numbers, for classes, and for probabilities with smoothing.
std::vector<Sample> far_cross_entropies() {
  std::vector<Sample> samples;
  Generator gen(0);
  const Tensor x = tensor({{1e30, 0, -1e30}, {300, -300, 0}, {-1e30, -1e30, -2e30}, {88, 104, -89}},
                          DType::f64);
  using enum Reduction;
  const auto add = [&](const Tensor& target, const CrossEntropy& o) {
    Sample s = cross_entropy_sample({4, 3}, target, false, o, gen);
    s.inputs[0] = x;
    s.attributes["cancels"] = 1;
    const Form form = form_of(s);
    s.reference = s.reference.with_edge(
        [form]<class T>(const Arrays<T>& in) { return plain_cross_entropy(in, form); });
    samples.push_back(std::move(s));
  };
  const Tensor some = tensor({0, 1, 2, 0}, DType::i64), others = tensor({2, 0, 0, 1}, DType::i64);
  for (const Tensor& target : {some, others}) {
    for (const CrossEntropy& o : {CrossEntropy{.reduction = none},
                                  CrossEntropy{.label_smoothing = 0.25}, CrossEntropy{}})
      add(target, o);
  }
  add(values(gen, {4, 3}, 0.1, 0.6), {.label_smoothing = 0.25, .reduction = none});
  for (const bool first : {true, false})
    for (Sample& s : edge_samples([=](const Tensor& lines, int axis) {
           return cross_entropy_at_edge(lines, axis, first, first ? 0 : 0.25);
         }))
      samples.push_back(std::move(s));
  return samples;
}

const Tensor logits = ones({3, 4}), some_classes = tensor({0, 3, 2}, DType::i64);

std::vector<BadInput> bad_cross_entropies() {
  const auto with = [](const CrossEntropy& o) {
    return [=](Inputs in) { cross_entropy(in[0], in[1], o); };
  };
  const auto call = with({});
  const auto weighted = [](Inputs in) { cross_entropy(in[0], in[1], {.weight = in[2]}); };
  const auto tracked = [=](Inputs in) {
    cross_entropy(in[0], in[1], {.weight = in[2].detach().requires_grad_()});
  };
  const auto classes = [](std::initializer_list<double> c) { return tensor(c, DType::i64); };
  return {
      {"class too large", {logits, classes({0, 3, 4})}, call,
       "target 4 at position [2] is out of range for a class count of 4"},
      {"negative class", {logits, classes({0, -1, 2})}, call, "target -1 at position [1]"},
      {"not the ignored index", {logits, classes({0, -100, 2})}, with({.ignore_index = -1}),
       "only -1 is ignored"},
      {"class in three axes", {ones({2, 3, 2}), tensor({{0, 1}, {2, 3}}, DType::i64)}, call,
       "target 3 at position [1, 1]"},
      {"too few targets", {logits, classes({0, 3})}, call, "target [2] must be [3]"},
      {"column of targets", {logits, zeros({3, 1}, DType::i64)}, call, "[3, 1] must be [3]"},
      {"probabilities", {logits, ones({4, 3})}, call, "target probabilities [4, 3]"},
      {"dtypes", {logits, ones({3, 4}, DType::f64)}, call, "target is f64, x is f32"},
      {"boolean target", {logits, zeros({3}, DType::boolean)}, call, "expected i64"},
      {"no target", {logits}, [](Inputs in) { cross_entropy(in[0], {}); }, "target is undefined"},
      {"scalar x", {ones({}), some_classes}, call, "x is a scalar"},
      {"no classes", {ones({0, 0}), zeros({0}, DType::i64)}, call, "no classes"},
      {"weight", {logits, some_classes, ones({3})}, weighted, "weight [3] must be [4]"},
      {"tracked weight", {logits, some_classes, ones({4})}, tracked, "requires a gradient"},
      {"smoothing", {logits, some_classes}, with({.label_smoothing = 1.5}), "label_smoothing 1.5"},
      {"batchmean", {logits, some_classes}, with({.reduction = Reduction::batchmean}), "kl_div"}};
}

// A mutant: the gradient of `reference` with a form that `spoil` made wrong.
Mutant spoilt(Reference (*reference)(const Form&), std::string name, void (*spoil)(Form& form)) {
  return mistaken(std::move(name), [=](const Sample& s) {
    Form form = form_of(s);
    spoil(form);
    return reference(form);
  });
}

std::vector<Mutant> class_loss_mutants(Reference (*reference)(const Form&)) {
  return {
      spoilt(reference, "ignored rows unmasked", [](Form& f) { f.count_ignored = true; }),
      spoilt(reference, "mean over all rows", [](Form& f) { f.divide_by_all = true; }),
      spoilt(reference, "weight forgotten", [](Form& f) { f.no_weight = true; }),
      spoilt(reference, "sum instead of mean", [](Form& f) {
        if (f.reduction == Form::mean) f.reduction = Form::sum;
      })};
}

OpRow cross_entropy_row() {
  OpRow row{.name = "cross_entropy", .rules = {"cross_entropy"}, .samples = cross_entropy_samples};
  row.bad = bad_cross_entropies();
  row.far = far_cross_entropies;
  row.axes = cross_entropy_axes(some_cross_entropy, kernels::cross_entropy_grain / 31 + 1);
  row.naive = {{"log of softmax", [](Inputs in, const Sample& s) -> Tensors {
    if (s["smoothing"] != 0 || s["reduction"] != static_cast<double>(Form::each)) return s.call(in);
    const Tensor logs = gradus::log(softmax(in[0], 1));
    return -squeeze(gather(logs, 1, unsqueeze(in[1], 1)), 1);
  }}};
  row.mutants = class_loss_mutants(reference_of);
  row.mutants.push_back(
      spoilt(reference_of, "smoothing forgotten", [](Form& f) { f.smoothing = 0; }));
  row.mutants.push_back(
      spoilt(reference_of, "sum of exp held constant", [](Form& f) { f.constant_sum = true; }));
  row.mutants.push_back(wrong("softmax(x) without the target", 0,
                              [](const Sample&, const BackwardEvent& e) {
    return softmax(e.inputs[0].detach(), e.inputs[0].dim() > 1 ? 1 : 0);
  }));
  return row;
}

// ---- nll_loss

auto nll_formula(const Form& form) {
  return [=]<class T>(const Arrays<T>& in) {
    const int axis = in[0].shape.size() > 1 ? 1 : 0;
    const AxisView a(in[0].shape, axis);
    Array<T> y(in[1].shape);
    T total = 0, divisor = 0;
    for (int64_t r = 0; r < y.count(); ++r) {
      const int64_t given = in[1].index(r), t = given < 0 ? 0 : given;
      const bool counts = given != form.ignored || form.count_ignored;
      const T w = in.size() > 2 && !form.no_weight ? in[2][t] : T(1);
      if (form.divide_by_all) divisor += 1;
      else if (counts) divisor += w;
      if (counts) total += y[r] = -w * in[0][a.at(r / a.inner, t, r % a.inner)];
    }
    if (form.reduction == Form::each) return y;
    if (form.reduction == Form::mean && value(divisor) != 0) total /= divisor;
    return Array<T>({}, total);
  };
}

Reference nll_reference(const Form& form) { return nll_formula(form); }

Sample nll_sample(Generator& gen, const Shape& x, bool weighted, int64_t ignored,
                  Reduction reduction) {
  const int64_t count = x[x.size() > 1 ? 1 : 0];
  Tensor target = indices(gen, rows_of(x), count);
  if (ignored < 0 && target.numel() > 2) target.mutable_data<int64_t>()[2] = ignored;
  Sample s{.label = text({x, weighted ? ", weight" : "", ", ignored ", ignored, ", ",
                          name_of(reduction)}),
           .inputs = {values(gen, x), target}};
  if (weighted) s.inputs.push_back(values(gen, {count}, 0.5, 2)), s.constants = {2};
  s.call = [=](Inputs in) {
    return nll_loss(in[0], in[1], weighted ? in[2] : Tensor{}, ignored, reduction);
  };
  s.attributes = {{"classes", 1}, {"ignored", static_cast<double>(ignored)}, {"smoothing", 0},
                  {"reduction", static_cast<double>(reduction)}};
  s.reference = nll_reference(form_of(s));
  return s;
}

Sample some_nll(Generator& gen, const Shape& x, int64_t turn) {
  using enum Reduction;
  return nll_sample(gen, x, turn % 2 == 0, -100, turn % 3 == 0 ? none : turn % 3 == 1 ? mean : sum);
}

std::vector<Sample> nll_samples(Generator& gen) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& x, bool weighted = false, int64_t ignored = -100,
                       Reduction reduction = Reduction::mean) {
    samples.push_back(nll_sample(gen, x, weighted, ignored, reduction));
  };
  using enum Reduction;
  add({4, 3}), add({5}), add({3, 4}, false, -100, sum), add({6, 2}, true, 0), add({4, 3}, true);
  add({4, 3}, true, -1, none), add({2, 3, 4}), add({2, 3, 4}, true, 1);
  add({2, 2, 3, 2}, true, -100, sum), add({2, 3, 1, 2}, false, 2, none);
  add({20, 2}), add({1, 35}, true), add({3, 1}), add({0, 4});
  add({2, 3, 0}, false, -100, none), add({19, 3}, true, 0, none);
  return samples;
}

std::vector<Sample> far_nlls() {
  return edge_samples([](const Tensor& lines, int axis) {
    const Tensor x = axis == 1 ? lines : unsqueeze(lines, 0);
    Generator gen(0);
    Sample s = nll_sample(gen, x.shape(), false, 100, Reduction::none);
    s.inputs[0] = x;
    const Form form = form_of(s);
    s.reference = s.reference.with_edge(nll_formula(form));
    return s;
  });
}

OpRow nll_row() {
  OpRow row{.name = "nll_loss", .rules = {"nll_loss"}, .samples = nll_samples};
  const auto call = [](Inputs in) {
    nll_loss(in[0], in[1], in.size() > 2 ? in[2] : Tensor{});
  };
  const auto tracked = [](Inputs in) {
    nll_loss(in[0], in[1], in[2].detach().requires_grad_());
  };
  row.bad = {
      {"class", {logits, tensor({0, 4, 2}, DType::i64)}, call, "target 4 at position [1]"},
      {"shape", {logits, tensor({0, 3}, DType::i64)}, call, "target [2] must be [3]"},
      {"float target", {logits, ones({3})}, call, "expected i64"},
      {"scalar", {ones({}), zeros({}, DType::i64)}, call, "x is a scalar"},
      {"weight", {logits, some_classes, ones({4, 1})}, call, "weight [4, 1] must be [4]"},
      {"tracked weight", {logits, some_classes, ones({4})}, tracked, "requires a gradient"}};
  row.far = far_nlls;
  row.naive = {{"a product with one-hot targets", [](Inputs in, const Sample&) -> Tensors {
    Tensor hot = scatter(zeros_like(in[0]), 1, unsqueeze(in[1], 1),
                         ones(unsqueeze(in[1], 1).shape(), in[0].dtype()));
    return -sum(hot * in[0], {1});
  }}};
  row.mutants = class_loss_mutants(nll_reference);
  row.axes = cross_entropy_axes(some_nll, kernels::cross_entropy_grain);
  return row;
}

}  // namespace

Rows cross_entropy_rows() { return {cross_entropy_row(), nll_row()}; }

}  // namespace gradus::check
