// SPDX-License-Identifier: MIT
// Rows of ops/einsum.h, including bmm and outer, which are matrix products by another name.
#include "gradus/ops/einsum.h"

#include <algorithm>
#include <map>

#include "check/rows.h"
#include "gradus/ops/matmul.h"

namespace gradus::check {
namespace {

// One loop over all letters: y[output] += product of the operands at these letters.
template <class T>
Array<T> plain_einsum(const std::vector<std::string>& groups, const std::string& output,
                      const Arrays<T>& in) {
  std::map<char, int64_t> sizes;
  for (size_t i = 0; i < groups.size(); ++i)
    for (size_t k = 0; k < groups[i].size(); ++k) {
      int64_t& n = sizes.try_emplace(groups[i][k], 1).first->second;
      if (const int64_t own = in[i].size(static_cast<int>(k)); own != 1) n = own;
    }
  Shape all, out;
  std::string letters;
  for (const auto& [c, n] : sizes) {
    letters += c;
    all.push_back(n);
  }
  for (char c : output) out.push_back(sizes.at(c));
  const auto place = [&](const Shape& shape, const std::string& group, const Dims& at) {
    Dims own;
    for (char c : group) own.push_back(at[static_cast<int>(letters.find(c))]);
    return flat_index(shape, own);
  };
  Array<T> y(out);
  for (int64_t i = 0; i < numel(all); ++i) {
    const Dims at = coordinates(all, i);
    T product(1);
    for (size_t k = 0; k < groups.size(); ++k) product *= in[k][place(in[k].shape, groups[k], at)];
    y[place(out, output, at)] += product;
  }
  return y;
}

struct EinsumCase {
  const char* equation;
  std::vector<Shape> shapes;
  std::vector<std::string> groups;  // for the reference, without "..."
  const char* output;
};

Sample einsum_sample(Generator& gen, const EinsumCase& c) {
  Sample s{.label = c.equation, .inputs = {}};
  for (const Shape& shape : c.shapes) s.inputs.push_back(values(gen, shape));
  s.call = [equation = std::string(c.equation)](Inputs in) -> Tensors {
    return {einsum(equation, std::vector<Tensor>(in.begin(), in.end()))};
  };
  s.reference = [c]<class T>(const Arrays<T>& in) {
    return plain_einsum(c.groups, c.output, in);
  };
  return s;
}

std::vector<Axis> einsum_axes() {
  return {{"rows", {}, [](Generator& gen, int64_t n) {
             return einsum_sample(gen, {"ij,jk->ik", {{n, 9}, {9, 8}}, {"ij", "jk"}, "ik"});
           }},
          {"letters to sum", {}, [](Generator& gen, int64_t n) {
             return einsum_sample(
                 gen, {"bik,bjk->bij", {{2, 4, n}, {2, 3, n}}, {"bik", "bjk"}, "bij"});
           }},
          {"samples", {}, [](Generator& gen, int64_t n) {
             return einsum_sample(
                 gen, {"bij,bjk->bik", {{n, 4, 5}, {n, 5, 3}}, {"bij", "bjk"}, "bik"});
           }}};
}

std::vector<Sample> einsum_samples(Generator& gen) {
  const std::vector<EinsumCase> cases = {
      {"ij,jk->ik", {{3, 4}, {4, 5}}, {"ij", "jk"}, "ik"},
      {"ij,jk", {{3, 4}, {4, 5}}, {"ij", "jk"}, "ik"},
      {"kj,ij->ik", {{5, 4}, {3, 4}}, {"kj", "ij"}, "ik"},
      {"bik,bkj->bij", {{2, 3, 4}, {2, 4, 5}}, {"bik", "bkj"}, "bij"},
      {"bhid,bhjd->bhij", {{2, 3, 4, 2}, {2, 3, 5, 2}}, {"bhid", "bhjd"}, "bhij"},
      {"i,j->ij", {{3}, {4}}, {"i", "j"}, "ij"},
      {"i,i->", {{7}, {7}}, {"i", "i"}, ""},
      {"ij,ij->i", {{3, 4}, {3, 4}}, {"ij", "ij"}, "i"},
      {"ij,kl->jl", {{3, 4}, {2, 5}}, {"ij", "kl"}, "jl"},
      {"ij,jk,kl->il", {{3, 4}, {4, 2}, {2, 5}}, {"ij", "jk", "kl"}, "il"},
      {"bn,anm,bm->ba", {{2, 5}, {3, 5, 4}, {2, 4}}, {"bn", "anm", "bm"}, "ba"},
      {"...ij,...jk->...ik", {{2, 3, 4}, {4, 5}}, {"xij", "jk"}, "xik"},
      {"b...i,ij->b...j", {{2, 3, 2, 4}, {4, 5}}, {"bxyi", "ij"}, "bxyj"},
      {"ii,ij->j", {{4, 4}, {4, 3}}, {"ii", "ij"}, "j"},
      {"ij,jk->ik", {{3, 1}, {4, 5}}, {"ij", "jk"}, "ik"},
      {"i j , j -> i", {{3, 4}, {4}}, {"ij", "j"}, "i"},
      {"ij,jk->ik", {{0, 4}, {4, 5}}, {"ij", "jk"}, "ik"}};
  std::vector<Sample> samples;
  for (const EinsumCase& c : cases) samples.push_back(einsum_sample(gen, c));
  return samples;
}

using Pair = std::pair<Shape, Shape>;

// `grown` gives the two shapes for an axis of length n.
OpRow product_row(const char* name, const std::vector<Pair>& shapes,
                  const std::vector<std::string>& groups, const std::string& output,
                  Tensor (*op)(const Tensor&, const Tensor&),
                  std::vector<Pair (*)(int64_t)> grown) {
  const auto sample = [=](Generator& gen, const Pair& p) {
    return Sample{.label = text({p.first, " x ", p.second}),
                  .inputs = {values(gen, p.first), values(gen, p.second)},
                  .call = [=](Inputs in) -> Tensors { return {op(in[0], in[1])}; },
                  .reference = [=]<class T>(const Arrays<T>& in) {
                    return plain_einsum(groups, output, in);
                  }};
  };
  OpRow row{.name = name, .rules = {"matmul"}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    for (const Pair& p : shapes) samples.push_back(sample(gen, p));
    return samples;
  }};
  for (Pair (*of)(int64_t) : grown)
    row.axes.push_back({text({"axis ", row.axes.size()}), {}, [=](Generator& gen, int64_t n) {
                          return sample(gen, of(n));
                        }});
  return row;
}

// The gradient of input i with element k replaced by f(gradient, k, count).
template <class F> Mutant misplaced(const char* name, size_t i, F f) {
  return wrong(name, i, [=](const Sample&, const BackwardEvent& e) {
    const Tensor right = e.grads[i].contiguous_data();
    Tensor x = right.clone_data();
    const int64_t n = x.numel();
    for (int64_t k = 0; k < n; ++k) x.mutable_data<double>()[k] = f(right.data<double>(), k, n);
    return x;
  });
}

std::vector<Mutant> product_mutants() {
  return {misplaced("da in reverse order", 0,
                    [](const double* g, int64_t k, int64_t n) { return g[n - 1 - k]; }),
          misplaced("the last element of db missing", 1,
                    [](const double* g, int64_t k, int64_t n) { return k + 1 < n ? g[k] : 0; }),
          misplaced("da shifted by one", 0,
                    [](const double* g, int64_t k, int64_t n) { return g[(k + 1) % n]; }),
          misplaced("the first element of db twice", 1,
                    [](const double* g, int64_t k, int64_t) { return k ? g[k] : 2 * g[0]; })};
}

OpRow einsum_row() {
  OpRow row{.name = "einsum", .rules = {"matmul"}, .samples = einsum_samples};
  row.mutants = product_mutants();
  row.axes = einsum_axes();
  const auto call = [](const char* equation) {
    return [=](Inputs in) { einsum(equation, std::vector<Tensor>(in.begin(), in.end())); };
  };
  const Tensor a = ones({2, 3}), b = ones({3, 4});
  row.bad = {{"groups", {a, b}, call("ij->i"), "has 1 groups for 2 operands"},
             {"axes", {a, b}, call("ijk,jk->i"), "ijk names 3 axes of [2, 3]"},
             {"sizes", {a, b}, call("ij,ik->jk"), "i is 2 and 3"},
             {"diagonal", {a}, call("ii->i"), "i is 2 and 3"},
             {"unknown letter", {a, b}, call("ij,jk->iz"), "z is in no operand"},
             {"twice", {a, b}, call("ij,jk->ii"), "i is in the output twice"},
             {"no letter", {a, b}, call("i1,1k->ik"), "'1' is not a letter"}};
  return row;
}

OpRow bmm_row() {
  OpRow row = product_row("bmm",
                          {{{2, 3, 4}, {2, 4, 5}},
                           {{1, 1, 1}, {1, 1, 1}},
                           {{3, 2, 2}, {3, 2, 2}},
                           {{4, 1, 3}, {4, 3, 1}},
                           {{1, 5, 2}, {1, 2, 3}},
                           {{2, 4, 4}, {2, 4, 4}},
                           {{0, 2, 3}, {0, 3, 2}},
                           {{2, 0, 3}, {2, 3, 2}},
                           {{2, 3, 0}, {2, 0, 2}},
                           {{5, 2, 3}, {5, 3, 1}},
                           {{2, 7, 1}, {2, 1, 7}},
                           {{3, 1, 6}, {3, 6, 2}}},
                          {"bik", "bkj"}, "bij", bmm,
                          {[](int64_t n) { return Pair{{n, 3, 4}, {n, 4, 5}}; },
                           [](int64_t n) { return Pair{{2, n, 4}, {2, 4, 5}}; },
                           [](int64_t n) { return Pair{{2, 3, n}, {2, n, 5}}; },
                           [](int64_t n) { return Pair{{2, 3, 4}, {2, 4, n}}; }});
  row.mutants = product_mutants();
  const auto call = [](Inputs in) { bmm(in[0], in[1]); };
  row.bad = {{"axes", {ones({2, 3}), ones({3, 4})}, call, "expected [B, M, K]"},
             {"batches", {ones({2, 3, 4}), ones({3, 4, 5})}, call, "with one B"}};
  return row;
}

OpRow outer_row() {
  OpRow row = product_row("outer",
                          {{{3}, {4}},
                           {{1}, {1}},
                           {{1}, {5}},
                           {{5}, {1}},
                           {{4}, {4}},
                           {{9}, {2}},
                           {{2}, {9}},
                           {{6}, {6}},
                           {{0}, {3}},
                           {{3}, {0}},
                           {{7}, {3}},
                           {{2}, {23}}},
                          {"i", "j"}, "ij", outer,
                          {[](int64_t n) { return Pair{{n}, {9}}; },
                           [](int64_t n) { return Pair{{9}, {n}}; }});
  row.mutants = product_mutants();
  row.few_axes = true;
  row.bad = {{"axes",
              {ones({2, 3}), ones({3})},
              [](Inputs in) { outer(in[0], in[1]); },
              "expected one axis each"}};
  return row;
}

}  // namespace

Rows einsum_rows() { return {bmm_row(), outer_row(), einsum_row()}; }

}  // namespace gradus::check
