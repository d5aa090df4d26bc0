// SPDX-License-Identifier: MIT
// Muon. Kernel: kernels/muon.h.
#include "gradus/optim/muon.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "kernels/muon.h"
#include "optim/adam_step.h"
#include "optim/check.h"
#include "optim/update.h"

namespace gradus {
namespace {

struct Sides {
  int64_t rows, cols;
  int64_t count() const { return rows * cols; }
  int64_t low() const { return std::min(rows, cols); }
  bool large() const { return low() * count() >= kernels::muon_large; }
};

double factor_of(MuonScale scale, const Sides& s) {
  const auto rows = static_cast<double>(s.rows), cols = static_cast<double>(s.cols);
  return scale == MuonScale::original ? std::sqrt(std::max(1.0, rows / cols))
                                      : 0.2 * std::sqrt(std::max(rows, cols));
}

void check(const MuonOptions& o, const ParameterList& matrices) {
  constexpr const char* op = "Muon";
  check_setting(op, "lr", o.lr);
  check_setting(op, "weight_decay", o.weight_decay);
  check_setting(op, "momentum", o.momentum, 0, 1);
  check_setting(op, "eps", o.eps);
  for (const auto& [name, value] : {std::pair{"a", o.a}, {"b", o.b}, {"c", o.c}})
    check_setting(op, name, value, -1e6, 1e6);
  if (o.ns_steps < 1 || o.ns_steps > 99)
    argument_error({op, ": ns_steps is ", o.ns_steps, "; expected 1 to 99"});
  if (o.parts < 1) argument_error({op, ": parts is ", o.parts, "; expected 1 or more"});
  for (const auto& [name, p] : matrices) {
    if (!p.defined()) continue;
    if (p.dim() < 2)
      argument_error({op, ": ", name, " (", p.str(),
                      ") is not a matrix; give it to AdamW, as one of ", "the others"});
    if (p.size(0) % o.parts != 0)
      argument_error({op, ": ", name, " (", p.str(), ") cannot be cut into ", o.parts, " parts"});
  }
}

// u, wide: transposed if it has more rows than columns.
template <class T> void load_update(const MuonOptions& o, const Sides& s, const T* g, T* m, T* u) {
  const auto keep = static_cast<T>(o.momentum), rest = static_cast<T>(1 - o.momentum);
  const bool tall = s.rows > s.cols;
  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t c = 0; c < s.cols; ++c) {
      const int64_t i = r * s.cols + c;
      m[i] = keep * m[i] + rest * g[i];
      u[tall ? c * s.rows + r : i] = o.nesterov ? keep * m[i] + rest * g[i] : m[i];
    }
}

template <class T> void take(const MuonOptions& o, double lr, const Sides& s, const T* x, T* p) {
  const auto kept = static_cast<T>(1 - lr * o.weight_decay);
  const auto rate = static_cast<T>(lr * factor_of(o.adjust_lr, s));
  const bool tall = s.rows > s.cols;
  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t c = 0; c < s.cols; ++c) {
      T& to = p[r * s.cols + c];
      to = to * kept - rate * x[tall ? c * s.rows + r : r * s.cols + c];
    }
}

// The step of one matrix.
template <class T> struct Work {
  MuonOptions options;
  double lr;
  Sides sides;
  const T* g;
  T *p, *m;

  void run(T* memory) const {
    const MuonOptions& o = options;
    load_update(o, sides, g, m, memory);
    kernels::newton_schulz<T>({o.a, o.b, o.c, o.eps, o.ns_steps}, sides.low(),
                              sides.count() / sides.low(), memory, memory + sides.count());
    take(o, lr, sides, memory, p);
  }
};

}  // namespace

Muon::Muon(const std::vector<Group<MuonOptions>>& matrices,
           const std::vector<Group<AdamOptions>>& others)
    : Optimizer("Muon") {
  keep_state({"momentum_buffer"});
  for (const auto& [parameters, o] : matrices) {
    check(o, parameters);
    add_group(parameters, o.lr);
    matrices_.push_back(o);
  }
  keep_state({"exp_avg", "exp_avg_sq"});
  for (const auto& [parameters, o] : others) {
    check_adam("Muon", o);
    if (o.amsgrad) argument_error({"Muon: amsgrad is not available for the other parameters"});
    add_group(parameters, o.lr);
    others_.push_back(o);
    others_.back().decoupled_weight_decay = true;
  }
}
Muon::Muon(const ParameterList& matrices, MuonOptions options)
    : Muon(std::vector<Group<MuonOptions>>{{matrices, options}}) {}

template <class T> void Muon::step_of_matrices(DType dtype) {
  const Active active = begin_step(dtype, 0, matrices_.size());
  std::vector<Work<T>> work;
  int64_t scratch = 0;
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    if (s.parameter.numel() == 0) continue;
    const MuonOptions& o = matrices_[s.group];
    const T* g = active.grads[i].data<T>();
    T *p = s.parameter.mutable_data<T>("Muon"), *m = s.state[0].mutable_data<T>();
    const Sides part{s.parameter.size(0) / o.parts, s.parameter.numel() / s.parameter.size(0)};
    for (int64_t k = 0; k < o.parts; ++k) {
      const int64_t at = k * part.count();
      work.push_back({o, lr(s.group), part, g + at, p + at, m + at});
    }
    scratch = std::max(scratch, part.count() + kernels::newton_schulz_scratch(
                                                   part.low(), part.count() / part.low()));
  }
  if (work.empty()) return;
  Tensor memory = Tensor::empty({num_threads(), scratch}, dtype);
  T* all = memory.mutable_data<T>();
  // Small matrices side by side, each on one thread; large ones one by one, on all threads.
  const auto small_end = std::stable_partition(work.begin(), work.end(),
                                               [](const Work<T>& w) { return !w.sides.large(); });
  parallel_for(small_end - work.begin(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      work[static_cast<size_t>(i)].run(all + worker_index() * scratch);
  });
  for (auto w = small_end; w != work.end(); ++w) w->run(all);
}

void Muon::step() {
  step_of_matrices<float>(DType::f32);
  step_of_matrices<double>(DType::f64);
  update(
      [this](const Slot& s) {
        return adam_step(others_[s.group - matrices_.size()], lr(s.group), s.steps);
      },
      []<class T>(int64_t n, const kernels::AdamStep& s, const T* g, T* p, T* const* state) {
        kernels::adam(n, s, g, p, state);
      },
      matrices_.size());
}

MuonParameters muon_parameters(Module& model, const std::vector<std::string>& heads) {
  MuonParameters all;
  for (const NamedTensor& p : model.named_parameters()) {
    const bool is_head = std::any_of(heads.begin(), heads.end(), [&](const std::string& head) {
      return p.name.starts_with(head + ".");
    });
    const std::string kind = detail::parameter_kind(p.tensor);
    const bool table = kind == "Embedding.weight" || kind == "LearnedPosition.weight" ||
                       kind == "RelativeBias.weight";
    const Tensor& x = p.tensor;
    if (is_head || table || x.dim() < 2 || x.numel() == x.size(0)) all.others.push_back(p);
    else if (p.name.ends_with("in_proj_weight") && x.size(0) == 3 * x.size(1))
      all.stacked.push_back(p);
    else all.matrices.push_back(p);
  }
  return all;
}

}  // namespace gradus
