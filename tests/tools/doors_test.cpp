// SPDX-License-Identifier: MIT
// What a hostile file, name or machine may not do: control the terminal, be read for ever, or stop
// the program without a message.
#include <sys/stat.h>

#include <algorithm>

#include "gradus/base/clock.h"
#include "gradus/base/printable_text.h"
#include "gradus/io/regular_file.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace tools_doors_test {

const std::string quick =
    " --epochs 1 --d-model 8 --nhead 2 --layers 1 --dim-feedforward 8 --quiet";

// 20 series of 4 steps whose names and labels are hostile.
std::string hostile_series() {
  std::string all = "id,time,a\x1b[31mb,label\n";
  for (int n = 0; n < 20; ++n)
    for (int t = 0; t < 4; ++t)
      all += "s\x1b[2J" + std::to_string(n) + "," + std::to_string(t) + "," +
             std::to_string(n % 2 + t) +
             (n % 2 ? ",y\x1b[32mes\n"
                    : ",n\xC2\x9B"
                      "1mo\n");
  return all;
}

bool talks_to_terminal(const std::string& printed) { return printed != printable_text(printed); }

std::string in_terminal(const std::string& command) {
  return run("script -qec \"" + command + "\" /dev/null < /dev/null | tr -d '\\r'").out;
}

TEST_CASE("text for a terminal keeps lines and tabs and nothing that moves it", "[doors]") {
  CHECK(printable_text("a\tb\n\xC3\xBC") == "a\tb\n\xC3\xBC");
  CHECK(printable_text("a\x1b[31m\r\x07") == "a\\x1b[31m\\x0d\\x07");
  CHECK(printable_text("\xC2\x9B"
                       "1m\xC2\xA0") == "\\xc2\\x9b1m\xC2\xA0");
  CHECK(printable_text(std::string(5000, 'x')).size() == 5000);
}

TEST_CASE("names and labels and paths of files do not reach the terminal raw", "[doors]") {
  const ProgramFolder p;
  p.put("a.csv", hostile_series());
  const std::string run_name = "'r\x1b[31mun'";
  const std::vector<std::string> all = {
      "train classify a.csv --out " + run_name + quick,
      "eval " + run_name,
      "info " + run_name,
      "attention " + run_name,
      "train classify a.csv --dry-run --epochs 1 --d-model 8 --nhead 2",
      "train classify none\x1b[31m.csv",
      "config none\x1b[31m",
      "parity none\x1b[31m",
      "train --resume none\x1b[31m",
      "export " + run_name + " 'w\x1b[31m.safetensors'",
      "train classify a.csv --out " + run_name + quick};
  for (const std::string& words : all) {
    const Finished f = p(words);
    INFO(words << f.out << f.err);
    CHECK(!talks_to_terminal(f.out));
    CHECK(!talks_to_terminal(f.err));
  }
}

TEST_CASE("predictions are data for programs and words for a terminal", "[doors]") {
  const ProgramFolder p;
  p.put("a.csv", hostile_series());
  REQUIRE(p("train classify a.csv --out run" + quick).status == 0);
  const Finished piped = p("predict run a.csv");
  CHECK(has(piped.out, "s\x1b[2J0,"));
  const std::string program = fs::absolute(gradus_program()).string();
  if (!has(in_terminal("echo works"), "works")) skip_test("script cannot open a terminal");
  const std::string shown =
      in_terminal("cd " + p.folder.path + " && " + program + " predict run a.csv");
  INFO(shown);
  CHECK(has(shown, "s\\x1b[2J0,"));
  CHECK(!talks_to_terminal(shown));
}

TEST_CASE("a file may be called like a command", "[doors]") {
  const ProgramFolder p;
  std::string text;
  for (int n = 0; n < 300; ++n) text += "to be or not to be\n";
  for (const char* name : {"data", "lm", "info", "train"}) {
    p.put(name, text);
    for (const std::string before : {"", "./", "-- "}) {
      const Finished f = p("train lm --block 16 --dry-run" + quick + " " + before + name);
      INFO(before << name << f.err);
      CHECK(f.status == 0);
    }
    CHECK(p("train lm " + std::string(name) + " --block 16 --dry-run" + quick).status == 0);
  }
}

