// SPDX-License-Identifier: MIT
// Final figures with a few words each, settings and what differs between runs.
#include <algorithm>
#include <cstdio>
#include <set>

#include "tools/app/figure_words.h"
#include "tools/draw/figure_tables.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

// Figures that have a place of their own in a report.
const std::set<std::string>& elsewhere() {
  static const std::set<std::string> keys = {
      "task", "classes", "confusion",       "conclusion",  "by_part", "rmse", "mean_rmse",
      "run",  "tried",   "last_value_rmse", "expert_load", "mae",     "r2",   "ridge_rmse"};
  return keys;
}

// The keys of all objects, in the order of their first appearance.
std::vector<std::string> keys_of(const std::vector<const Json*>& objects) {
  std::vector<std::string> keys;
  for (const Json* object : objects)
    if (object && object->is(Json::Kind::object))
      for (const auto& [key, value] : object->members())
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

std::string cell(const std::string& words, bool number = false) {
  return std::string(number ? "<td class=\"number\">" : "<td>") + escaped_markup(words) + "</td>";
}

std::string head(const std::vector<std::string>& names) {
  std::string out = "<div class=\"wide\"><table class=\"words\"><tr>";
  for (const std::string& name : names) out += "<th>" + escaped_markup(name) + "</th>";
  return out + "</tr>\n";
}

std::vector<const Json*> settings_of(const std::vector<ReportedRun>& runs) {
  std::vector<const Json*> all;
  for (const ReportedRun& run : runs) all.push_back(&run.config.at("settings"));
  return all;
}

std::string setting_text(const Json* settings, const std::string& key) {
  const Json* value = settings->find(key);
  return value ? plain_text(figure_value(*value)) : "-";
}

using Chosen = bool (*)(const std::vector<ReportedRun>& runs, const std::string& key);

bool differs(const std::vector<ReportedRun>& runs, const std::string& key) {
  const std::vector<const Json*> settings = settings_of(runs);
  return std::any_of(settings.begin(), settings.end(), [&](const Json* s) {
    const Json *mine = s->find(key), *first = settings[0]->find(key);
    return !mine || !first ? mine != first : !(*mine == *first);
  });
}

// Whether a setting of the first run is not the default.
bool is_set(const std::vector<ReportedRun>& runs, const std::string& key) {
  const Json* origin = runs[0].config.at("origins").find(key);
  return origin && !(*origin == Json("default"));
}

// The settings for which `chosen` is `yes`, a column for each run; "" if there are none.
std::string settings_table(const std::vector<ReportedRun>& runs, Chosen chosen, bool yes) {
  std::vector<std::string> names = {"setting"};
  for (const ReportedRun& run : runs) names.push_back(runs.size() > 1 ? run.name : "value");
  if (runs.size() == 1) names.push_back("from");
  std::string rows;
  const std::vector<const Json*> settings = settings_of(runs);
  for (const std::string& key : keys_of(settings)) {
    if (chosen(runs, key) != yes) continue;
    rows += "<tr>" + cell(plain_text(key));
    for (const Json* of_run : settings) rows += cell(setting_text(of_run, key));
    if (runs.size() == 1) rows += cell(setting_text(&runs[0].config.at("origins"), key));
    rows += "</tr>\n";
  }
  return rows.empty() ? "" : head(names) + rows + "</table></div>\n";
}

std::string folded_away(const std::string& title, const std::string& content) {
  if (content.empty()) return "";
  return "<details><summary>" + escaped_markup(title) + "</summary>" + content + "</details>\n";
}

std::string figure_table(const std::vector<ReportedRun>& runs) {
  std::vector<const Json*> reports;
  std::vector<std::string> names = {"figure"};
  for (const ReportedRun& run : runs) {
    reports.push_back(&run.report);
    names.push_back(runs.size() > 1 ? run.name : "value");
  }
  names.push_back("meaning");
  std::string rows;
  for (const std::string& key : keys_of(reports)) {
    if (elsewhere().contains(key)) continue;
    std::string label = key;
    rows += "<tr>";
    for (const Json* report : reports)
      if (!report->is_null() && report->find(key)) label = figure_label(*report, key);
    rows += cell(plain_text(label));
    for (const Json* report : reports) {
      const Json* value = report->is_null() ? nullptr : report->find(key);
      const bool number = !value || value->is(Json::Kind::number) || value->is(Json::Kind::integer);
      rows += cell(value ? plain_text(figure_value(*value)) : "-", number);
    }
    rows += cell(figure_words(key)) + "</tr>\n";
  }
  return rows.empty() ? "" : head(names) + rows + "</table></div>\n";
}

// The tables of one report but the confusion matrix, which is drawn.
std::string other_tables(const Json& report) {
  std::string out;
  for (const FigureTable& t : figure_tables()) {
    const bool drawn = std::find(t.keys.begin(), t.keys.end(), "confusion") != t.keys.end();
    if (!drawn && std::all_of(t.keys.begin(), t.keys.end(),
                              [&](const std::string& key) { return report.find(key) != nullptr; }))
      out += lines_html(t.text(report));
  }
  return out;
}

}  // namespace

std::string figure_value(const Json& value) {
  if (value.is(Json::Kind::string)) return value.string();
  if (value.is_null()) return "-";
  if (value.is(Json::Kind::boolean)) return value.boolean() ? "yes" : "no";
  if (value.is(Json::Kind::integer)) return std::to_string(value.integer());
  if (value.is(Json::Kind::number)) {
    char number[40];
    std::snprintf(number, sizeof number, "%.4g", value.number());
    return number;
  }
  std::string all;
  if (value.is(Json::Kind::array))
    for (const Json& v : value.items()) all += (all.empty() ? "" : ", ") + figure_value(v);
  if (value.is(Json::Kind::object))
    for (const auto& [key, v] : value.members())
      all += (all.empty() ? "" : ", ") + key + " " + figure_value(v);
  return all;
}

std::string figures_section(const std::vector<ReportedRun>& runs) {
  std::string out = "<section id=\"figures\">\n" + element("h2", "Final figures");
  for (const ReportedRun& run : runs) {
    const std::string who = runs.size() > 1 ? run.name + ": " : "";
    if (run.report.is_null())
      out += element("p", who + "The training is not finished: there are no final figures yet.");
    else if (const Json* conclusion = run.report.find("conclusion"))
      out += element("p", who + plain_text(conclusion->string(), 2000));
  }
  out += figure_table(runs);
  for (const ReportedRun& run : runs)
    if (const std::string tables = run.report.is_null() ? "" : other_tables(run.report);
        !tables.empty())
      out += (runs.size() > 1 ? element("h3", run.name) : "") + tables;
  return out + "</section>\n";
}

std::string settings_section(const std::vector<ReportedRun>& runs) {
  std::string out = "<section id=\"settings\">\n" + element("h2", "Settings");
  if (runs.size() == 1) {
    out += settings_table(runs, is_set, true);
    out += folded_away("Settings left at their defaults", settings_table(runs, is_set, false));
    return out + "</section>\n";
  }
  const std::string apart = settings_table(runs, differs, true);
  out += element("h3", "What differs") +
         (apart.empty() ? element("p", "All settings are the same.") : apart);
  out += folded_away("Settings that are the same", settings_table(runs, differs, false));
  return out + "</section>\n";
}

}  // namespace gradus::tools
