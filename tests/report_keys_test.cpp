// SPDX-License-Identifier: MIT
// Every key that a command reports is explained in docs/reading-a-report.md, and every figure in
// the terminal has a short description.
#include <regex>
#include <set>

#include "gradus/io/json.h"
#include "tests/source.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace report_keys_test {

std::string page() { return read_text("docs/reading-a-report.md"); }
bool explained(const std::string& key) { return has(page(), "`" + key + "`"); }

// Keys that are not reported: settings of presets, and internal data of a run.
const std::set<std::string> kept = {
    "added_tokens", "class_counts",   "config",  "deviation",  "drop",        "embed_dim",
    "features",     "first_time",     "folder",  "found",      "figures",     "kvcache",
    "nocache",      "nocache_crop64", "gap",     "gradus",     "hidden_size", "imported",
    "label",        "lines",          "longest", "masked",     "mean",        "median",
    "plain",        "source",         "target",  "tied",       "time",        "time_gap",
    "format",       "data",           "batch",   "best_score", "loss_sum",    "loss_weight",
    "best_figures", "metrics"};

// The keys in [""] on the left of assignments, in files that assemble reports.
std::set<std::string> reported_keys() {
  const std::regex file(
      "tools/(app/(train|dry_run)|tasks/([a-z]+/.*)|use/(eval|info|embed|fill)|exchange/import|"
      "bench/.*)\\.cpp|models/tasks/.*_task\\.cpp|src/train/trainer\\.cpp");
  const std::regex key("\\b(\\w+)\\[\"([a-z][a-z0-9_]*)\"\\] *=[^=]");
  // Schemas (s), presets (p, values) and configurations are not reports.
  const std::set<std::string> others = {"s", "p", "values", "config", "schema", "from"};
  std::set<std::string> keys;
  for (const SourceFile& f : source_files()) {
    if (!std::regex_match(f.path, file)) continue;
    std::string text;
    for (const std::string& line : f.lines) text += line + "\n";
    for (std::sregex_iterator i(text.begin(), text.end(), key), end; i != end; ++i)
      if (!others.count((*i)[1])) keys.insert((*i)[2]);
  }
  return keys;
}

void add_keys(const Json& value, std::set<std::string>& keys) {
  if (value.is(Json::Kind::array))
    for (const Json& v : value.items()) add_keys(v, keys);
  if (!value.is(Json::Kind::object)) return;
  for (const auto& [key, v] : value.members()) {
    keys.insert(key);
    // By the file's own columns, or the names of settings.
    if (!key.ends_with("rmse") && key != "settings" && key != "origins") add_keys(v, keys);
  }
}

TEST_CASE("every key that a command reports is in docs/reading-a-report.md", "[house][report]") {
  const std::set<std::string> keys = reported_keys();
  CHECK(keys.size() > 60);
  for (const std::string& key : keys) {
    if (kept.count(key)) continue;
    INFO("docs/reading-a-report.md does not explain `" << key << "`");
    CHECK(explained(key));
  }
  const std::string words = read_text("tools/app/figure_words.cpp");
  const std::regex row("\\{\"([a-z0-9_]+)\", \"");
  int rows = 0;
  for (std::sregex_iterator i(words.begin(), words.end(), row), end; i != end; ++i, ++rows) {
    INFO("docs/reading-a-report.md does not explain `" << (*i)[1] << "`");
    CHECK(explained((*i)[1]));
  }
  CHECK(rows > 40);
}

TEST_CASE("the JSON output of commands contains only explained keys", "[report]") {
  const ProgramFolder p;
  p.put("a.csv", "id,time,a,label\n1,1,1,x\n1,2,2,x\n2,1,5,y\n2,2,6,y\n3,1,1,x\n4,1,5,y\n");
  const std::string tiny =
      " --quiet --d-model 8 --nhead 2 --layers 1 --dim-feedforward 8 --epochs 1 --out ";
  std::set<std::string> keys;
  for (const std::string& words :
       {"train classify a.csv --test a.csv" + tiny + "c",
        "train classify a.csv --every-step --causal --folds 2" + tiny + "e",
        "train forecast a.csv --valid 0 --test a.csv" + tiny + "f",
        "train copy --train-size 40 --test-size 20" + tiny + "s", std::string("eval c a.csv"),
        "train copy --dry-run --train-size 40 --test-size 20" + tiny + "d", std::string("info c")})
    add_keys(p.json(words), keys);
  CHECK(keys.size() > 40);
  for (const std::string& key : keys) {
    INFO("docs/reading-a-report.md does not explain `" << key << "`");
    CHECK((explained(key) || kept.count(key) || key.find('.') != key.npos));
  }
}

TEST_CASE("figures in the terminal have descriptions within 80 columns", "[report]") {
  const ProgramFolder p;
  p.put("a.csv", "id,time,a,label\n1,1,1,x\n1,2,2,x\n2,1,5,y\n2,2,6,y\n3,1,1,x\n4,1,5,y\n");
  const Finished f =
      p("train classify a.csv --test a.csv --epochs 1 --d-model 8 --nhead 2 --out r");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  const std::regex figure("\n([a-z][a-z0-9_]*) +(-?[0-9.][^ ]*)( *)([^\n]*)");
  int count = 0;
  for (std::sregex_iterator i(f.out.begin(), f.out.end(), figure), end; i != end; ++i, ++count) {
    INFO(i->str());
    CHECK(!(*i)[4].str().empty());
    CHECK(i->str().size() <= 81);
  }
  CHECK(count > 8);
}

}  // namespace report_keys_test
