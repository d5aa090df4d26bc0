// SPDX-License-Identifier: MIT
// Reads the runs of a report, with their models and data if these still exist.
#include <algorithm>
#include <cstdio>

#include "tools/cli/terminal.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The last part of its path, or the whole path if two runs share that.
void name_runs(std::vector<ReportedRun>& runs) {
  for (ReportedRun& run : runs) {
    const auto same = std::count_if(runs.begin(), runs.end(), [&](const ReportedRun& other) {
      return last_part(other.path) == last_part(run.path);
    });
    run.name = plain_text(same > 1 ? run.path : last_part(run.path), 60);
  }
}

ReportedRun opened(const std::string& path) {
  const RunFolder folder = RunFolder::open(path);
  ReportedRun run{.path = folder.path(), .name = {}, .config = config_of(folder), .report = {}};
  if (folder.has("report.json")) run.report = folder.report();
  for (const std::string& line : folder.metrics())
    run.epochs.push_back(parse_json(line, folder.file("metrics.jsonl")));
  try {
    run.trained = trained(folder);
  } catch (const UsageError& e) {  // an imported run has no data
    run.missing = e.what();
  } catch (const std::runtime_error& e) {
    run.missing = e.what();
  }
  if (!run.trained)
    tell(text({run.path, ": the sections that need the model and the data are left out: ",
               run.missing, "\n"}));
  return run;
}

}  // namespace

std::vector<ReportedRun> reported_runs(const std::vector<std::string>& paths) {
  std::vector<ReportedRun> runs;
  for (const std::string& path : paths) runs.push_back(opened(path));
  name_runs(runs);
  return runs;
}

}  // namespace gradus::tools
