// SPDX-License-Identifier: MIT
// The data of a run as its training described them, and examples of its output.
#include "tools/app/train.h"
#include "tools/draw/table.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

// The files that were read, with their size and checksum.
std::string sources_html(const Json& config) {
  const Json& settings = config.at("settings");
  Table t{.columns = {{"data"}, {"file"}, {"bytes"}, {"CRC-32C"}}};
  for (const auto& [role, seen] : config.at("data").members()) {
    if (!seen.is(Json::Kind::object) || !seen.find("crc32c")) continue;
    const Json* path = settings.find(role == "train" && !settings.find("train") ? "file" : role);
    if (!path) path = settings.find("text");
    const Json* bytes = seen.find("bytes");
    t.rows.push_back({plain_text(role), path ? plain_text(figure_value(*path)) : "-",
                      bytes ? grouped(bytes->integer()) : "-",
                      plain_text(figure_value(seen.at("crc32c")))});
  }
  return t.rows.empty() ? "" : "<div class=\"files\">" + table_html(t) + "</div>\n";
}

}  // namespace

std::string data_words(const std::string& on) {
  if (on == "test") return "on the test data";
  if (on == "valid") return "on held-out data";
  return "on the training data, which the model has seen";
}

std::string data_section(const ReportedRun& run) {
  std::string out = "<section>\n" + element("h3", "Data") + sources_html(run.config);
  if (run.trained)
    return out + lines_html(training_part(*run.trained).data_text()) + "</section>\n";
  return out +
         element("p",
                 "The report on the data, samples, single answers and attention are left out, "
                 "since they need the model and its data: " +
                     plain_text(run.missing, 500)) +
         "</section>\n";
}

std::string samples_section(const ReportedRun& run) {
  std::string out = "<section>\n" + element("h3", "Samples");
  std::string lines;
  for (const std::string& sample : training_part(*run.trained).examples()) lines += sample + "\n";
  if (lines.empty())
    return out + element("p", "The task " + run.trained->name() + " prints no samples.") +
           "</section>\n";
  return out + lines_html(lines) + "</section>\n";
}

}  // namespace gradus::tools
