// SPDX-License-Identifier: MIT
// gradus doctor on a run of every task: no rule of the library may be blamed.
#include "gradus/base/error.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_doctor_test {

const std::string words[] = {"the", "cat", "sat", "on", "a", "mat", "and", "dog"};

// Eight-word lines that differ.
std::string line(int n) {
  std::string out;
  for (int i = 0; i < 6; ++i) out += (i ? " " : "") + words[static_cast<size_t>(n * 7 + i * n) % 8];
  return out;
}

void put_files(const ProgramFolder& p) {
  std::string series = "id,time,a,b,label\n", texts = "text\tlabel\n", pairs, plain;
  for (int n = 0; n < 40; ++n) {
    for (int t = 0; t < 6 + n % 3; ++t)
      series += text({"s", n, ",", t, ",", n % 2 + 0.1 * t, ",", 0.3 * (n % 7) - 1, ",",
                      n % 2 ? "yes" : "no", "\n"});
    texts += line(n) + (n % 2 ? "\tx\n" : "\ty\n");
    pairs += line(n) + "\t" + line(n + 1) + "\n";
    plain += line(n) + "\n";
  }
  p.put("a.csv", series);
  p.put("a.tsv", texts);
  p.put("p.tsv", pairs);
  p.put("text.txt", plain);
}

const std::string small = " --steps 2 --quiet --d-model 16";
const std::string layers = small + " --nhead 2 --layers 1";

// Trains and asks the doctor; right rules of kinks may be undecided.
void check_run(const ProgramFolder& p, const std::string& training, int64_t& ops) {
  INFO("train " << training);
  REQUIRE(p("train " + training + " --out run").status == 0);
  const Finished f = p("doctor run");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(!has(f.out, "FAIL"));
  CHECK(!has(f.out, "does not run in f64"));
  CHECK((has(f.out, "doctor: pass\n") || has(f.out, "doctor: undecided\n")));
  const size_t count = f.out.find(" ops between");
  REQUIRE(count != f.out.npos);
  ops += std::stoll(f.out.substr(f.out.rfind(' ', count - 1)));
  std::filesystem::remove_all(p.path("run"));
}

TEST_CASE("the doctor passes the models of every task", "[doctor][tools]") {
  const ProgramFolder p;
  put_files(p);
  int64_t ops = 0;
  for (const std::string model : {"gru", "lstm", "rnn", "tcn", "mlp"})
    check_run(p, "classify a.csv --model " + model + small, ops);
  check_run(p, "classify a.csv --model logistic --quiet", ops);
  for (const std::string task :
       {"classify a.csv", "forecast a.csv", "classify --text a.tsv", "translate p.tsv", "copy",
        "mlm text.txt --block 12", "lm text.txt --block 12",
        "lm text.txt --block 12 --norm rms_norm --feed-forward swiglu --position rope",
        "lm text.txt --block 12 --experts 3", "lm text.txt --block 12 --attention linear"})
    check_run(p, task + layers, ops);
  check_run(p, "forecast a.csv --model gru" + small, ops);
  check_run(p, "copy --model gru --attention luong-dot --steps 2 --quiet", ops);
  CHECK(ops > 300);
}

TEST_CASE("the doctor asks for a run and reports its flags", "[doctor][tools]") {
  const ProgramFolder p;
  CHECK(has(p("doctor none").err, "none"));
  REQUIRE(p("train copy" + layers + " --out run").status == 0);
  const std::string one = p("doctor run --samples 1").out, three = p("doctor run --samples 3").out;
  CHECK(has(one, "worst error"));
  CHECK(one != three);
  CHECK(p("doctor run --samples 0").status == 2);
}

}  // namespace tools_doctor_test
