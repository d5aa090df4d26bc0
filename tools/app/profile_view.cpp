// SPDX-License-Identifier: MIT
// Tables and chart of a profile.
#include "tools/app/profile_view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/io/file.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {
namespace {

using Stage = Profile::Stage;
constexpr double megabyte = 1e6;

double steps_of(const Profile& p) { return static_cast<double>(std::max<int64_t>(p.steps(), 1)); }

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

}  // namespace

void check_profile_file(const std::string& path) {
  if (path.empty()) return;
  if (!path.ends_with(".csv") && !path.ends_with(".svg") && !path.ends_with(".png"))
    usage_error({"--profile ", path, ": the name must end in .csv, .svg or .png"});
  check_outputs({path});
}

Table phase_table(const Profile& p) {
  Table t{.columns = {{"phase"}, {"seconds", 3}, {"share %", 1}, {"peak MB", 1}}};
  t.title = text({"phases of ", counted(p.steps(), "step"), ":"});
  double sum = 0;
  int64_t peak = 0;
  for (size_t i = 0; i < Profile::names.size(); ++i) {
    const auto stage = static_cast<Stage>(i);
    if (p.seconds(stage) == 0) continue;
    sum += p.seconds(stage);
    peak = std::max(peak, p.peak(stage));
    t.rows.push_back({std::string(Profile::names[i]), p.seconds(stage),
                      percent(p.seconds(stage), p.wall()),
                      static_cast<double>(p.peak(stage)) / megabyte});
  }
  t.rows.push_back(
      {std::string("all"), sum, percent(sum, p.wall()), static_cast<double>(peak) / megabyte});
  return t;
}

Table op_table(const Profile& p) {
  Table t{
      .columns = {
          {"op"}, {"calls", 1}, {"forward ms", 3}, {"backward ms", 3}, {"%", 1}, {"kept MB", 3}}};
  t.title = "ops, by step (%: of forward and backward; kept: by results and saved values):";
  const double steps = steps_of(p), ms = 1e3 / steps;
  const double forward = p.seconds(Stage::forward), backward = p.seconds(Stage::backward);
  double in_forward = 0, in_backward = 0;
  for (const OpCost& c : p.ops()) {
    in_forward += c.forward;
    in_backward += c.backward;
    const double calls = static_cast<double>(c.calls) / steps;
    t.rows.push_back({c.op, calls, c.forward * ms, c.backward * ms,
                      percent(c.forward + c.backward, forward + backward),
                      c.kept * calls / megabyte});
  }
  const double between = forward - in_forward, behind = backward - in_backward;
  t.rows.push_back({std::string("(between ops)"), std::nan(""), between * ms, behind * ms,
                    percent(between + behind, forward + backward), std::nan("")});
  return t;
}

BarChart op_chart(const Profile& p) {
  constexpr size_t most = 12;
  BarChart chart{.title = "time of a step by op", .axis = "ms per step"};
  chart.series = {{"forward"}, {"backward"}};
  const double ms = 1e3 / steps_of(p);
  const std::vector<OpCost> ops = p.ops();
  for (size_t i = 0; i < std::min(most, ops.size()); ++i) {
    chart.names.push_back(ops[i].op);
    chart.series[0].values.push_back(ops[i].forward * ms);
    chart.series[1].values.push_back(ops[i].backward * ms);
  }
  return chart;
}

void show_profile(const Profile& p, const std::string& path) {
  std::fprintf(stderr, "\n%s\n%s\n%s\n", table_text(phase_table(p)).c_str(),
               table_text(op_table(p)).c_str(), drawn(op_chart(p)).c_str());
  if (path.empty()) return;
  if (path.ends_with(".csv")) write_file(path, csv_text(op_table(p)));
  else write_chart(op_chart(p), path);
  print_text(stderr, "profile written to " + path + "\n");
}

}  // namespace gradus::tools
