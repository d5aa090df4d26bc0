// SPDX-License-Identifier: MIT
// train --profile and --dry-run, bench --profile, leakcheck and replay, as a user runs them.
#include <regex>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/train/capsule.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_faults_test {

const std::string small =
    " --epochs 1 --train-size 64 --test-size 20 --letters 4 --max-length 4 --d-model 16 --nhead 2 "
    "--layers 1 --dim-feedforward 16 --batch-size 16";

// No line of a table or a chart is wider than a terminal.
void check_width(const std::string& text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    INFO(text.substr(begin, end - begin));
    CHECK(std::count_if(text.begin() + static_cast<std::ptrdiff_t>(begin),
                        text.begin() + static_cast<std::ptrdiff_t>(end),
                        [](char c) { return (c & 0xC0) != 0x80; }) <= 80);
    begin = end + 1;
  }
}

TEST_CASE("train --profile shows phases and ops and writes a picture or a table", "[tools][see]") {
  const ProgramFolder gradus;
  const Finished f = gradus("train copy --quiet --out a --profile p.svg" + small);
  INFO(f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.err, "phases of 4 steps:"));
  for (const char* phase : {"data", "forward", "backward", "optimiser", "evaluation", "saving"})
    CHECK(has(f.err, phase));
  CHECK(has(f.err, "scaled_dot_product_attention"));
  CHECK(has(f.err, "(between ops)"));
  CHECK(has(f.err, "time of a step by op"));
  check_width(f.err.substr(f.err.find("phases of")));
  CHECK(std::filesystem::file_size(gradus.path("p.svg")) > 1000);
  const Finished plain = gradus("train copy --quiet --out b --profile" + small);
  CHECK(plain.status == 0);
  CHECK(has(plain.err, "phases of 4 steps:"));
  CHECK(!has(plain.err, "written"));
  const Finished without = gradus("train copy --quiet --out c" + small);
  CHECK(!has(without.err, "phases"));
  CHECK(gradus("train copy --quiet --out d --profile p.csv" + small).status == 0);
  std::ifstream csv(gradus.path("p.csv"));
  std::string head;
  std::getline(csv, head);
  CHECK(head == "op,calls,forward ms,backward ms,%,kept MB");
  const Finished wrong = gradus("train copy --profile p.txt" + small);
  CHECK(wrong.status == 2);
}

TEST_CASE("bench --profile shows the ops of the measured steps", "[tools][see]") {
  const ProgramFolder gradus;
  const Finished f = gradus("bench W1 --steps 3 --threads 1 --profile p.svg");
  INFO(f.err);
  CHECK(f.status == 0);
  CHECK(has(f.err, "phases of 3 steps:"));
  CHECK(has(f.err, "binary_cross_entropy_with_logits"));
  check_width(f.err.substr(f.err.find("phases of")));
  CHECK(std::filesystem::exists(gradus.path("p.svg")));
  CHECK(!has(gradus("bench W1 --steps 3 --threads 1").err, "phases"));
  const Finished two = gradus("bench W1 W2 --profile p.svg");
  CHECK(two.status == 2);
  CHECK(has(two.err, "--profile p.svg holds one workload; name one of them"));
}

TEST_CASE("train --dry-run prints the flow audit in one line", "[tools][see]") {
  const ProgramFolder gradus;
  const Finished f = gradus("train copy --dry-run" + small);
  INFO(f.err);
  CHECK(f.status == 0);
  CHECK(std::regex_search(
      f.err, std::regex("gradients: [0-9]+ parameters get a gradient, 0 are not reached\n")));
}

TEST_CASE("leakcheck passes runs of the tasks", "[tools][see]") {
  const ProgramFolder gradus;
  REQUIRE(gradus("train copy --quiet --out run" + small).status == 0);
  const Finished f = gradus("leakcheck run");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(has(f.out, "padding of the source"));
  CHECK(has(f.out, "later tokens of the target"));
  CHECK(has(f.out, "nothing leaks"));
  CHECK(gradus("leakcheck nowhere").status == 1);
}

TEST_CASE("replay runs a capsule and reports by its exit status", "[tools][see]") {
  const ProgramFolder gradus;
  Tensor x = tensor({1, 0, 2}).requires_grad_();
  const auto origin = nan_origin([&] { return sum(log(x)); });
  REQUIRE(origin);
  auto capsule = capsule_of(*origin);
  REQUIRE(capsule);
  save_capsule(gradus.path("c.safetensors"), *capsule);
  const Finished still = gradus("replay c.safetensors");
  INFO(still.out << still.err);
  CHECK(still.status == 1);
  CHECK(has(still.out, "input 0: f32 [3] from 0 to 2"));
  CHECK(has(still.out, "output now 0: f32 [3] from 0 to 0.693147"));
  CHECK(has(still.out, "STILL"));
  capsule->inputs[0] = ones({3});
  save_capsule(gradus.path("c.safetensors"), *capsule);
  const Finished mended = gradus("replay c.safetensors");
  CHECK(mended.status == 0);
  CHECK(has(mended.out, "fixed: all values are finite"));
  gradus.put("text", "no capsule");
  CHECK(gradus("replay text").status == 1);
}

}  // namespace tools_faults_test
