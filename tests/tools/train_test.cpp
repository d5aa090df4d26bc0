// SPDX-License-Identifier: MIT
// gradus train and gradus demo, run as a user runs them.
#include <algorithm>
#include <fstream>
#include <regex>

#include "gradus/tensor/tensor.h"
#include "gradus/train/picture.h"
#include "tests/catch.h"

using namespace gradus::tests;

namespace tools_train_test {

// The value behind a name on stdout.
double figure(const Finished& run, const std::string& name) {
  const size_t at = run.out.find(name + " ");
  INFO(run.out << run.err);
  REQUIRE(at != run.out.npos);
  return std::stod(run.out.substr(at + name.size()));
}

// The output of the run without the lines that differ between equal runs.
std::string without_seconds(const std::string& out) {
  return std::regex_replace(out, std::regex("(run|seconds) .*\n"), "");
}

Finished train(const std::string& arguments) {
  const TempFolder folder;
  return run(gradus_program() + " train " + arguments + " --out " + folder.path + "/run");
}

TEST_CASE("train copy: a small run has loss and figures and samples; threads change no digit",
          "[tools]") {
  const std::string small =
      "copy --epochs 2 --train-size 96 --test-size 40 --letters 4 --max-length 4 --d-model 16 "
      "--nhead 2 --layers 1 --dim-feedforward 16 --batch-size 16 --seed 3";
  const Finished one = train(small + " --threads 1"), two = train(small + " --threads 2 --quiet");
  INFO(one.out << one.err);
  CHECK(one.status == 0);
  CHECK(has(one.out, " -> "));
  CHECK(figure(one, "parameters") > 1000);
  CHECK(figure(one, "exact_copy") <= 1);
  CHECK(figure(one, "valid_loss") > 0);
  CHECK(!has(one.err, "multihead_attn"));
  CHECK(has(one.err, "(--verbose lists them)\nmemory: about "));
  CHECK(has(one.err, "ep 2/2 6/6"));
  CHECK(two.err.empty());
  CHECK(without_seconds(one.out) == without_seconds(two.out));
}

// Files in a folder of their own; good.csv holds forty series of two classes.
struct Files {
  TempFolder folder;
  std::string good,
      names =
          " --id patient --time day --label died --d-model 16 --layers 1 "
          "--dim-feedforward 16 --lr 0.01",
      columns = names + " --epochs 8 --nhead 2";
  Files() {
    std::string rows = "patient,day,x,y,died\n";
    for (int i = 0; i < 40; ++i)
      for (int t = 0; t < 3 + i % 3; ++t)
        rows += std::to_string(i) + "," + std::to_string(t * 7) + "," +
                std::to_string((i % 2 ? 1 : -1) * (t + 1)) + "," + (i % 5 ? "2.5" : "") + "," +
                (i % 2 ? "yes" : "no") + "\n";
    good = file("good.csv", rows);
  }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path + "/" + name) << text;
    return folder.path + "/" + name;
  }
};

TEST_CASE("train classify learns series from files with columns by name", "[tools]") {
  const Files f;
  const Finished fine = train("classify " + f.good + " --test " + f.good + f.columns);
  INFO(fine.out << fine.err);
  CHECK(fine.status == 0);
  CHECK(figure(fine, "accuracy") == 1);
  CHECK(figure(fine, "macro_f1") == 1);
  CHECK(figure(fine, "auc") == 1);
  CHECK(figure(fine, "baseline_accuracy") == 0.5);
  CHECK(std::regex_search(fine.out, std::regex("\nevaluated_on +test")));
  CHECK(has(fine.err, "159 rows, 40 series of 3 to 5 steps, median 4"));
  CHECK(has(fine.err, "2 classes, with series: no 20, yes 20"));
  CHECK(has(fine.err, "column y: 32 empty cells (20 %, lines 2, 3, 4, ...), filled"));
  CHECK(has(fine.err, "column y: always 2.5; it carries no information"));
}

TEST_CASE("train classify reports errors in files and flags", "[tools]") {
  const Files f;
  const auto refused = [&](const std::string& arguments, int status, const std::string& part) {
    const Finished r = train("classify " + arguments);
    INFO(arguments << "\n" << r.out << r.err);
    CHECK(r.status == status);
    CHECK(r.out.empty());
    CHECK(has(r.err, part));
    CHECK(std::count(r.err.begin(), r.err.end(), '\n') <= 3);
  };
  refused(f.good, 1, "there is no label column \"label\"");
  refused(f.good + " --id patient --time day --lable died", 2, "did you mean --label");
  refused(f.good + f.names + " --nhead 3", 2, "3 heads");
  refused(f.good + f.columns + " --valid 1.5", 2, "1.5");
  refused(f.good + f.columns + " --valid none.csv", 1, "none.csv: No such file");
  refused(f.good + f.names + " --epochs -1", 2, "--epochs -1 is invalid");
  refused(f.columns, 2, "TRAIN.csv is missing");
  refused(f.folder.path + "/absent.csv", 1, "absent.csv: No such file");
  refused(f.file("one.csv", "x,label\n1,a\n2,a\n"), 1, "all labels are a");
  refused(f.file("ragged.csv", "x,label\n1,a\n2\n"), 1, "ragged.csv:3:1: this row has 1 cell;");
}

TEST_CASE("a heat map shows the largest weights", "[tools]") {
  const gradus::Tensor w = gradus::tensor({{0.9, 0.1}, {0.3, 0.7}, {0, 1}});
  const std::string map = gradus::heat_map(w, {"x", "y", "<eos>"}, {"a", "b"});
  CHECK(has(map, "x  "));
  CHECK(has(map, " a 0.90"));
  CHECK(has(map, " b 0.70"));
  CHECK(has(map, "<eos>  "));
  CHECK(has(message_of([&] { gradus::heat_map(w, {"x"}, {"a"}); }), "[3, 2]"));
}

TEST_CASE("train classify reaches its score on Japanese vowels", "[tools][shared]") {
  const std::string data = shared_folder("data/japanese_vowels");
  const Finished r = train("classify " + data + "/train.csv --test " + data +
                           "/test.csv --epochs 60 --quiet");  // the default looks for the number
  CHECK(r.status == 0);
  CHECK(figure(r, "accuracy") >= 0.97);
}

}  // namespace tools_train_test
