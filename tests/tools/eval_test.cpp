// SPDX-License-Identifier: MIT
// Commands on a finished run: gradus eval, info, attention, config. The examples in every help text
// run.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::Json;
using gradus::read_file;
namespace fs = std::filesystem;

namespace tools_eval_test {

const std::string tiny =
    " --d-model 16 --nhead 2 --layers 2 --dim-feedforward 16 --batch-size 16 --quiet";
const std::string copy = "train copy --train-size 64 --test-size 20 --max-length 5" + tiny;
const std::string brief = " --epochs 3";

std::string program() { return fs::absolute(gradus_program()).string(); }

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Forty series of two classes, with a constant column.
std::string series() {
  std::string rows = "id,time,x,y,c,label\n";
  for (int i = 0; i < 40; ++i)
    for (int t = 0; t < 3 + i % 3; ++t)
      rows += std::to_string(i) + "," + std::to_string(t) + "," +
              std::to_string((i % 2 ? 1 : -1) * (t + 1)) + "," + std::to_string(i % 7) + ",4," +
              (i % 2 ? "yes" : "no") + "\n";
  return rows;
}

// A folder with runs/copy-1, runs/classify-1 and the tables train, test, new and visits.
struct Runs {
  TempFolder folder;
  Runs() {
    put(folder.path + "/train.csv", series());
    put(folder.path + "/test.csv", series());
    std::string visits = series();
    visits.replace(0, visits.find('\n'), "patient,day,x,y,c,died");
    put(folder.path + "/visits.csv", visits);
    put(folder.path + "/new.csv", "id,time,x,y,c\nc3,1,2,3,4\n");
    for (const std::string& words :
         {copy, "train classify train.csv --test test.csv --valid 0.2 --lr 0.01" + tiny}) {
      const Finished f = (*this)(words + brief);
      INFO(f.err);
      REQUIRE(f.status == 0);
    }
  }
  Finished operator()(const std::string& words, const std::string& before = "") const {
    return run("cd " + folder.path + " && " + before + " " + program() + " " + words);
  }
  Json json(const std::string& words) const {
    const Finished f = (*this)(words);
    INFO(words << "\n" << f.out << f.err);
    REQUIRE(f.status == 0);
    return gradus::parse_json(f.out, "stdout");
  }
  std::string path(const std::string& name) const { return folder.path + "/" + name; }
};
const Runs& runs() {
  static const Runs all;
  return all;
}

void failed(const Finished& f, int status, const std::string& part) {
  INFO(f.out << f.err);
  CHECK(f.status == status);
  CHECK(f.out.empty());
  CHECK(has(f.err, part));
  CHECK(std::count(f.err.begin(), f.err.end(), '\n') <= 3);
}

TEST_CASE("eval recomputes the figures of the report to the last digit", "[tools]") {
  for (const std::string task : {"copy", "classify"}) {
    const Json found = runs().json("eval runs/" + task + "-1 --json --threads 2");
    const Json report =
        gradus::parse_json(read_file(runs().path("runs/" + task + "-1/report.json")), "report");
    size_t compared = 0;
    for (const auto& [name, value] : found.members()) {
      if (name == "run") continue;
      INFO(task << " " << name);
      CHECK(write_json(value) == write_json(report.at(name)));
      ++compared;
    }
    CHECK(compared >= 6);
    for (const char* key : {"train_loss", "valid_loss", "baseline_accuracy", "parameters",
                            "seconds", "best_epoch", "epochs", "steps", "reason"}) {
      INFO(key);
      CHECK(report.find(key));
    }
  }
  CHECK(runs().json("eval runs/classify-1 --json").at("evaluated_on").string() == "test");
}

TEST_CASE("eval of a classifier takes other files without the training data", "[tools]") {
  const TempFolder away;
  const Runs& r = runs();
  fs::copy(r.path("runs/classify-1"), away.path + "/run", fs::copy_options::recursive);
  put(away.path + "/new.csv", series());
  const Json found = r.json("eval " + away.path + "/run --test " + away.path + "/new.csv --json");
  const Json report =
      gradus::parse_json(read_file(r.path("runs/classify-1/report.json")), "report");
  for (const char* key : {"accuracy", "macro_f1", "auc", "baseline_accuracy", "test_loss"}) {
    INFO(key);
    CHECK(write_json(found.at(key)) == write_json(report.at(key)));
  }
  failed(r("eval runs/copy-1 --test test.csv"), 2, "takes no data file");
  failed(r("eval runs/classify-1 --test none.csv"), 1, "none.csv: No such file");
  put(r.path("other.csv"), "id,time,x,label\n1,0,2,yes\n");
  failed(r("eval runs/classify-1 --test other.csv"), 1, "columns of the training data are missing");
}

TEST_CASE("changed data is detected", "[tools]") {
  const Runs& r = runs();
  const std::string before = read_file(r.path("train.csv"));
  put(r.path("train.csv"), before + "99,0,1,1,4,yes\n");
  failed(r("eval runs/classify-1"), 1, "train.csv: is not the file that the run was trained on");
  fs::remove(r.path("runs/classify-1/report.json"));
  failed(r("train --resume runs/classify-1"), 1, "is not the file that the run was trained on");
  put(r.path("moved.csv"), before);
  fs::remove(r.path("train.csv"));
  failed(r("train --resume runs/classify-1"), 1, "train.csv: No such file");
  const Finished f = r("train classify moved.csv --resume runs/classify-1");
  INFO(f.err);
  CHECK(f.status == 0);
  CHECK(has(f.out, "accuracy"));
  const Finished piped = r("train classify - --resume runs/classify-1", "cat moved.csv |");
  CHECK(piped.status == 0);  // it is finished by now
  put(r.path("train.csv"), before);
  CHECK(r("eval runs/classify-1").status == 0);
}

TEST_CASE("a stopped classifier resumes to the same bits from any folder", "[tools]") {
  const Runs& r = runs();
  const std::string words = "train classify train.csv --test test.csv --dropout 0.2" + tiny +
                            " --epochs 20 --save-every 3 ";
  REQUIRE(r(words + "--out whole --threads 1").status == 0);
  const Finished f = run("cd " + r.folder.path + "; " + program() + " " + words +
                         "--out stopped & pid=$!; while [ ! -s " + r.path("stopped/metrics.jsonl") +
                         " ] && kill -0 $pid; do sleep 0.01; done; kill -TERM $pid; wait $pid");
  INFO(f.err);
  CHECK(f.status == 143);
  fs::remove(r.path("stopped/schema.json"));  // as if it had died before it wrote this
  CHECK(run(program() + " train --threads 2 --resume " + r.path("stopped")).status == 0);
  for (const char* name : {"/model.safetensors", "/metrics.jsonl", "/schema.json"}) {
    INFO(name);
    CHECK(!read_file(r.path("whole") + name).empty());
    CHECK(read_file(r.path("whole") + name) == read_file(r.path("stopped") + name));
  }
}

TEST_CASE("eval leaves out series without a label if it is told so", "[tools]") {
  const Runs& r = runs();
  put(r.path("half.csv"), series() + "u,0,1,2,4,\nu,1,1,2,4,\n");
  failed(r("eval runs/classify-1 half.csv"), 1, "--skip-unlabelled leaves such series out");
  const Finished f = r("eval runs/classify-1 half.csv --skip-unlabelled --json");
  INFO(f.err);
  REQUIRE(f.status == 0);
  CHECK(gradus::parse_json(f.out, "stdout").at("accuracy").number() ==
        r.json("eval runs/classify-1 test.csv --json").at("accuracy").number());
}

TEST_CASE("a table may be read from standard input", "[tools]") {
  const Finished f = runs()("train classify - --out piped" + tiny + brief, "cat train.csv |");
  INFO(f.err);
  CHECK(f.status == 0);
  CHECK(std::regex_search(f.out, std::regex("\nevaluated_on +folds")));
}

TEST_CASE("info lists the contents and verifies the checksum", "[tools]") {
  const Runs& r = runs();
  const Json all = r.json("info runs/copy-1 --json");
  CHECK(all.at("task").string() == "copy");
  CHECK(all.at("state").string() == "finished");
  CHECK(all.at("settings").at("d_model").integer() == 16);
  CHECK(all.at("model").at("checksum").string() == "verified");
  CHECK(all.at("model").at("parameters") == all.at("report").at("parameters"));
  const std::string file = "runs/copy-1/model.safetensors";
  const Finished f = r("info " + file);
  CHECK(has(f.out, "generator.weight"));
  CHECK(has(f.out, "[11, 16]"));
  CHECK(has(f.out, "checksum    verified"));
  // No clock, path, thread count or name of a run: no metadata at all.
  CHECK(r.json("info " + file + " --json").at("metadata").members().empty());

  const std::string good = read_file(r.path(file));
  std::string flipped = good;
  flipped[flipped.size() - 100] = static_cast<char>(flipped[flipped.size() - 100] ^ 1);
  put(r.path("flipped.safetensors"), flipped);
  failed(r("info flipped.safetensors"), 1, "damaged: its checksum");
  put(r.path("short.safetensors"), good.substr(0, good.size() - 1));
  failed(r("info short.safetensors"), 1, "short.safetensors:");
  failed(r("info none.safetensors"), 1, "No such file");
  failed(r("info ."), 1, "not a run folder");
  put(r.path(file), flipped);
  failed(r("info runs/copy-1"), 1, "damaged: its checksum");
  failed(r("eval runs/copy-1"), 1, "damaged: its checksum");
  put(r.path(file), good);
}

TEST_CASE("attention has rows that sum to 1 for any layer and head", "[tools]") {
  const Runs& r = runs();
  for (const std::string words :
       {"runs/copy-1", "runs/copy-1 --example 4 --layer 0", "runs/copy-1 --head 1",
        "runs/classify-1", "runs/classify-1 --layer 0 --head 1 --example 7"}) {
    const Finished f = r("attention " + words + " --out -");
    INFO(f.out << f.err);
    CHECK(f.status == 0);
    const gradus::CsvTable table = gradus::CsvTable::parse(f.out, "attention");
    CHECK(table.rows() >= 1);
    for (int64_t row = 0; row < table.rows(); ++row) {
      double sum = 0;
      for (int c = 1; c < static_cast<int>(table.columns().size()); ++c)
        sum += table.number(row, c);
      CHECK(std::abs(sum - 1) < 1e-5);
    }
  }
  CHECK(has(r("attention runs/copy-1 --out -").out, ":<eos>,"));
  const Finished drawn = r("attention runs/copy-1", "LC_ALL=C");
  CHECK(drawn.status == 0);
  CHECK(has(drawn.out, "layer 1, mean of 2 heads"));
  CHECK(has(drawn.out, "<eos>  "));
  failed(r("attention runs/copy-1 --example 20"), 2, "--example 20: expected 0 to 19");
  failed(r("attention runs/copy-1 --layer 2"), 2, "from 0 to 1");
  failed(r("attention runs/copy-1 --head 2"), 2, "from 0 to 1");
}

TEST_CASE("attention is drawn into files", "[tools]") {
  const Runs& r = runs();
  CHECK(r("attention runs/copy-1 --out a.csv").status == 0);
  CHECK(read_file(r.path("a.csv")) == r("attention runs/copy-1 --out -").out);
  failed(r("attention runs/copy-1 --out a.gif"), 2, ".csv, .svg or .png");
  failed(r("attention runs/copy-1 --out none/a.csv"), 1, "into none: No such file");
  CHECK(!fs::exists(r.path("a.svg")));
  CHECK(r("attention runs/copy-1 --out a.svg").status == 0);
  const std::string svg = read_file(r.path("a.svg"));
  CHECK(has(svg, "mean of 2 heads"));
  CHECK(has(svg, "&lt;eos"));
  CHECK(r("attention runs/copy-1 --out a.png").status == 0);
  CHECK(has(read_file(r.path("a.png")).substr(0, 8), "PNG"));
}

TEST_CASE("attention --view: all heads on one sheet", "[tools]") {
  const Runs& r = runs();
  const Finished drawn = r("attention runs/copy-1 --view --example 2", "LC_ALL=C");
  INFO(drawn.out << drawn.err);
  CHECK(drawn.status == 0);
  CHECK(drawn.out.rfind("example 2", 0) == 0);
  for (const char* head : {"L0 H0", "L0 H1", "L1 H0", "L1 H1"}) CHECK(has(drawn.out, head));
  std::istringstream lines(drawn.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 120);
  const gradus::CsvTable table =
      gradus::CsvTable::parse(r("attention runs/classify-1 --view --out -").out, "attention");
  CHECK(table.columns() == std::vector<std::string>{"layer", "head", "query", "key", "weight"});
  std::map<std::string, double> sums;  // of each layer, head and query
  for (int64_t i = 0; i < table.rows(); ++i)
    sums[std::string(table.cell(i, 0)) + " " + std::string(table.cell(i, 1)) + " " +
         std::string(table.cell(i, 2))] += table.number(i, 4);
  for (const auto& [row, sum] : sums) CHECK(std::abs(sum - 1) < 1e-5);
  CHECK(sums.count("1 1 0:0") == 1);
  const Finished one = r("attention runs/copy-1 --view --layer 1 --out -");
  CHECK(!has(one.out, "\n0,0,"));
  failed(r("attention runs/copy-1 --view --layer 2"), 2, "from 0 to 1");
  failed(r("attention runs/classify-1 --view --all"), 2, "--view shows the heads for one example");
  failed(r("attention runs/copy-1 --view --out a.gif"), 2, ".csv, .svg or .png");
  CHECK(r("attention runs/copy-1 --view --out sheet.svg").status == 0);
  const std::string svg = read_file(r.path("sheet.svg"));
  CHECK(has(svg, "layer 1, head 1"));
  CHECK(has(svg, "darkest"));
  CHECK(r("attention runs/copy-1 --view --out sheet.png").status == 0);
}

TEST_CASE("names in data are text in a picture and a single step is drawn", "[tools]") {
  const Runs& r = runs();
  std::string rows = "id,time,x,label\n";
  for (int i = 0; i < 20; ++i)
    rows += "`touch a`" + std::to_string(i) + ",0," + std::to_string(i % 2) + "," +
            (i % 2 ? "it's" : "<script>$(touch b)") + "\n";
  put(r.path("names.csv"), rows);
  REQUIRE(r("train classify names.csv --out names" + tiny + brief).status == 0);
  const Finished f = r("attention names --out names.svg");
  INFO(f.err);
  CHECK(f.status == 0);
  const std::string svg = read_file(r.path("names.svg"));
  CHECK(has(svg, "`touch a`"));
  CHECK(!has(svg, "<script>"));
  CHECK(!fs::exists(r.path("a")));
  CHECK(!fs::exists(r.path("b")));
}

TEST_CASE("a long series is drawn in the width of a terminal", "[tools]") {
  const Runs& r = runs();
  std::string rows = "id,time,x,label\n";
  for (int i = 0; i < 300; ++i)
    rows +=
        std::to_string(i / 60) + "," + std::to_string(i) + ",1," + (i / 60 % 2 ? "a" : "b") + "\n";
  put(r.path("long.csv"), rows);
  REQUIRE(r("train classify long.csv --valid 0 --out long" + tiny + brief).status == 0);
  const Finished f = r("attention long", "LC_ALL=C");
  CHECK(f.status == 0);
  CHECK(has(f.err, "60 rows and 60 columns were merged"));
  std::istringstream lines(f.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 120);
}

TEST_CASE("config shows each setting with its origin", "[tools]") {
  const Runs& r = runs();
  put(r.path("some.json"), "{\"lr\": 0.5, \"batch-size\": 7, \"norm_first\": false}");
  const Finished f = r("config copy --config some.json --lr 0.25");
  CHECK(f.status == 0);
  CHECK(std::regex_search(f.out, std::regex("\nlr +0.25 +flag\n")));
  CHECK(std::regex_search(f.out, std::regex("\nbatch_size +7 +config\n")));
  CHECK(std::regex_search(f.out, std::regex("\nnorm_first +false +config\n")));
  CHECK(std::regex_search(f.out, std::regex("epochs +20 +default\n")));
  // It reads its own JSON again, and a run's config.json.
  const Json all = r.json("config copy --config some.json --lr 0.25 --no-norm-first --json");
  put(r.path("all.json"), write_json(all));
  CHECK(r.json("config copy --config all.json --json").at("settings") == all.at("settings"));
  CHECK(r.json("config copy --config runs/copy-1/config.json --json")
            .at("settings")
            .at("d_model")
            .integer() == 16);

  const auto refused = [&](const std::string& text, const std::string& part) {
    put(r.path("bad.json"), text);
    failed(r("train copy --out never --config bad.json"), 2, part);
  };
  refused("{\"bach_size\": 7}", "unknown setting bach_size; did you mean batch_size?");
  refused("{\"lr\": \"fast\"}", "bad.json: lr is \"fast\"; expected a number, 0 to 1000");
  refused("{\"epochs\": 1.5}", "epochs is 1.5; expected a whole number, 1 to 1000000");
  refused("{\"nhead\": 0}", "nhead is 0");
  refused("{\"activation\": \"tanh\"}", "expected relu or gelu");
  refused("[1]", "not a JSON object");
  refused("{\"task\": \"classify\", \"settings\": {}}", "settings of the task \"classify\"");
  put(r.path("bad.json"), "{\"lr\": }");
  failed(r("train copy --out never --config bad.json"), 1, "bad.json: line 1");
  failed(r("train copy --config none.json"), 1, "none.json: No such file");
  failed(r("train copy --epochs 3 --steps 4"), 2, "--epochs and --steps");
  failed(r("train copy --norm-frist"), 2, "did you mean --norm-first?");
  failed(r("config cpoy"), 2, "did you mean copy?");
  CHECK(!fs::exists(r.path("never")));
}

TEST_CASE("--steps stops in the middle of an epoch; patience without improvement", "[tools]") {
  const Json some = runs().json(copy + " --steps 7 --json --out steps");
  CHECK(some.at("steps").integer() == 7);
  CHECK(some.at("epochs").integer() == 2);
  CHECK(some.at("reason").string() == "all 7 steps are done");
  const Json none = runs().json(copy +
                                " --epochs 40 --lr 1 --schedule constant --patience 1 "
                                "--json --out patience");
  CHECK(none.at("reason").string().substr(0, 34) == "no better valid_loss in 1 epochs; ");
  CHECK(none.at("epochs").integer() == none.at("best_epoch").integer() + 1);
}

// The commands in blocks of shell code of a page, and `gradus config ...` in its text.
std::vector<std::string> commands_of(const std::string& path) {
  const std::string page = read_file(path);
  const std::regex block("```sh\n([^`]*)```"), line("(?:^|\n)gradus ([^#\n]*)");
  std::vector<std::string> all;
  for (std::sregex_iterator i(page.begin(), page.end(), block), end; i != end; ++i) {
    const std::string code = (*i)[1];
    for (std::sregex_iterator c(code.begin(), code.end(), line); c != end; ++c)
      all.push_back((*c)[1]);
  }
  if (std::smatch m; std::regex_search(page, m, std::regex("`gradus (config [^`]*)`")))
    all.push_back(m[1]);
  return all;
}

TEST_CASE("the commands of the README and of two pages run", "[tools]") {
  // Fewer steps are enough to check the command line.
  const auto shortened = [](std::string words) {
    words = std::regex_replace(words, std::regex("--steps 300"), "--steps 5");
    return std::regex_replace(words, std::regex("classify churn.csv"),
                              "classify churn.csv --folds 0 --epochs 1 --valid 0.2");
  };
  int count = 0;
  for (const char* page : {"README.md", "docs/train.md", "docs/classify.md"})
    for (const std::string& words : commands_of(page)) {
      const Finished f = runs()(shortened(words));
      INFO(page << ": " << words << "\n" << f.err);
      CHECK(f.status == 0);
      ++count;
    }
  CHECK(count == 15);
}

TEST_CASE("the examples in every help text run", "[tools]") {
  const std::regex example("\n  gradus (.*)");
  int count = 0;
  for (const std::string command :
       {"train", "train copy", "train classify", "config", "config copy", "config classify", "eval",
        "predict", "info", "attention", "data", "data churn"}) {
    const std::string help = runs()(command + " --help").out;
    int here = 0;
    for (std::sregex_iterator i(help.begin(), help.end(), example), end; i != end; ++i, ++here) {
      std::string words = (*i)[1];
      // Whole training runs take too long here: one step is enough to check the command line.
      if (words.rfind("train ", 0) == 0 && !has(words, "--resume")) words += " --dry-run";
      const Finished f = runs()(words);
      INFO(words << "\n" << f.err);
      CHECK(f.status == 0);
    }
    INFO(command);
    CHECK(here == 2);
    count += here;
  }
  CHECK(count == 24);
}

}  // namespace tools_eval_test
