// SPDX-License-Identifier: MIT
// Curves of the losses and scores of each epoch, several runs over each other.
#include <algorithm>
#include <set>

#include "tools/draw/axis.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

bool is_loss(const std::string& key) { return key.ends_with("_loss"); }

// All keys of the epochs but those that are no figures.
std::vector<std::string> keys_of(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> keys;
  for (const ReportedRun& run : runs)
    for (const Json& epoch : run.epochs)
      for (const auto& [key, value] : epoch.members())
        if (key != "epoch" && key != "step" && key != "lr" &&
            (value.is(Json::Kind::number) || value.is(Json::Kind::integer)) &&
            std::find(keys.begin(), keys.end(), key) == keys.end())
          keys.push_back(key);
  return keys;
}

LineChart::Line line_of(const ReportedRun& run, const std::string& key, const std::string& name) {
  constexpr size_t most_points = 400;
  LineChart::Line line{.name = name};
  const size_t every = (run.epochs.size() + most_points - 1) / most_points;
  for (size_t i = 0; i < run.epochs.size(); i += every)
    if (const Json* value = run.epochs[i].find(key); value && !value->is_null()) {
      line.x.push_back(run.epochs[i].at("epoch").number());
      line.y.push_back(value->number());
    }
  return line;
}

// Only lines of two points or more.
LineChart chart_of(const std::vector<ReportedRun>& runs, const std::string& title,
                   const std::vector<std::string>& keys) {
  LineChart c{.title = title, .x_axis = "epoch", .y_axis = title, .from_zero = false};
  for (const ReportedRun& run : runs)
    for (const std::string& key : keys) {
      const std::string name = runs.size() == 1   ? plain_text(key)
                               : keys.size() == 1 ? run.name
                                                  : run.name + " " + plain_text(key);
      LineChart::Line line = line_of(run, key, name);
      if (line.x.size() > 1) c.lines.push_back(std::move(line));
    }
  return c;
}

Json numbers(const std::vector<double>& values) {
  Json all = Json::array();
  for (double v : values) all.push_back(v);
  return all;
}

// What the script needs to find values under the pointer.
Json plot_data(const LineChart& chart) {
  const LinePlot plot = line_plot(chart);
  Json data;
  data["axis"] = chart.x_axis;
  data["box"] = numbers({plot.box.x, plot.box.y, plot.box.width, plot.box.height});
  data["low"] = plot.axes.x.low;
  data["high"] = plot.axes.x.high;
  data["lines"] = Json::array();
  for (const LineChart::Line& line : chart.lines) {
    Json one;
    one["name"] = line.name;
    one["x"] = numbers(line.x);
    one["y"] = numbers(line.y);
    data["lines"].push_back(std::move(one));
  }
  return data;
}

std::string plot_html(const LineChart& chart, const std::string& id) {
  return "<figure class=\"plot\" tabindex=\"0\" data-plot=\"" + id + "\">" +
         svg_text(chart, SvgCanvas::Place::page) + "</figure>\n" +
         "<p class=\"readout quiet\" aria-live=\"polite\">Point at the curves, or use the arrow "
         "keys, to read values.</p>\n" +
         data_html(id, plot_data(chart));
}

}  // namespace

std::string curves_section(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> losses, others;
  for (const std::string& key : keys_of(runs)) (is_loss(key) ? losses : others).push_back(key);
  if (runs.size() > 4) std::erase(losses, "train_loss");  // more lines could not be told apart
  std::vector<LineChart> charts;
  if (!losses.empty()) charts.push_back(chart_of(runs, "loss", losses));
  for (const std::string& key : others) charts.push_back(chart_of(runs, plain_text(key), {key}));
  std::string out = "<section id=\"curves\">\n" + element("h2", "Curves");
  int64_t number = 0;
  for (const LineChart& chart : charts)
    if (!chart.lines.empty())
      out += "<div>" + plot_html(chart, "curve-" + std::to_string(number++)) + "</div>\n";
  if (number == 0)
    out += element("p", "No run has figures of more than one epoch: there are no curves.");
  return out + "</section>\n";
}

}  // namespace gradus::tools
