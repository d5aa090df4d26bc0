// SPDX-License-Identifier: MIT
// Mixture of experts: gate, rows sorted by expert, balance loss, recorder.
#include "gradus/nn/moe.h"

#include <cstdio>

#include "gradus/autograd/node.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"

namespace gradus {

MixtureOfExperts::MixtureOfExperts(MixtureOfExpertsOptions o, Generator& gen)
    : options(o), gate({o.expert.d_model, o.num_experts, false}, gen) {
  if (o.top_k < 1 || o.top_k > o.num_experts)
    argument_error({"MixtureOfExperts: top_k ", o.top_k, " of ", o.num_experts,
                    " experts; expected 1 to all of them"});
  for (int64_t e = 0; e < o.num_experts; ++e) experts.emplace_back(o.expert, gen);
}

// The choices [N, K] and their rows sorted by expert.
struct MixtureOfExperts::Choice {
  Tensor chosen;                // [N, K], experts
  std::vector<int64_t> rows;    // the row of x that each sorted row comes from
  std::vector<int64_t> sorted;  // the index of choice (n, k) among the sorted rows
  std::vector<int64_t> counts;  // rows of each expert
  std::vector<int64_t> firsts;  // first choices of each expert
};

MixtureOfExperts::Choice MixtureOfExperts::choose(const Tensor& probabilities) const {
  const NoGrad no_grad;
  const int64_t N = probabilities.size(0), K = options.top_k;
  Tensor left = probabilities.detach();
  std::vector<Tensor> columns;
  for (int64_t k = 0; k < K; ++k) {
    columns.push_back(argmax(left, 1, true));
    left = scatter(left, 1, columns.back(), full({N, 1}, -1, left.dtype()));
  }
  const auto E = static_cast<size_t>(options.num_experts), count = static_cast<size_t>(N * K);
  Choice c{.chosen = cat(columns, 1),
           .rows = std::vector<int64_t>(count),
           .sorted = std::vector<int64_t>(count),
           .counts = std::vector<int64_t>(E),
           .firsts = std::vector<int64_t>(E)};
  const std::vector<int64_t> ids = c.chosen.to_vector<int64_t>();
  for (size_t i = 0; i < count; ++i) {
    ++c.counts[static_cast<size_t>(ids[i])];
    if (i % static_cast<size_t>(K) == 0) ++c.firsts[static_cast<size_t>(ids[i])];
  }
  std::vector<int64_t> next(E);
  for (size_t e = 1; e < E; ++e) next[e] = next[e - 1] + c.counts[e - 1];
  for (size_t i = 0; i < count; ++i) {
    c.sorted[i] = next[static_cast<size_t>(ids[i])]++;
    c.rows[static_cast<size_t>(c.sorted[i])] = static_cast<int64_t>(i) / K;
  }
  return c;
}

namespace {

Tensor numbers(const std::vector<int64_t>& v, const Shape& shape) {
  const std::vector<double> d(v.begin(), v.end());
  return tensor(d, shape, DType::i64);
}

// Pieces of these sizes along axis 0. A single split makes at most eight, so splits form a tree.
void pieces(const Tensor& x, std::span<const int64_t> sizes, std::vector<Tensor>& out) {
  if (sizes.size() == 1) return out.push_back(x);
  const size_t step = (sizes.size() + 7) / 8;
  Dims groups;
  for (size_t i = 0; i < sizes.size(); i += step) {
    int64_t rows = 0;
    for (size_t j = i; j < std::min(i + step, sizes.size()); ++j) rows += sizes[j];
    groups.push_back(rows);
  }
  const Tensors parts = split(x, groups, 0);
  for (size_t i = 0; i < sizes.size(); i += step)
    pieces(parts[i / step], sizes.subspan(i, std::min(step, sizes.size() - i)), out);
}

}  // namespace

// g [N, K]
Tensor MixtureOfExperts::gates(const Tensor& probabilities, const Tensor& chosen) const {
  Tensor g = gather(probabilities, 1, chosen);
  if (options.normalize.value_or(options.top_k > 1)) g = div(g, sum(g, {1}, true));
  if (!options.straight_through) return g;
  return straight_through(full(g.shape(), 1 / static_cast<double>(options.top_k), g.dtype()), g);
}

Tensor MixtureOfExperts::operator()(const Tensor& x) const {
  const int64_t width = options.expert.d_model, K = options.top_k;
  if (!x.defined() || x.dim() < 1 || x.size(-1) != width)
    argument_error({"MixtureOfExperts: x is ", x.str(), "; expected [..., ", width, "]"});
  const int64_t N = width ? x.numel() / width : 0;
  const Tensor flat = reshape(x, {N, width});
  const Tensor probabilities = softmax(gate(flat), 1);
  const Choice choice = choose(probabilities);
  if (ExpertRecorder::listening()) record(choice, probabilities);
  std::vector<Tensor> parts, outputs;
  pieces(embedding(numbers(choice.rows, {N * K}), flat), choice.counts, parts);
  for (size_t e = 0; e < experts.size(); ++e) outputs.push_back(experts[e](parts[e]));
  const Tensor back = embedding(numbers(choice.sorted, {N, K}), cat(outputs, 0));
  const Tensor y = sum(mul(back, unsqueeze(gates(probabilities, choice.chosen), -1)), {1});
  return reshape(y, x.shape());
}

void MixtureOfExperts::record(const Choice& choice, const Tensor& probabilities) const {
  const bool gshard = options.balance == MixtureOfExpertsOptions::Balance::gshard;
  const auto E = static_cast<double>(options.num_experts);
  const std::vector<int64_t>& counts = gshard ? choice.firsts : choice.counts;
  const int64_t N = probabilities.size(0);
  Tensor balance = zeros({}, probabilities.dtype());
  if (N > 0) {
    const double all = static_cast<double>(gshard ? N : N * options.top_k);
    const std::vector<double> share(counts.begin(), counts.end());
    const Tensor f = div(tensor(share, {options.num_experts}, probabilities.dtype()), all);
    balance = mul(sum(mul(mean(probabilities, {0}), f)), gshard ? 1 / E : E);
  }
  ExpertRecorder::add({name(), choice.counts, balance});
}

// ---- the recorder
namespace {
thread_local ExpertRecorder* expert_recorder = nullptr;
}

ExpertRecorder::ExpertRecorder() : before_(expert_recorder) { expert_recorder = this; }
ExpertRecorder::~ExpertRecorder() { expert_recorder = before_; }
bool ExpertRecorder::listening() { return expert_recorder != nullptr; }

void ExpertRecorder::add(const Record& record) {
  for (ExpertRecorder* r = expert_recorder; r; r = r->before_) r->records.push_back(record);
}

Tensor ExpertRecorder::balance_loss() const {
  Tensor all;
  for (const Record& r : records) all = all.defined() ? gradus::add(all, r.balance) : r.balance;
  return records.empty() ? all : div(all, static_cast<double>(records.size()));
}

std::string ExpertRecorder::table() const {
  std::string out;
  for (const Record& r : records) {
    double all = 0;
    for (int64_t n : r.counts) all += static_cast<double>(n);
    out += r.name;
    for (int64_t n : r.counts) {
      char cell[32];
      const double share = all > 0 ? static_cast<double>(n) / all : 0;
      std::snprintf(cell, sizeof cell, " %5.1f %%", 100 * share);
      out += cell;
    }
    out += "\n";
  }
  return out;
}

}  // namespace gradus
