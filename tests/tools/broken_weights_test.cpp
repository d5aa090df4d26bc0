// SPDX-License-Identifier: MIT
// A run whose weights are NaN: no command may print a result or exit with status 0.
#include <cmath>

#include "gradus/io/file.h"
#include "gradus/io/npz.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_broken_weights_test {

// Every weight of the run in this folder becomes NaN.
void break_weights(const ProgramFolder& p, const std::string& run) {
  const std::string path = p.path(run + "/model.safetensors");
  TensorFile file = read_tensors(path);
  for (auto& [name, x] : file.tensors)
    if (is_float(x.dtype())) x = full(x.shape(), NAN, x.dtype());
  write_tensors(path, file);
}

void fails(const ProgramFolder& p, const std::string& words) {
  const Finished f = p(words);
  INFO(words << "\n" << f.out << f.err);
  CHECK(f.status == 1);
  CHECK(!has(f.out, "nan"));
  CHECK((has(f.err, "nan") || has(f.err, "NaN")));
  CHECK(!has(f.err, "-nan"));
}

const std::string tiny = " --d-model 8 --quiet --steps 2 ";

TEST_CASE("broken weights: classifiers and forecasters of series", "[tools]") {
  const ProgramFolder p;
  REQUIRE(p("data churn --customers 40 --out a.csv").status == 0);
  const std::string model = " --model gru --out ";
  REQUIRE(p("train classify a.csv --test a.csv" + tiny + model + "c").status == 0);
  REQUIRE(p("train classify a.csv --test a.csv --every-step" + tiny + model + "m").status == 0);
  REQUIRE(p("train classify a.csv --test a.csv --nhead 1" + tiny + "--out t").status == 0);
  REQUIRE(p("train forecast a.csv --test a.csv" + tiny + model + "f").status == 0);
  for (const char* run : {"c", "m", "t", "f"}) {
    break_weights(p, run);
    for (const char* command : {"eval ", "predict "}) {
      fails(p, std::string(command) + run + " a.csv");
      if (std::string(command) == "eval ") fails(p, std::string(command) + run + " --json");
    }
    const Finished output = p(std::string("predict ") + run + " a.csv");
    CHECK(output.out.empty());
    fails(p, std::string("export ") + run + " x.npz --example y.npz");
    CHECK(!std::filesystem::exists(p.path("y.npz")));
  }
  for (const char* words : {"attention c", "attention c --all", "attention c --step 2",
                            "attention t", "attention t --view", "attention t --out x.csv"})
    fails(p, words);
  CHECK(!std::filesystem::exists(p.path("x.csv")));
}

// What reads a model of texts or sequences.
// clang-format off
constexpr const char* commands[] = {
    "eval lm", "eval mlm", "eval text", "eval tr", "eval copy", "generate lm",
    "generate lm --temperature 0", "fill mlm \"the [MASK] is\"", "embed mlm a.txt",
    "embed text a.txt --json", "embed mlm a.txt --out v.npz", "similar mlm a.txt cat",
    "predict text a.txt", "translate tr < a.txt", "translate tr --beam 1 < a.txt", "attention lm",
    "attention mlm --out h.csv", "attention text", "attention tr", "attention copy",
    "export lm x.npz --example y.npz"};
// clang-format on

TEST_CASE("broken weights: models of texts and sequences", "[tools]") {
  const ProgramFolder p;
  std::string lines, classes, pairs;
  for (int i = 0; i < 40; ++i) {
    lines += i % 2 ? "the king is dead .\n" : "a cat may look .\n";
    classes += i % 2 ? "the king is dead\tsad\n" : "a cat may look\tglad\n";
    pairs += i % 2 ? "the king\tder Koenig\n" : "a cat\teine Katze\n";
  }
  p.put("a.txt", lines);
  p.put("a.tsv", classes);
  p.put("p.tsv", pairs);
  const std::string small = tiny + "--nhead 1 --layers 1 --out ";
  REQUIRE(p("train lm a.txt --lines" + small + "lm").status == 0);
  REQUIRE(p("train mlm a.txt --lines --tokenizer word --vocab 50" + small + "mlm").status == 0);
  REQUIRE(p("train classify --text a.tsv --test a.tsv" + small + "text").status == 0);
  REQUIRE(
      p("train translate p.tsv --valid p.tsv --vocab 280 --max-tokens 200" + small + "tr").status ==
      0);
  REQUIRE(p("train copy --train-size 32 --test-size 8" + small + "copy").status == 0);
  for (const char* run : {"lm", "mlm", "text", "tr", "copy"}) break_weights(p, run);
  for (const char* words : commands) fails(p, words);
  for (const char* file : {"v.npz", "h.csv", "y.npz"})
    CHECK(!std::filesystem::exists(p.path(file)));
}

}  // namespace tools_broken_weights_test
