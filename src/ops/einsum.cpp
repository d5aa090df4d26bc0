// SPDX-License-Identifier: MIT
// einsum, two operands at a time. Checks: check/rows/einsum.cpp.
#include "gradus/ops/einsum.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

// A tensor with a letter for each axis.
struct Term {
  Tensor x;
  std::string letters;
};

bool has(const std::string& letters, char c) { return letters.find(c) != letters.npos; }

std::string unspaced(const std::string& equation) {
  std::string all;
  for (char c : equation)
    if (c != ' ') all += c;
  return all;
}

std::vector<std::string> groups_of(const std::string& left) {
  std::vector<std::string> groups(1);
  for (char c : left)
    if (c == ',') groups.emplace_back();
    else groups.back() += c;
  return groups;
}

class Equation {
 public:
  Equation(const std::string& text, std::span<const Tensor> operands) : text_(text) {
    const std::string all = unspaced(text);
    const size_t arrow = all.find("->");
    const std::vector<std::string> groups = groups_of(all.substr(0, arrow));
    if (groups.size() != operands.size())
      wrong({text_, " has ", groups.size(), " groups for ", operands.size(), " operands"});
    for (size_t i = 0; i < groups.size(); ++i) measure(groups[i], operands[i]);
    for (size_t i = 0; i < groups.size(); ++i)
      terms.push_back(plain(operands[i], spelled(groups[i], operands[i].dim())));
    for (Term& t : terms) widen(t);
    output = arrow == all.npos ? implied(groups) : spelled(all.substr(arrow + 2), -1);
    for (char c : output) {
      if (!sizes_.count(c)) wrong({text_, ": ", std::string(1, c), " is in no operand"});
      if (std::count(output.begin(), output.end(), c) > 1)
        wrong({text_, ": ", std::string(1, c), " is in the output twice"});
    }
  }

  std::vector<Term> terms;
  std::string output;

 private:
  [[noreturn]] void wrong(std::initializer_list<Piece> pieces) const {
    argument_error({"einsum: ", gradus::text(pieces)});
  }

  // The number of axes that "..." stands for, and the size of each letter.
  void measure(const std::string& group, const Tensor& x) {
    const size_t dots = group.find("...");
    const auto named = static_cast<int64_t>(group.size()) - (dots == group.npos ? 0 : 3);
    if (dots == group.npos ? named != x.dim() : named > x.dim())
      wrong({text_, ": ", group, " names ", named, " axes of ", x.shape()});
    if (dots != group.npos) dots_ = std::max(dots_, x.dim() - static_cast<int>(named));
  }

  // Replaces "..." by characters beyond Z, aligned at the right.
  std::string spelled(const std::string& group, int axes) const {
    const size_t dots = group.find("...");
    std::string letters = group;
    if (dots != group.npos) {
      const int count = axes < 0 ? dots_ : axes - static_cast<int>(group.size() - 3);
      std::string broadcast;
      for (int i = count; i > 0; --i) broadcast += static_cast<char>(-i);
      letters.replace(dots, 3, broadcast);
    }
    for (char c : letters)
      if (c >= 0 && !std::isalpha(static_cast<unsigned char>(c)))
        wrong({text_, ": '", std::string(1, c), "' is not a letter"});
    return letters;
  }

  std::string implied(const std::vector<std::string>& groups) const {
    std::map<char, int> count;
    std::string out;
    for (const std::string& g : groups)
      for (char c : g)
        if (c != '.') ++count[c];
    for (int i = dots_; i > 0; --i) out += static_cast<char>(-i);
    for (const auto& [c, n] : count)
      if (n == 1) out += c;
    return out;
  }

  // Takes diagonals, so that each letter occurs once, and records the sizes.
  Term plain(Tensor x, std::string letters) {
    for (size_t i = 0; i < letters.size(); ++i) {
      for (size_t j; (j = letters.find(letters[i], i + 1)) != letters.npos; letters.erase(j, 1)) {
        const int a = static_cast<int>(i), b = static_cast<int>(j);
        if (x.size(a) != x.size(b))
          wrong({text_, ": ", std::string(1, letters[i]), " is ", x.size(a), " and ", x.size(b)});
        x = diagonal(x, a, b);
      }
      const int64_t n = x.size(static_cast<int>(i));
      int64_t& known = sizes_.try_emplace(letters[i], n).first->second;
      if (known == 1) known = n;
      if (n != 1 && n != known)
        wrong({text_, ": ", std::string(1, letters[i]), " is ", known, " and ", n});
    }
    return {x, letters};
  }

