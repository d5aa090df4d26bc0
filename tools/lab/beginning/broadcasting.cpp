// SPDX-License-Identifier: MIT
// Strides and broadcasting: how one list of numbers becomes tensors of many shapes.
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_broadcasting {

HeatMap picture(const Tensor& x, const std::string& title) {
  HeatMap map{.title = title, .row_axis = "row", .col_axis = "column", .value_axis = "element"};
  for (int64_t r = 0; r < x.size(0); ++r) map.rows.push_back(std::to_string(r));
  for (int64_t c = 0; c < x.size(1); ++c) map.cols.push_back(std::to_string(c));
  map.values = x.to_vector<double>();
  map.high = 11;
  return map;
}

std::string strides_text(const Tensor& x) {
  std::string out;
  for (int i = 0; i < x.shape().size(); ++i)
    out += (i ? ", " : "(") + std::to_string(x.strides()[i]);
  return out + ")";
}

void views(Experiment& e) {
  const Tensor x = arange(12).to(DType::f64).reshape({3, 4});
  const Tensor turned = e.broken() ? x.t().clone() : x.t();
  Table table{.columns = {{"view"}, {"shape"}, {"strides"}, {"element [1, 2] is number", 0}},
              .title = "Four views of the numbers 0 to 11"};
  const Tensor flat = x.reshape({2, 6}), row = expand(narrow(x, 0, 0, 1), {3, 4});
  for (const auto& [name, view] : {std::pair<std::string, Tensor>{"x", x},
                                   {"x.t()", turned},
                                   {"x.reshape({2, 6})", flat},
                                   {"first row, expanded", row}})
    table.rows.push_back({name, view.shape().str(), strides_text(view),
                          view.to_vector<double>()[static_cast<size_t>(1 * view.size(1) + 2)]});
  e.table(table);
  e.chart(picture(turned, "x.t(): rows and columns change places, no number moves"));
  e.equal(0, "bytes that x.t() copies", turned.storage() == x.storage() ? 0 : 1, 0);
}

void broadcast(Experiment& e) {
  const Tensor column = tensor({{1}, {2}, {3}}).requires_grad_();
  const Tensor row = tensor({{10, 20, 30, 40}}).requires_grad_();
  const Tensor y = column + row;
  e.chart(picture(y * 0.2, "[3, 1] + [1, 4]: each axis of size 1 is repeated (values / 5)"));
  sum(y).backward();
  // The gradient of a repeated element is the sum over its repetitions.
  const Tensor expected = e.broken() ? ones({3, 1}) : full({3, 1}, 4);
  e.equal(0, "gradient of the column, distance from 4 each",
          largest_difference(column.grad(), expected), 0);
  e.equal(0, "gradient of the row, distance from 3 each",
          largest_difference(row.grad(), full({1, 4}, 3)), 0);
}

void run(Experiment& e) {
  views(e);
  broadcast(e);
}

}  // namespace lab_broadcasting

LabPage broadcasting_page() {
  return {.name = "broadcasting",
          .chapter = "beginning",
          .title = "Strides and broadcasting",
          .items = {},
          .claim =
              "A tensor is a list of numbers and a way to walk it: a shape, and a stride for "
              "each axis. A transposed view copies nothing; an axis of size 1 is repeated by "
              "a stride of 0, and its gradient is the sum over the repetitions.",
          .formula =
              "element [i, j] is number  offset + i · stride₀ + j · stride₁\n"
              "y[i, j] = a[i, 0] + b[0, j]        da[i, 0] = Σⱼ dy[i, j]",
          .breaks = "the view is copied, and the sum over repetitions is forgotten",
          .read = {{"include/gradus/tensor/tensor.h", "strides"}, {"src/ops/reduce.cpp", "sum_to"}},
          .next = "exercise linear",
          .questions = {{"Which stride does the first row have after expand to [3, 4]?",
                         "0 along the rows and 1 along the columns: every row reads the same four "
                         "numbers."},
                        {"Why must the gradient of the bias of a linear layer be summed over the "
                         "batch?",
                         "Because the bias [C] is broadcast to [B, C]: it takes part in each row, "
                         "so that each row's gradient adds to it."}},
          .run = lab_broadcasting::run};
}

}  // namespace gradus::tools
