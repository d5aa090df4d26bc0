// SPDX-License-Identifier: MIT
// bench --against, with a shell script as the other build. No test looks at a time of its own.
#include <csignal>

#include "tests/source.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_bench_test {

// A program with the body `lines`.
void put_program(const ProgramFolder& gradus, const std::string& name, const std::string& lines) {
  gradus.put(name, "#!/bin/sh\n" + lines);
  std::filesystem::permissions(gradus.path(name), std::filesystem::perms::owner_all);
}

// Each call prints the next of three times, and notes the words that it was called with.
const std::string slower =
    "echo \"$*\" >> calls\n"
    "n=$(wc -l < calls)\n"
    "case $n in 1) t=1000000 ;; 2) t=4000000 ;; *) t=2000000 ;; esac\n"
    "echo '{\"workload\": \"W2\", \"step_ms\": '$t', \"step_cpu_ms\": 500000, "
    "\"peak_rss_mb\": 77.5}'\n";

TEST_CASE("bench --against divides the times of pairs", "[tools][bench]") {
  const ProgramFolder gradus;
  put_program(gradus, "old", slower);
  const std::string words = "bench w2 --against ./old --pairs 3 --steps 1 --threads 1";
  const Json line = gradus.json(words);
  CHECK(line.at("workload").string() == "W2");
  CHECK(line.at("pairs").integer() == 3);
  CHECK(line.at("other_ms").number() == 2e6);
  CHECK(line.at("other_peak_mb").number() == 77.5);
  CHECK(line.at("this_peak_mb").number() > 1);
  CHECK(line.at("this_ms").number() > 0);
  CHECK(line.at("ratio").number() < 0.1);
  CHECK(line.at("ratio_min").number() <= line.at("ratio").number());
  CHECK(line.at("ratio").number() <= line.at("ratio_max").number());
  CHECK(read_text(gradus.path("calls")) ==
        "bench W2 --threads 1 --steps 1\n"
        "bench W2 --threads 1 --steps 1\n"
        "bench W2 --threads 1 --steps 1\n");
}

TEST_CASE("bench --against prints a row for each workload", "[tools][bench]") {
  const ProgramFolder gradus;
  put_program(gradus, "old", "echo '{\"workload\": \"'$2'\", \"step_ms\": 1e-3}'\n");
  const Finished f = gradus("bench W1 W2 --against ./old --pairs 1 --steps 1 --threads 1");
  INFO(f.out << f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.out, "this program against ./old, 1 pair, 1 thread\n"));
  CHECK(has(f.out, "\nW1 "));
  CHECK(has(f.out, "\nW2 "));
  CHECK(has(f.out, " 0.001 "));
}

TEST_CASE("bench --against reports what is wrong with the other program", "[tools][bench]") {
  const ProgramFolder gradus;
  const auto refused = [&](int status, const std::string& file, const std::string& message) {
    const Finished f = gradus("bench W2 --against ./" + file + " --pairs 1 --steps 1 --threads 1");
    INFO(file << ": " << f.out << f.err);
    CHECK(f.status == status);
    CHECK(has(f.err, message));
  };
  refused(2, "missing", "--against ./missing: there is no such file");
  gradus.put("text", "hello");
  std::filesystem::permissions(gradus.path("text"), std::filesystem::perms::owner_read);
  refused(2, ".", "is not a program that you may run");
  refused(2, "text", "is not a program that you may run");
  gradus.put("alien", "hello");
  std::filesystem::permissions(gradus.path("alien"), std::filesystem::perms::owner_all);
  refused(1, "alien", "./alien cannot be run");
  put_program(gradus, "fails", "exit 3\n");
  refused(1, "fails", "./fails bench W2 --threads 1 --steps 1 failed with status 3");
  put_program(gradus, "older", "echo 'gradus: unknown workload W2' >&2\nexit 2\n");
  refused(1, "older", "unknown workload W2");
  refused(1, "older", "name only workloads that both programs have");
  put_program(gradus, "killed", "kill -9 $$\n");
  refused(1, "killed", "was ended by signal 9");
  put_program(gradus, "mute", "echo hello\n");
  refused(1, "mute", "did not print one JSON line");
  put_program(gradus, "timeless", "echo '{\"workload\": \"W2\"}'\n");
  refused(1, "timeless", "W2: the two programs have no time in common");
  put_program(gradus, "larger", "echo '{\"step_ms\": 1, \"params\": 7}'\n");
  refused(1, "larger", "parameters and the other 7, which is not the same work");
}

TEST_CASE("bench --against ends the other program with itself", "[tools][bench]") {
  const ProgramFolder gradus;
  put_program(gradus, "slow", "echo $$ > pid\nexec sleep 100\n");
  const Finished f = run(
      "cd " + gradus.folder.path + " && { " + std::filesystem::absolute(gradus_program()).string() +
      " bench W2 --against ./slow --pairs 1 --steps 1 --threads 1 & } && "
      "for i in $(seq 300); do [ -s pid ] && break; sleep 0.1; done; kill $!; wait $!; s=$?; "
      "kill -0 $(cat pid) && echo alive; exit $s");
  INFO(f.out << f.err);
  CHECK(f.status == 128 + SIGTERM);
  CHECK(!has(f.out, "alive"));
}

