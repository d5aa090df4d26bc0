// SPDX-License-Identifier: MIT
// Prints figures as text or as JSON.
#include "tools/app/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

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

// The tables of these figures; `shown` gets the keys that need no lines.
std::vector<const FigureTable*> tables_of(const Json& figures, std::set<std::string>& shown) {
  std::vector<const FigureTable*> tables;
  for (const FigureTable& t : figure_tables()) {
    const auto present = [&](const std::string& key) { return figures.find(key) != nullptr; };
    if (!std::all_of(t.keys.begin(), t.keys.end(), present)) continue;
    tables.push_back(&t);
    shown.insert(t.keys.begin(), t.keys.end());
  }
  return tables;
}

}  // namespace

void check_figures(const Json& figures) { check_figure(figures, ""); }

void print_figures(const Json& figures, bool json) {
  check_figures(figures);
  if (json) {
    std::printf("%s\n", write_json(figures, 2).c_str());
    return;
  }
  std::set<std::string> shown_elsewhere = {"conclusion"};
  const std::vector<const FigureTable*> tables = tables_of(figures, shown_elsewhere);
  size_t width = 0;
  std::vector<FigureLine> lines;
  for (const auto& [name, value] : figures.members()) {
    if (shown_elsewhere.count(name)) continue;
    lines.push_back({figure_label(figures, name), shown(value), figure_words(name)});
    width = std::max(width, lines.back().name.size());
  }
  for (const FigureLine& l : lines) print_text(stdout, figure_line(l, width));
  for (const FigureTable* table : tables) print_text(stdout, table->text(figures));
  if (const Json* conclusion = figures.find("conclusion"))
    print_text(stdout, "\n" + folded(conclusion->string(), 80, 0));
}

}  // namespace gradus::tools
