// SPDX-License-Identifier: MIT
// gradus report: runs as one HTML file.
#include <cstdio>
#include <filesystem>

#include "gradus/io/file.h"
#include "gradus/io/regular_file.h"
#include "gradus/train/stop.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

constexpr const char* generator = "gradus report";
constexpr int64_t most_attention_bytes = 1500000;  // limit for the attention of all runs

struct ReportArguments {
  std::vector<std::string> runs;
  std::string out;
  bool force = false;
};

// Throws unless the file can be written and is absent, a report, or may be replaced.
std::string checked_file(const ReportArguments& args) {
  if (args.runs.empty()) usage_error({"RUN is missing: the folder of a run"});
  if (args.out.empty() && args.runs.size() > 1)
    usage_error({"a report on several runs needs --out FILE.html"});
  const std::string file =
      args.out.empty() ? RunFolder::open(args.runs[0]).file("report.html") : args.out;
  if (!file.ends_with(".html"))
    usage_error({"--out ", printable(file, 200), ": expected a name that ends in .html"});
  if (std::filesystem::exists(file) && !args.force &&
      read_regular_file(file).substr(0, 1000).find(text({"content=\"", generator, "\""})) ==
          std::string::npos)
    usage_error({printable(file, 200),
                 " exists and is not a report of gradus; --force replaces it, --out names another "
                 "file"});
  check_writable(folder_of(file));
  return file;
}

std::string about(const ReportedRun& run) {
  return "<p class=\"quiet\">" + escaped_markup(plain_text(run.path, 300)) + " · task " +
         escaped_markup(plain_text(run.config.at("task").string())) +
         (run.report.is_null() ? " · not finished" : "") + "</p>\n";
}

std::string run_html(const ReportedRun& run, size_t number, size_t count) {
  const std::string id = std::to_string(number);
  std::string out = "<section id=\"run-" + id + "\">\n" +
                    element("h2", count > 1 ? "Run " + run.name : "The run in detail") +
                    (count > 1 ? about(run) : "") + data_section(run);
  if (run.trained) {
    out += samples_section(run);
    Answers answers;
    if (ShowsAnswers* part = run.trained->parts.shows_answers) answers = part->answers();
    out += classes_section(run.report, answers);
    if (run.trained->parts.shows_answers) out += answers_section(answers);
    out += attention_section(run, "attention-" + id,
                             most_attention_bytes / static_cast<int64_t>(count));
  } else {
    out += classes_section(run.report, {});
  }
  return out + "</section>\n";
}

std::string contents(const std::vector<ReportedRun>& runs) {
  std::string out =
      "<nav><a href=\"#figures\">Final figures</a> · <a href=\"#curves\">Curves</a> · "
      "<a href=\"#settings\">Settings</a>";
  for (size_t i = 0; i < runs.size(); ++i)
    out += text({" · <a href=\"#run-", i, "\">",
                 escaped_markup(runs.size() > 1 ? runs[i].name : "The run in detail"), "</a>"});
  return out + "</nav>\n";
}

std::string report_html(const std::vector<ReportedRun>& runs) {
  std::string title, body = "<div class=\"report\">\n";
  for (const ReportedRun& run : runs) title += (title.empty() ? "" : ", ") + run.name;
  body += figures_section(runs) + curves_section(runs) + settings_section(runs);
  for (size_t i = 0; i < runs.size(); ++i) body += run_html(runs[i], i, runs.size());
  return page_html({.title = plain_text(title, 200) + ": report",
                    .generator = generator,
                    .header = element("h1", plain_text(title, 200)) +
                              (runs.size() == 1 ? about(runs[0]) : "") + contents(runs),
                    .body = body + "</div>\n",
                    .script = report_script,
                    .script_sha256 = report_script_sha256});
}

int run(const ReportArguments& args) {
  const std::string file = checked_file(args);
  const StopSignals signals;
  const std::string html = report_html(reported_runs(args.runs));
  write_file(file, html);
  print_text(stdout, text({"wrote ", file, " (", (html.size() + 1023) / 1024,
                           " KiB); open it in a browser\n"}));
  return 0;
}

}  // namespace

Command report_command() {
  const auto args = std::make_shared<ReportArguments>();
  return {.name = "report",
          .summary = "write runs as one HTML page: curves, figures, errors, attention",
          .examples = {"report runs/classify-1", "report runs/lm-1 runs/lm-2 --out both.html"},
          .options =
              [args](Options& o) {
                o.arguments("RUN", args->runs, "run folders; several are compared");
                o.value("--out", args->out, "file to write; default for one run: RUN/report.html");
                o.flag("--force", args->force,
                       "replace a file that is not a report of this command");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