  // Broadcasts sizes of 1 to the sizes in other operands.
  void widen(Term& t) const {
    Shape shape = t.x.shape();
    for (size_t i = 0; i < t.letters.size(); ++i)
      shape[static_cast<int>(i)] = sizes_.at(t.letters[i]);
    if (shape != t.x.shape()) t.x = expand(t.x, shape);
  }

  // [.., n, .., n, ..] -> the elements with equal indices, at axis a.
  static Tensor diagonal(const Tensor& x, int a, int b) {
    Axes order;
    for (int i = 0; i < x.dim(); ++i)
      if (i != a && i != b) order.push_back(i);
    order.push_back(a), order.push_back(b);
    const Tensor last = permute(x, order);
    const int64_t n = x.size(a);
    const Tensor taken = n ? slice(flatten(last, -2), -1, 0, n * n, n + 1) : select(last, -1, 0);
    Axes back;
    for (int i = 0; i < taken.dim(); ++i)
      back.push_back(i < a ? i : i == a ? taken.dim() - 1 : i - 1);
    return permute(taken, back);
  }

  const std::string text_;
  int dots_ = 0;
  std::map<char, int64_t> sizes_;
};

// Sums over the letters that are not needed further on.
Term without(Term t, const std::string& needed) {
  Axes axes;
  std::string kept;
  for (size_t i = 0; i < t.letters.size(); ++i)
    if (has(needed, t.letters[i])) kept += t.letters[i];
    else axes.push_back(static_cast<int>(i));
  if (axes.size() > 0) t.x = sum(t.x, axes);
  return {t.x, kept};
}

Tensor arranged(const Term& t, const std::string& letters) {
  Axes order;
  for (char c : letters) order.push_back(static_cast<int>(t.letters.find(c)));
  return order.size() > 1 ? permute(t.x, order) : t.x;
}

// As a batch of matrices.
Tensor matrices(const Term& t, const std::string& batch, const std::string& rows,
                const std::string& columns) {
  const Tensor x = arranged(t, batch + rows + columns);
  Shape shape;
  int axis = 0;
  const auto size_of = [&](const std::string& part) {
    int64_t n = 1;
    for (size_t i = 0; i < part.size(); ++i) n *= x.size(axis++);
    return n;
  };
  while (axis < static_cast<int>(batch.size())) shape.push_back(x.size(axis++));
  shape.push_back(size_of(rows)), shape.push_back(size_of(columns));
  return reshape(x, shape);
}

Term product(Term a, Term b, const std::string& needed) {
  a = without(a, needed + b.letters), b = without(b, needed + a.letters);
  std::string batch, summed, left, right;
  Shape out;
  const auto size = [](const Term& t, char c) {
    return t.x.size(static_cast<int>(t.letters.find(c)));
  };
  for (char c : a.letters) (!has(b.letters, c) ? left : has(needed, c) ? batch : summed) += c;
  for (char c : b.letters)
    if (!has(a.letters, c)) right += c;
  const Tensor y = matmul(matrices(a, batch, left, summed), matrices(b, batch, summed, right));
  for (char c : batch) out.push_back(size(a, c));
  for (char c : left) out.push_back(size(a, c));
  for (char c : right) out.push_back(size(b, c));
  return {reshape(y, out), batch + left + right};
}

}  // namespace

Tensor einsum(const std::string& equation, std::span<const Tensor> operands) {
  if (operands.empty()) argument_error({"einsum: there are no operands"});
  Equation e(equation, operands);
  Term all = e.terms[0];
  for (size_t i = 1; i < e.terms.size(); ++i) {
    std::string needed = e.output;
    for (size_t j = i + 1; j < e.terms.size(); ++j) needed += e.terms[j].letters;
    all = product(all, e.terms[i], needed);
  }
  return arranged(without(all, e.output), e.output);
}

}  // namespace gradus