TEST_CASE("bench takes --pairs and --json with --against only", "[tools][bench]") {
  const ProgramFolder gradus;
  put_program(gradus, "old", "exit 0\n");
  CHECK(has(gradus("bench W2 --pairs 3").err, "--pairs needs --against"));
  CHECK(has(gradus("bench W2 --json").err, "--json needs --against"));
  const Finished f = gradus("bench W2 --profile --against ./old");
  CHECK(f.status == 2);
  CHECK(has(f.err, "do not go together"));
}

// The line of one workload.
Json line_of(const ProgramFolder& gradus, const std::string& words) {
  const Finished f = gradus(words);
  INFO(words << f.out << f.err);
  REQUIRE(f.status == 0);
  return parse_json(f.out, "stdout");
}

TEST_CASE("bench embed and bench translate count sentences", "[tools][bench]") {
  const ProgramFolder gradus;
  const Json embed = line_of(gradus, "bench embed --steps 1 --threads 1");
  CHECK(embed.at("workload").string() == "embed");
  CHECK(embed.at("sentences").integer() == 256);
  CHECK(embed.at("params").integer() == 22'565'376);  // without the pooler
  const Json greedy = line_of(gradus, "bench Translate-Greedy --steps 1 --threads 1");
  CHECK(greedy.at("workload").string() == "translate-greedy");
  CHECK(greedy.at("sentences").integer() == 128);
  for (const Json& line : {embed, greedy}) {
    const double per_second = line.at("sentences_per_s").number();
    const double milliseconds = line.at("step_ms").number();
    const double sentences = line.at("sentences").number();
    CHECK(per_second * milliseconds == Approx(1e3 * sentences).epsilon(0.01));
    CHECK(line.at("tokens").number() > 10 * sentences);
  }
}

TEST_CASE("bench profiles a workload that is named like a command", "[tools][bench]") {
  const ProgramFolder gradus;
  const Finished f = gradus("bench embed --steps 1 --threads 1 --profile");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(has(f.err, "phases of 1 step:"));
  CHECK(has(f.err, "\nscaled_dot_product_attention"));
}

std::string counting() {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "one two three four five six seven eight nine ten\n";
  return text;
}

TEST_CASE("bench quality trains until a loss", "[tools][bench]") {
  const ProgramFolder gradus;
  gradus.put("numbers.txt", counting());
  const std::string words = "bench quality --file numbers.txt --threads 1 ";
  const Json line = line_of(gradus, words + "--target 2.5 --steps 75");
  CHECK(line.at("valid_loss").number() <= 2.5);
  CHECK(line.at("valid_loss").number() > 0);
  CHECK(line.at("steps").integer() % 25 == 0);
  CHECK(line.at("steps").integer() <= 75);
  CHECK(line.at("seconds").number() > 0);
  const Finished far = gradus(words + "--target 0.001 --steps 20");
  CHECK(far.status == 1);
  CHECK(has(far.err, "after all 20 steps, above the target of 0.001; give a higher --target or"));
  CHECK(has(gradus(words).err, "--file numbers.txt needs --target LOSS"));
  CHECK(has(gradus("bench W2 --target 2").err, "--target is for the workload quality"));
  CHECK(has(gradus("bench W2 --file numbers.txt --target 2").err, "--file is for the workload"));
  CHECK(has(gradus("bench quality --file missing.txt --target 2").err, "missing.txt"));
}

TEST_CASE("bench quality hands its text and target to the other program", "[tools][bench]") {
  const ProgramFolder gradus;
  gradus.put("numbers.txt", counting());
  put_program(gradus, "old",
              "echo \"$*\" >> calls\n"
              "echo '{\"target\": 2.5, \"seconds\": 1e6, \"cpu_seconds\": 1e6}'\n");
  const std::string words =
      "bench quality --file numbers.txt --target 2.5 --steps 50 --threads 1 --pairs 1 ";
  const Json line = gradus.json(words + "--against ./old");
  CHECK(line.at("other_ms").number() == 1e9);
  CHECK(line.at("ratio").number() < 0.01);
  CHECK(line.at("cpu_ratio").number() < 0.01);
  CHECK(read_text(gradus.path("calls")) ==
        "bench quality --threads 1 --steps 50 --file numbers.txt --target 2.5\n");
  put_program(gradus, "farther", "echo '{\"target\": 2, \"seconds\": 1}'\n");
  CHECK(has(gradus(words + "--against ./farther").err, "and the other until 2, which is not the"));
  put_program(gradus, "older", "echo 'gradus bench: unknown workload quality' >&2\nexit 2\n");
  CHECK(has(gradus(words + "--against ./older").err, "name only workloads that both programs"));
}

}  // namespace tools_bench_test
