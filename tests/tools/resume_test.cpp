// SPDX-License-Identifier: MIT
// Run folders: stopped, killed and restarted programs, full disks, changed data.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "tests/catch.h"

using namespace gradus::tests;
using gradus::read_file;
namespace fs = std::filesystem;

namespace tools_resume_test {

const std::string small =
    " copy --epochs 30 --train-size 96 --test-size 20 --letters 4 --max-length 4 --d-model 16 "
    "--nhead 2 --layers 1 --dim-feedforward 16 --batch-size 16 --dropout 0.1 --save-every 4 "
    "--quiet";

std::string train() { return gradus_program() + " train"; }

// `small` with another value of an option, which can be given once only.
std::string small_with(const std::string& option, const std::string& value) {
  std::string words = small;
  const size_t from = words.find(option) + option.size() + 1;
  return words.replace(from, words.find(' ', from) - from, value);
}
std::string brief() { return small_with("--epochs", "1"); }

// A checkpoint without its duration.
std::string checkpoint(const std::string& path) {
  const gradus::TensorFile file = gradus::read_safetensors(path);
  std::string all;
  for (const auto& [name, x] : file.tensors) {
    all += name;
    for (double v : x.to_vector<double>()) all += " " + std::to_string(v);
  }
  gradus::Json about = gradus::parse_json(file.metadata.at("gradus.checkpoint"), path);
  about["state"]["seconds"] = 0;
  return all + write_json(about);
}

void check_same_run(const std::string& a, const std::string& b) {
  const std::string best = read_file(a + "/model.safetensors");
  CHECK(best.size() > 1000);
  CHECK(best == read_file(b + "/model.safetensors"));
  CHECK(read_file(a + "/metrics.jsonl") == read_file(b + "/metrics.jsonl"));
  CHECK(checkpoint(a + "/last.safetensors") == checkpoint(b + "/last.safetensors"));
  gradus::Json x = gradus::parse_json(read_file(a + "/report.json"), a);
  gradus::Json y = gradus::parse_json(read_file(b + "/report.json"), b);
  x["seconds"] = 0;
  y["seconds"] = 0;
  CHECK(write_json(x) == write_json(y));
}

// Starts `command`, waits until `file` exists, sends the signal, and waits for the end.
Finished interrupted(const std::string& command, const std::string& file, const char* signal) {
  return run(command + " & pid=$!; while [ ! -s " + file +
             " ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done; kill -" + signal +
             " $pid; wait $pid");
}

// A whole run, made once for all test cases.
const std::string& whole_run() {
  static const TempFolder folder;
  static const std::string path = folder.path + "/whole run";
  if (!fs::exists(path)) {
    const Finished f = run(train() + small + " --out '" + path + "' --threads 1");
    INFO(f.err);
    REQUIRE(f.status == 0);
  }
  return path;
}

TEST_CASE("the number of threads changes no bit of a run", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run";
  REQUIRE(run(train() + small + " --out " + path + " --threads 2").status == 0);
  check_same_run(path, whole_run());
}

TEST_CASE("a stopped run prints how to resume and resumes to the same bits", "[tools]") {
  for (const auto& [signal, status] : {std::pair{"TERM", 143}, {"INT", 130}, {"HUP", 129}}) {
    const TempFolder folder;
    const std::string path = folder.path + "/run";
    // A shell starts background jobs with SIGINT ignored; gradus handles it anyway.
    const std::string start = "trap '' INT TERM; " + train() + small + " --out " + path;
    const Finished stopped = interrupted(start, path + "/metrics.jsonl", signal);
    INFO(stopped.err);
    CHECK(stopped.status == status);
    CHECK(stopped.out.empty());
    CHECK(!fs::exists(path + "/report.json"));
    const size_t at = stopped.err.find("\n  ");
    REQUIRE(at != std::string::npos);
    const std::string command = stopped.err.substr(at + 3);
    CHECK(command == gradus_program() + " train --resume " + path + "\n");
    const Finished resumed = run(command);
    INFO(resumed.err);
    CHECK(resumed.status == 0);
    check_same_run(path, whole_run());
    const Finished again = run(train() + " --resume " + path);
    CHECK(again.status == 0);
    CHECK(has(again.err, "is finished: all epochs are done"));
    CHECK(has(resumed.out, again.out));
  }
}

TEST_CASE("nohup keeps a run going", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run";
  const std::string start = "trap '' HUP; " + train() + small + " --out " + path;
  CHECK(interrupted(start, path + "/metrics.jsonl", "HUP").status == 0);
  check_same_run(path, whole_run());
}

TEST_CASE("a resumed run detects a flipped bit in its metrics", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run", metrics = path + "/metrics.jsonl";
  interrupted(train() + small + " --out " + path, metrics, "TERM");
  const std::string right = read_file(metrics), last = read_file(path + "/last.safetensors");
  for (size_t at : {size_t{0}, right.size() / 2, right.size() - 2}) {
    std::string flipped = right;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    std::ofstream(metrics) << flipped;
    const Finished f = run(train() + " --resume " + path);
    INFO(f.err);
    CHECK(f.status == 1);
    CHECK(has(f.err, "metrics.jsonl: damaged or changed: its first "));
    CHECK(read_file(metrics) == flipped);
    CHECK(read_file(path + "/last.safetensors") == last);
  }
  std::ofstream(metrics) << right;
  CHECK(run(train() + " --resume " + path).status == 0);
  check_same_run(path, whole_run());
}

TEST_CASE("--force removes only files that gradus wrote", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run", start = train() + brief() + " --out ";
  REQUIRE(run(start + path).status == 0);
  const std::vector<std::string> mine = {"notes.txt", "epoch-best.safetensors",
                                         "epoch-.safetensors", "epoch-7.safetensors.bak",
                                         "epoch-1a.safetensors"};
  for (const std::string& name : mine) std::ofstream(path + "/" + name) << "mine";
  fs::create_directory(path + "/epoch-3.safetensors");
  std::ofstream(path + "/epoch-12.safetensors") << "of an average";
  REQUIRE(run(start + path + " --force").status == 0);
  for (const std::string& name : mine) CHECK(read_file(path + "/" + name) == "mine");
  CHECK(fs::is_directory(path + "/epoch-3.safetensors"));
  CHECK(!fs::exists(path + "/epoch-12.safetensors"));
  // Models of other programs have files with these names.
  const std::string model = folder.path + "/gpt2";
  fs::create_directory(model);
  std::ofstream(model + "/config.json") << "{\"model_type\": \"gpt2\", \"n_layer\": 12}";
  std::ofstream(model + "/model.safetensors") << "weights";
  const Finished f = run(start + model + " --force");
  CHECK(f.status == 1);
  CHECK(has(f.err, "config.json is not from a gradus run"));
  CHECK(read_file(model + "/model.safetensors") == "weights");
}

TEST_CASE("a run that is killed again and again ends in the same bits", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run";
  std::string command = train() + small + " --out " + path;
  for (const char* file : {"/config.json", "/last.safetensors", "/model.safetensors"}) {
    CHECK(interrupted(command, path + file, "KILL").status == 137);
    command = train() + " --resume " + path;
  }
  // Each kill gets a new checkpoint: the file is moved away until the next one is written.
  for (int i = 0; i < 3; ++i) {
    const Finished f = run(command + " & sleep 0.1" + std::to_string(i * 3) +
                           "; kill -KILL $! 2>/dev/null; wait $!");
    if (f.status == 0) break;
  }
  const Finished last = run(command);
  INFO(last.err);
  CHECK(last.status == 0);
  check_same_run(path, whole_run());
  for (const auto& entry : fs::directory_iterator(path)) {
    INFO(entry.path());
    CHECK(!has(entry.path().string(), ".tmp."));
  }
}

TEST_CASE("a resumed run keeps its settings", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run";
  interrupted(train() + small + " --out " + path, path + "/metrics.jsonl", "TERM");
  const auto refused = [&](const std::string& words, int status, const std::string& part) {
    const Finished f = run(train() + words);
    INFO(words << "\n" << f.out << f.err);
    CHECK(f.status == status);
    CHECK(f.out.empty());
    std::string message = f.err;  // may be wrapped after the dashes of an option
    if (const size_t at = message.find("--\n  "); at != message.npos) message.erase(at + 2, 3);
    CHECK(has(message, part));
    CHECK(std::count(f.err.begin(), f.err.end(), '\n') <= 3);
  };
  const std::string resume = " --resume " + path;
  refused(" --resume", 2, "--resume needs a value");
  refused(resume + " --lr 0.5", 2, "--lr 0.5 cannot change: the run was started with 0.003");
  refused(" --epochs 99" + resume, 2, "--epochs 99 cannot change");
  refused(resume + " --force", 2, "--resume continues a run");
  refused(resume + " --lrr 0.5", 2, "did you mean --lr?");
  refused(" classify" + resume, 2, "a run of the task \"copy\"");
  refused(" --resume " + folder.path + "/none", 1, "no such run folder");
  refused(" --resume " + folder.path, 1, "not a run folder");
  // Settings that were changed by hand after the checkpoint.
  const gradus::Json whole = gradus::parse_json(read_file(path + "/config.json"), "config");
  gradus::Json::Object members = whole.members();
  std::erase_if(members, [](const auto& m) { return m.first == "gradus.crc32c"; });
  const std::string config = gradus::write_json(members, 2);
  std::string edited = config;
  edited.replace(edited.find("0.003"), 5, "0.004");
  std::ofstream(path + "/config.json") << edited;
  refused(resume, 1, "was trained with --lr 0.003");
  std::ofstream(path + "/config.json") << "{\"task\": \"copy\"}";
  refused(resume, 1, "config.json: is not the config of a run: it has no \"settings\"");
  std::ofstream(path + "/config.json") << config;
  CHECK(run(train() + resume + " --lr 0.003 --threads 2 --save-every 7").status == 0);
  check_same_run(path, whole_run());
}

TEST_CASE("folders and disks that cannot be written", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run";
  const auto refused = [&](const std::string& words, const std::string& part) {
    const Finished f = run(words);
    INFO(words << "\n" << f.out << f.err);
    CHECK(f.status == 1);
    CHECK(f.out.empty());
    CHECK(has(f.err, part));
    CHECK(std::count(f.err.begin(), f.err.end(), '\n') <= 3);
  };
  refused(train() + small + " --out '" + whole_run() + "'", "already exists");
  std::ofstream(folder.path + "/file") << "mine";
  refused(train() + small + " --out " + folder.path + "/file", "is not a folder");
  refused(train() + small + " --out " + folder.path + "/file/run", "file");
  refused(train() + small + " --out /proc/none/run", "cannot make files such as /proc");
  refused(train() + small + " --out " + folder.path + " --force", "contains files but no run");
  CHECK(read_file(folder.path + "/file") == "mine");

  interrupted(train() + small + " --out " + path, path + "/metrics.jsonl", "TERM");
  const std::string last = read_file(path + "/last.safetensors");
  const std::string best = read_file(path + "/model.safetensors");
  // As a full disk: no file may grow beyond 8 KiB, and a checkpoint is larger.
  if (!thread_sanitizer)  // its own memory is a file
    refused("ulimit -f 16; " + train() + " --resume " + path, "safetensors: File too large");
  CHECK(read_file(path + "/last.safetensors") == last);
  CHECK(read_file(path + "/model.safetensors") == best);
  CHECK(run(train() + " --resume " + path).status == 0);
  check_same_run(path, whole_run());
  CHECK(run(train() + brief() + " --force --out " + path).status == 0);
}

TEST_CASE("two training runs cannot share a folder", "[tools]") {
  const TempFolder folder;
  const std::string path = folder.path + "/run";
  // The first one runs as long as the others try.
  const std::string start = train() + small_with("--epochs", "3000") + " --out " + path;
  const std::string wait =
      "while [ ! -s " + path + "/metrics.jsonl ] && kill -0 $pid; do sleep 0.01; done; ";
  const std::string others =
      train() + " --resume " + path + "; echo $?; " + start + " --force; echo $?; ";
  const Finished f = run(start + " & pid=$!; " + wait + others + "kill -KILL $pid; wait $pid");
  INFO(f.out << f.err);
  CHECK(f.out == "1\n1\n");
  CHECK(has(f.err, "is in use by another process"));
}

TEST_CASE("a dry run leaves nothing", "[tools]") {
  const TempFolder folder;
  const Finished f = run("TMPDIR=" + folder.path + " " + train() + small +
                         " --dry-run --json --out " + folder.path + "/run");
  INFO(f.err);
  CHECK(f.status == 0);
  CHECK(fs::is_empty(folder.path));
  const gradus::Json found = gradus::parse_json(f.out, "out");
  CHECK(found.at("steps").integer() == 180);
  CHECK(found.at("seconds").number() > 0);
  CHECK(found.at("memory_bytes").integer() > 1000);
}

TEST_CASE("a step that needs too much memory is refused with the batch that fits", "[tools]") {
  if (sanitized) skip_test("sanitizers take all addresses");
  const TempFolder folder;
  const auto with = [&](const std::string& words) {
    return run("ulimit -v 3000000; " + train() + " copy --nhead 2 --quiet --out " + folder.path +
               "/run " + words);
  };
  const Finished f = with("--d-model 512 --layers 1 --train-size 200000 --batch-size 200000");
  INFO(f.err);
  CHECK(f.status == 1);
  CHECK(has(f.err, "the largest that fits is --batch-size "));
  const Finished g = with("--d-model 65536 --layers 1000");
  INFO(g.err);
  CHECK(g.status == 1);
  CHECK(has(g.err, "the model would have"));
}

}  // namespace tools_resume_test
