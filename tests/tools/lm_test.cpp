// SPDX-License-Identifier: MIT
// gradus train lm and gradus generate, as a user runs them.
#include <fstream>

#include "tests/catch.h"

using namespace gradus::tests;

TEST_CASE("train lm by lines, evaluate, generate; the text is not needed afterwards", "[tools]") {
  const TempFolder folder;
  const std::string text = folder.path + "/names.txt", out = folder.path + "/run";
  std::ofstream names(text);
  for (int i = 0; i < 60; ++i) names << (i % 2 ? "anna" : "otto") << "\n";
  names.close();
  const std::string small = " --lines --d-model 16 --nhead 2 --layers 1 --epochs 15 --quiet --json";
  const Finished trained = run(gradus_program() + " train lm " + text + small + " --out " + out);
  INFO(trained.out << trained.err);
  REQUIRE(trained.status == 0);
  CHECK(has(trained.out, "\"valid_nats_per_char\""));
  CHECK(has(run(gradus_program() + " eval " + out).out, "bigram_loss"));
  CHECK(run(gradus_program() + " attention " + out).status == 0);
  CHECK(run("rm " + text).status == 0);
  const std::string generate = gradus_program() + " generate " + out;
  const Finished said = run(generate + " --count 20 --temperature 0.5");
  CHECK(said.status == 0);
  CHECK(has(said.out, "anna\n"));
  CHECK(has(said.out, "otto\n"));
  CHECK(run(generate + " --count 20 --temperature 0.5").out == said.out);
  CHECK(run(generate + " --prompt an --count 1 --temperature 0").out == "anna\n");
  const Finished strange = run(generate + " --prompt xyz");
  CHECK(strange.status == 2);
  CHECK(has(strange.err, "character 1, x, is not in the vocabulary"));
  CHECK(run(gradus_program() + " train lm " + folder.path + "/none.txt").status == 1);
  CHECK(run(gradus_program() + " train lm").status == 2);
}
