// SPDX-License-Identifier: MIT
// The sections of a report as markup. If a run lacks a section, a sentence says why.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gradus/train/run_folder.h"
#include "tools/app/answers.h"
#include "tools/app/parts.h"

namespace gradus::tools {

/// A run with the contents of its folder and, if they can be read, its model and data.
struct ReportedRun {
  std::string path, name;   // the name is short and differs from those of the other runs
  Json config{}, report{};  // the report is null until the training is finished
  std::vector<Json> epochs{};
  std::unique_ptr<TaskRun> trained{};
  std::string missing{};  // why there is no `trained`
};

/// Opens runs. Throws std::runtime_error for a folder that is not a run.
std::vector<ReportedRun> reported_runs(const std::vector<std::string>& paths);

// Of all runs together.
std::string figures_section(const std::vector<ReportedRun>& runs);
std::string curves_section(const std::vector<ReportedRun>& runs);
std::string settings_section(const std::vector<ReportedRun>& runs);

// Of one run.
std::string data_section(const ReportedRun& run);
std::string samples_section(const ReportedRun& run);
std::string classes_section(const Json& report, const Answers& answers);
std::string answers_section(const Answers& answers);
/// `id` distinguishes its element from that of another run; the data take about `bytes`.
std::string attention_section(const ReportedRun& run, const std::string& id, int64_t bytes);

/// "on held-out data" for "valid".
std::string data_words(const std::string& on);
/// A figure as a short text: four digits.
std::string figure_value(const Json& value);

extern const char* const report_script;
extern const char* const report_script_sha256;

}  // namespace gradus::tools
