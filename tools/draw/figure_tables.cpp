// SPDX-License-Identifier: MIT
// Tables from the JSON of a report.
#include "tools/draw/figure_tables.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/error.h"
#include "tools/draw/table.h"

namespace gradus::tools {
namespace {

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> all;
  for (const Json& v : list.items()) all.push_back(v.string());
  return all;
}

}  // namespace

std::string confusion_table(const Json& figures) {
  const std::vector<std::string> classes = texts_of(figures.at("classes"));
  if (classes.size() > 24)
    return text({"the confusion matrix of ", classes.size(), " classes is in the JSON output\n"});
  int left = 4, cell = 3;
  std::vector<std::string> names;
  for (const std::string& name : classes) {
    names.push_back(printable(name, 9));
    left = std::max(left, static_cast<int>(names.back().size()));
    cell = std::max(cell, static_cast<int>(names.back().size()));
  }
  for (const Json& row : figures.at("confusion").items())
    for (const Json& n : row.items())
      cell = std::max(cell, static_cast<int>(std::to_string(n.integer()).size()));
  const auto right = [](const std::string& s, int width) {
    return std::string(static_cast<size_t>(std::max(0, width - static_cast<int>(s.size()))), ' ') +
           s;
  };
  std::string out = "\nrows: true class; columns: predicted class\n";
  const auto fit = static_cast<size_t>((80 - left) / (cell + 2));  // columns side by side
  for (size_t begin = 0; begin < names.size(); begin += fit) {
    const size_t end = std::min(names.size(), begin + fit);
    out += (begin > 0 ? "\n" : "") + right("", left);
    for (size_t c = begin; c < end; ++c) out += text({"  ", right(names[c], cell)});
    out += "\n";
    for (size_t r = 0; r < names.size(); ++r) {
      out += right(names[r], left);
      for (size_t c = begin; c < end; ++c) {
        const int64_t n = figures.at("confusion").items()[r].items()[c].integer();
        out += text({"  ", right(n ? std::to_string(n) : ".", cell)});
      }
      out += "\n";
    }
  }
  return out;
}

std::string part_table(const Json& figures) {
  Table t{.columns = {{"of the steps", 2}, {"accuracy", 3}, {"AUC", 3}},
          .title = "predictions from the first part of each series"};
  for (const Json& row : figures.at("by_part").items())
    t.rows.push_back({row.at("part").number(), row.at("accuracy").number(),
                      row.at("auc").is_null() ? NAN : row.at("auc").number()});
  return text({"\n", table_text(t)});
}

std::string forecast_table(const Json& figures) {
  Table t{.columns = {{"feature"}, {"rmse", 4, true}, {"last value", 4, true}, {"mean", 4, true}}};
  const auto cell = [](const Json& v) { return v.is_null() ? NAN : v.number(); };
  for (const auto& [name, value] : figures.at("rmse").members())
    t.rows.push_back({printable(name, 24), cell(value),
                      cell(figures.at("last_value_rmse").at(name)),
                      cell(figures.at("mean_rmse").at(name))});
  std::string out = "\n";
  out += table_text(t);
  return out;
}

std::string number_table(const Json& figures) {
  Table t{.columns = {{"target"},
                      {"rmse", 6, true},
                      {"mae", 6, true},
                      {"R^2", 3},
                      {"mean: rmse", 6, true},
                      {"ridge: rmse", 6, true}}};
  const auto cell = [](const Json& v) { return v.is_null() ? NAN : v.number(); };
  for (const auto& [name, value] : figures.at("rmse").members()) {
    std::vector<Table::Cell> row{printable(name, 24)};
    for (const char* key : {"rmse", "mae", "r2", "mean_rmse", "ridge_rmse"})
      row.emplace_back(cell(figures.at(key).at(name)));
    t.rows.push_back(std::move(row));
  }
  return "\n" + table_text(t);
}

const std::vector<FigureTable>& figure_tables() {
  static const std::vector<FigureTable> all = {
      {{"confusion", "classes"}, confusion_table},
      {{"by_part"}, part_table},
      {{"rmse", "last_value_rmse", "mean_rmse"}, forecast_table},
      {{"rmse", "mae", "r2", "mean_rmse", "ridge_rmse"}, number_table}};
  return all;
}

}  // namespace gradus::tools
