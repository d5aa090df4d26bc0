// SPDX-License-Identifier: MIT
// Prints figures as text or as JSON.
#include "tools/app/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/base/error.h"
#include "tools/app/figure_words.h"
#include "tools/cli/terminal.h"
#include "tools/draw/figure_tables.h"

namespace gradus::tools {

namespace {

std::string shown(const Json& value) {
  char number[64];
  if (value.is(Json::Kind::string)) return value.string();
  if (value.is(Json::Kind::number)) {
    std::snprintf(number, sizeof number, "%.4g", value.number());
    return number;
  }
  std::string all;
  if (value.is(Json::Kind::object))
    for (const auto& [name, v] : value.members())
      all += text({all.empty() ? "" : ", ", name, " ", shown(v)});
  if (value.is(Json::Kind::object)) return all;
  if (!value.is(Json::Kind::array)) return write_json(value);
  for (const Json& v : value.items()) all += text({all.empty() ? "" : " ", shown(v)});
  return all;
}

struct FigureLine {
  std::string name, value, words;
};

void check_figure(const Json& value, const std::string& name) {
  if (value.is(Json::Kind::number) && !std::isfinite(value.number()))
    file_error({name, " is ", std::isnan(value.number()) ? "nan" : "infinite",
                ": the predictions or the data are not finite; nothing was written"});
  if (value.is(Json::Kind::array))
    for (const Json& v : value.items()) check_figure(v, name);
  if (value.is(Json::Kind::object))
    for (const auto& [key, v] : value.members())
      check_figure(v, name.empty() ? key : name + "." + key);
}

constexpr size_t terminal_width = 80;

// "auc  0.9  perfect ranking ...": a description that does not fit continues on the next line.
std::string figure_line(const FigureLine& l, size_t width) {
  std::string line = l.name + std::string(width - l.name.size() + 2, ' ');
  const size_t values = std::min<size_t>(line.size(), terminal_width / 2);
  if (l.words.empty() || l.value.size() > 24)
    return folded(line + l.value + (l.words.empty() ? "" : "  " + l.words), terminal_width, values);
  line += l.value + std::string(l.value.size() < 10 ? 12 - l.value.size() : 2, ' ');
  return folded(line + l.words, terminal_width, line.size());
}

// "f1 (of churned)": figures of the positive class name it.
std::string figure_name(const Json& figures, const std::string& name) {
  const Json* positive = figures.find("positive");
  if (!positive || positive->string().empty()) return name;
  for (const char* figure : {"f1", "average_precision", "brier", "threshold"})
    if (name == figure) return text({name, " (of ", printable(positive->string(), 20), ")"});
  return name;
}

}  // namespace

void check_figures(const Json& figures) { check_figure(figures, ""); }

void print_figures(const Json& figures, bool json) {
  check_figures(figures);
  if (json) {
    std::printf("%s\n", write_json(figures, 2).c_str());
    return;
  }
  size_t width = 0;
  const bool table = figures.find("confusion") && figures.find("classes");
  const bool errors = figures.find("last_value_rmse");
  const Json* parts = figures.find("by_part");
  const Json* conclusion = figures.find("conclusion");
  std::vector<FigureLine> lines;
  for (const auto& [name, value] : figures.members()) {
    if (table && (name == "confusion" || name == "classes")) continue;
    if ((errors && name.ends_with("rmse")) || &value == parts || &value == conclusion) continue;
    lines.push_back({figure_name(figures, name), shown(value), figure_words(name)});
    width = std::max(width, lines.back().name.size());
  }
  for (const FigureLine& l : lines) print_text(stdout, figure_line(l, width));
  if (table) print_text(stdout, confusion_table(figures));
  if (parts) print_text(stdout, part_table(*parts));
  if (errors) print_text(stdout, forecast_table(figures));
  if (conclusion) print_text(stdout, "\n" + folded(conclusion->string(), 80, 0));
}

}  // namespace gradus::tools