TEST_CASE("files of a run or a model must be files", "[doors]") {
  const ProgramFolder p;
  REQUIRE(p("train copy --epochs 1 --train-size 32 --test-size 8 --d-model 8 --nhead 2 --layers 1 "
            "--dim-feedforward 8 --quiet --out run")
              .status == 0);
  for (const char* name : {"config.json", "report.json", "metrics.jsonl", "last.safetensors"}) {
    for (const bool device : {false, true}) {
      const std::string file = p.path("run/" + std::string(name));
      fs::rename(file, file + ".kept");
      if (device) fs::create_symlink("/dev/zero", file);
      else REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
      const Finished f = run("cd " + p.folder.path + " && timeout 20 " +
                             fs::absolute(gradus_program()).string() + " info run");
      INFO(name << " " << f.err);
      CHECK(f.status == 1);
      CHECK(has(f.err, "it is not a regular file"));
      fs::remove(file);
      fs::rename(file + ".kept", file);
    }
  }
  fs::create_directory(p.path("model"));
  fs::create_symlink("/dev/zero", p.path("model/config.json"));
  const Finished f = p("import model --out imported");
  CHECK(f.status == 1);
  CHECK(has(f.err, "it is not a regular file"));
  p.put("plain", "words");
  fs::create_symlink("plain", p.path("link"));
  CHECK(read_regular_file(p.path("link")) == "words");
}

TEST_CASE("a pipe as data is waited for and the program reports it", "[doors]") {
  const ProgramFolder p;
  std::string series = "id,time,a,label\n";
  for (int n = 0; n < 20; ++n)
    for (int t = 0; t < 4; ++t)
      series += std::to_string(n) + "," + std::to_string(t) + "," + std::to_string(n % 2 + t) +
                "," + std::to_string(n % 2) + "\n";
  p.put("a.csv", series);
  const std::string train = " train classify pipe --out run --dry-run" + quick;
  p.put("late.sh", "mkfifo pipe; (sleep 2; cat a.csv >pipe) & exec " +
                       fs::absolute(gradus_program()).string() + train);
  const Finished late = run("cd " + p.folder.path + " && timeout 60 sh late.sh");
  INFO(late.err);
  CHECK(late.status == 0);
  CHECK(has(late.err, "pipe is a pipe: waiting until its writer closes it"));
  p.put("soon.sh", "cat a.csv >pipe & exec " + fs::absolute(gradus_program()).string() + train);
  const Finished soon = run("cd " + p.folder.path + " && timeout 60 sh soon.sh");
  INFO(soon.err);
  CHECK(soon.status == 0);
  CHECK(!has(soon.err, "waiting"));
}

TEST_CASE("with too little address space the program says so and stops", "[doors]") {
  if (sanitized) skip_test("a sanitizer needs more address space");
  const Finished f = run("ulimit -v 150000; " + gradus_program() + " config copy");
  INFO(f.err);
  CHECK(f.status == 1);
  CHECK(f.out.empty());
  CHECK(has(f.err, "memory is limited (ulimit -v or -d), and OpenBLAS finds no work memory"));
  CHECK(std::count(f.err.begin(), f.err.end(), '\n') == 1);
  // Regardless of the variables that the program sets when it restarts itself.
  for (const std::string set :
       {"GRADUS_STARTED=1", "OPENBLAS_NUM_THREADS=4", "GRADUS_STARTED=1 OPENBLAS_NUM_THREADS=4"}) {
    const Finished same =
        run("ulimit -v 150000; " + set + " timeout 30 " + gradus_program() + " config copy");
    INFO(set << same.err);
    CHECK(same.status == 1);
    CHECK(same.err == f.err);
  }
  // Room for one thread, not for four: as many as fit are used, with the same result.
  const std::string train = gradus_program() +
                            " train copy --epochs 1 --train-size 32 --test-size 8 --d-model 8 "
                            "--nhead 2 --layers 1 --dim-feedforward 8 --quiet --dry-run";
  const Finished few = run("export OMP_NUM_THREADS=4; ulimit -v 420000; " + train);
  INFO(few.err);
  CHECK(few.status == 0);
  CHECK(has(few.err, "of 4 threads"));
  CHECK(run("ulimit -v 4000000; " + train).err.find("memory is limited") == std::string::npos);
}

TEST_CASE("short times are not printed as 0.00", "[doors]") {
  const std::string words =
      " compare serial --lengths 1,2 --threads 1 --width 4 --batch-size 1 --repeats 2 --quiet";
  for (const std::string limit : {"", "ulimit -t 600; "}) {
    const Finished f = run(limit + gradus_program() + words);
    INFO(f.out << f.err);
    CHECK(f.status == 0);
    for (const char* zero : {" 0.00 ", " 0.00\n"}) CHECK(!has(f.out, zero));
    CHECK(!has(f.out, "inf"));
  }
}

TEST_CASE("measured time never runs back", "[doors]") {
  double before = clock_seconds();
  for (int i = 0; i < 1000; ++i) {
    const double now = clock_seconds();
    CHECK(now >= before);
    before = now;
  }
}

}  // namespace tools_doors_test
