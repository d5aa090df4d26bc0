// SPDX-License-Identifier: MIT
// Parts of a page that depend on the kind of the exercise: functions to use, a strong test.
#include <algorithm>
#include "tools/exercise/pages.h"

namespace gradus::tools {
namespace {

struct Function {
  const char* call;
  const char* what;
};

const std::vector<Function>& every_page() {
  static const std::vector<Function> all = {
      {"a + b, a - b, a * b, a / b", "element by element; sizes of 1 are repeated to fit"},
      {"x.shape(), x.size(axis), x.numel()", "the sizes, one size, the number of elements"},
      {"x[i][j].item()", "one element as a double"},
      {"tensor({1, 2, 3}, DType::f64)", "a tensor of these numbers; {{1, 2}, {3, 4}} is a matrix"},
      {"zeros({2, 3}, x.dtype()), ones(...)", "a tensor of zeros, of ones"}};
  return all;
}

const std::vector<Function>& sums() {
  static const std::vector<Function> all = {
      {"exp(x), log(x), sqrt(x), tanh(x)", "element by element"},
      {"sum(x, {axis}, true)", "along one axis; true keeps the axis with size 1"},
      {"mean(x, {-1}, true)", "the same as a mean; -1 is the last axis"},
      {"amax(x, {axis}, true)", "the largest along an axis"},
      {"sum_to(x, shape)", "adds up over the axes along which `shape` was repeated"}};
  return all;
}

const std::vector<Function>& products() {
  static const std::vector<Function> all = {
      {"matmul(a, b)", "[m, k] times [k, n]; more axes in front are a batch"},
      {"x.t()", "the transpose of a matrix"},
      {"x.transpose(1, 2)", "axes 1 and 2 swapped"},
      {"softmax(x, axis)", "shares along an axis"},
      {"masked_fill(x, hidden, value)", "value where hidden is true"}};
  return all;
}

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  for (const std::string& one : names)
    if (one == name) return true;
  return false;
}

std::string lines_of(const std::vector<Function>& functions) {
  std::string out;
  for (const Function& f : functions) {
    std::string call = std::string("    ") + f.call;
    call.resize(std::max<size_t>(call.size() + 2, 42), ' ');
    out += call + f.what + "\n";
  }
  return out;
}

}  // namespace

std::string functions_text(const ExercisePage& p) {
  std::string out = "\n" + lines_of(every_page());
  if (!is_one_of(p.name, {"square", "embedding", "causal_mask", "bpe_merge", "beam_search"}))
    out += lines_of(sums());
  if (is_one_of(p.name, {"linear", "attention", "gru_cell", "lstm_cell"}))
    out += lines_of(products());
  return out + "\nThe exercise itself is not among them: write it from simpler parts.\n";
}

std::string strong_test_text(const ExercisePage& p) {
  std::string out =
      "\nCompare with numbers that you worked out by hand, such as those above, and let gradcheck "
      "compare the\ngradient with differences of the function itself.";
  const bool gradient = p.code.find("backward") != p.code.npos;
  if (!gradient) out = "\nCompare with results that you worked out by hand, such as those above.";
  const std::string near =
      "\n    inline bool near(const Tensor& y, const std::vector<double>& wanted) {\n"
      "      const std::vector<double> got = y.to_vector<double>();\n"
      "      if (got.size() != wanted.size()) return false;\n"
      "      for (size_t i = 0; i < got.size(); ++i)\n"
      "        if (!(std::abs(got[i] - wanted[i]) < 1e-4)) return false;\n"
      "      return true;\n    }\n";
  out += " This function, before my_test, compares all elements:\n" + near;
  if (!p.strong.empty())
    return out + "\nand this, inside my_test, is a good start:\n" + p.strong +
           "\n`make check` names the wrong versions that it still accepts.\n";
  if (!gradient) return out;
  return out +
         "\nA function of one tensor, and one of three:\n\n"
         "    Generator gen(1);\n"
         "    const Tensor x = randn({2, 3}, gen, DType::f64);\n"
         "    if (!gradcheck([&](Inputs in) -> Tensors { return {f(in[0])}; }, {x})) return "
         "false;\n"
         "    if (!gradcheck([&](Inputs in) -> Tensors { return {f(in[0], in[1], in[2])}; }, "
         "{a, b, c}))\n      return false;\n";
}

}  // namespace gradus::tools
