// SPDX-License-Identifier: MIT
// Broken files, flags and run folders: one clear message each, exit status 1 or 2, and no partial
// files.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "gradus/io/file.h"
#include "tests/catch.h"

using namespace gradus::tests;
namespace fs = std::filesystem;

namespace tools_broken_test {

// Twenty series of two classes.
std::string good() {
  std::string all = "id,time,x,y,label\n";
  for (int i = 0; i < 20; ++i)
    for (int t = 0; t < 3; ++t)
      all += std::to_string(i) + "," + std::to_string(t) + "," + std::to_string(i % 2 * 2 + t) +
             ",1.5," + (i % 2 ? "yes" : "no") + "\n";
  return all;
}

// A folder with good.csv and the runs "run" (of classify) and "copy".
struct Place {
  TempFolder temp;
  Place() {
    put("good.csv", good());
    for (const char* words :
         {"train classify good.csv --out run --epochs 1 --d-model 8 --nhead 2 --layers 1 --quiet",
          "train copy --out copy --steps 1 --d-model 8 --nhead 2 --layers 1 --train-size 8 "
          "--test-size 4 --quiet"}) {
      const Finished f = (*this)(words);
      INFO(f.err);
      REQUIRE(f.status == 0);
    }
  }
  Finished operator()(const std::string& words) const {
    return run("cd " + temp.path + " && " + fs::absolute(gradus_program()).string() + " " + words);
  }
  std::string path(const std::string& name) const { return temp.path + "/" + name; }
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  size_t files() const {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::recursive_directory_iterator(temp.path)) ++count;
    return count;
  }
};
const Place& place() {
  static const Place all;
  return all;
}

// A message without its line breaks.
std::string unfolded(std::string message) {
  for (size_t at; (at = message.find("\n  ")) != message.npos;) message.replace(at, 3, " ");
  return message;
}

// One refusal: its status, nothing on stdout, a message of at most four lines with this part, and
// as many files as before.
void refused(const std::string& words, int status, const std::string& part) {
  const size_t before = place().files();
  const Finished f = place()(words);
  INFO(words << "\n" << f.out << f.err);
  CHECK(f.status == status);
  CHECK(f.out.empty());
  CHECK(f.err.rfind("gradus", 0) == 0);
  CHECK(has(unfolded(f.err), part));
  CHECK(std::count(f.err.begin(), f.err.end(), '\n') >= 1);
  CHECK(std::count(f.err.begin(), f.err.end(), '\n') <= 4);
  CHECK(place().files() == before);
}

// The bytes of a file, and part of the message.
const std::vector<std::pair<std::string, std::string>> broken_files = {
    {"", "bad.csv:1:1: the file has no header line"},
    {"\n\n", "the file has no header line"},
    {"id,time,x,label\n", "bad.csv:1:1: the file has a header but no rows"},
    {std::string("\xFF\xFEi\0d", 5), "the file is in UTF-16 and ends within a character"},
    {"id,time,x,x,label\n1,0,1,1,a\n",
     "bad.csv:1:4: column x occurs twice; it is also column 3; give one of them another name"},
    {"Sales of 2024\n\nid,time,x,label\n1,0,1,a\n", "remove the lines above them"},
    {"id,time,x,label\n1,0,2,a\n1,inf,2,a\n1,2,2,a\n",
     "bad.csv:3:2: column time: 1 of 3 cells is not a number: \"inf\" (line 3); times are"},
    {"id,time,x,label\n1,week 1,2,a\n1,week 2,2,a\n", "--time none reads the rows as steps"},
    {"id,time,,label\n1,0,1,a\n", "bad.csv:1:3: this column has no name"},
    {"id,time,x,label\n1,0,1,a\n1,1,2\n", "bad.csv:3:3: this row has 3 cells; the header has 4"},
    {"id,time,x,label\n1,0,1,a,9\n", "bad.csv:2:4: this row has 5 cells"},
    {"id,time,x,label\n1,0,\"1,a\n", "the quote that opens here is never closed"},
    {"id,time,x,label\n1,0,\"1\"2,a\n", "bad.csv:2:3: there is text after a closing quote: 2"},
    {std::string("id,time,x,label\n1,0,1\0,a\n", 26), "bad.csv:2:3: there is a NUL byte"},
    {"id,time,x,label\n1,noon,2,a\n", "column time: \"noon\" is not a date; times are numbers or"},
    {"id,time,x,label\n1,,2,a\n", "column time is empty; expected the time of this step"},
    {"id,time,x,label\n,0,2,a\n", "bad.csv:2:1: column id is empty"},
    {"id,time,x,label\n1,0,2,\n", "bad.csv:2:4: column label is empty"},
    {"id,time,x,label\n1,0,2,a\n1,1,3,b\n",
     "bad.csv:3:4: the label of series 1 changes from a to b"},
    {"id,time,x,label\n1,1,2,a\n1,1,3,a\n2,0,1,b\n",
     "bad.csv:3:2: time 1 of series 1 occurs twice, in lines 2 and 3"},
    {"id,time,label\n1,0,a\n2,0,b\n", "bad.csv:1:1: there is no feature column"},
    {"time,x,label\n1,0,a\n2,0,b\n", "there is no id column \"id\""},
    {"id,time,x,labl\n1,0,1,a\n",
     "there is no label column \"label\"; the nearest is \"labl\". Perhaps --label labl"},
    {"id,time,x,label\n1,0,1,a\n2,0,2,a\n", "all labels are a; expected two classes or more"},
    {"id,time,x,label\n1,0,1,\x1b[2J\n2,0,q,b\n",
     "bad.csv:3:3: column x: 1 of 2 cells is not a number: \"q\" (line 3)"},
};

TEST_CASE("broken CSV files are refused with file and line and column", "[tools]") {
  for (const auto& [bytes, part] : broken_files) {
    place().put("bad.csv", bytes);
    refused("train classify bad.csv --out never", 1, part);
  }
  fs::remove(place().path("bad.csv"));
}

TEST_CASE("invalid flags are refused before any work", "[tools]") {
  const std::string train = "train classify good.csv --out never ";
  refused("train classify", 2, "TRAIN.csv is missing");
  refused("train clasify good.csv", 2, "did you mean classify?");
  refused(train + "--modle gru", 2, "did you mean --model?");
  refused(train + "--model grue", 2, "did you mean gru?");
  refused(train + "--epochs many", 2, "--epochs many");
  refused(train + "--lr -1", 2, "--lr -1 is invalid");
  refused(train + "--valid 1.5", 2, "1.5 is not a fraction");
  refused(train + "--nhead 3", 2, "does not divide into 3 heads");
  refused(train + "--epochs 2 --steps 3", 2, "give one of them");
  refused(train + "--drop z", 1, "there is no column \"z\" to drop");
  refused(train + "--drop x,y", 1, "there is no feature column");
  refused(train + "--test none.csv", 1, "none.csv: No such file");
  refused(train + "--valid none.csv", 1, "none.csv: No such file");
  refused(train + "--test .", 1, "Is a directory");
  refused("train classify good.csv --out run", 1, "run");
  refused("train classify good.csv --out good.csv/run", 1, "good.csv");
  refused("train classify good.csv --out run --resume run", 2, "--resume continues a run");
  refused(train + "--config good.csv", 1, "good.csv: line 1");
  refused("predict run", 2, "DATA.csv");
  refused("predict none good.csv", 1, "none");
  refused("predict . good.csv", 1, "not a run folder");
  refused("predict good.csv good.csv", 1, "good.csv");
  refused("predict copy good.csv", 2, "a run of the task copy takes no data file");
  refused("eval run none.csv", 1, "none.csv: No such file");
  refused("eval run good.csv --test good.csv", 2, "both name the data");
  refused("attention run --example 99", 2, "--example 99: expected 0 to 19");
  refused("data churn --weeks 3", 2, "--weeks 3 is invalid");
  refused("data churn --out good.csv/churn.csv", 1, "good.csv/churn.csv");
}

TEST_CASE("broken run folders are refused with the file at fault", "[tools]") {
  const auto broken = [](const std::string& words, int status, const std::string& part,
                         const std::function<void(const std::string&)>& harm) {
    const std::string copy = place().path("broken");
    fs::copy(place().path("run"), copy, fs::copy_options::recursive);
    harm(copy);
    refused(words, status, part);
    fs::remove_all(copy);
  };
  const auto put = [](const std::string& bytes, const char* name) {
    return [bytes, name](const std::string& run) {
      std::ofstream(run + "/" + name, std::ios::binary) << bytes;
    };
  };
  const auto gone = [](const char* name) {
    return [name](const std::string& run) { fs::remove(run + "/" + name); };
  };
  const std::string use = "predict broken good.csv";
  const auto nothing = [](const std::string&) {};
  broken(use, 1, "config.json", gone("config.json"));
  broken(use, 1, "config.json", put("{", "config.json"));
  broken(use, 1, "it has no \"task\"", put("{}", "config.json"));
  broken(use, 1, "the task \"fly\" is unknown",
         put(R"({"task": "fly", "settings": {}, "origins": {}, "data": {}})", "config.json"));
  broken(use, 1, "has no model.safetensors yet", gone("model.safetensors"));
  broken(use, 1, "model.safetensors", put("", "model.safetensors"));
  broken(use, 1, "model.safetensors", [](const std::string& run) {
    fs::resize_file(run + "/model.safetensors", fs::file_size(run + "/model.safetensors") - 9);
  });
  broken(use, 1, "schema.json", gone("schema.json"));
  broken(use, 1, "schema.json", put("[", "schema.json"));
  broken(use, 1, "schema.json of the run: ", put("{}", "schema.json"));
  broken("train --resume broken --lr 0.5", 2, "--lr 0.5 cannot change:", nothing);
  broken("train copy --resume broken", 2, "is a run of the task \"classify\"", nothing);
  broken("train --resume broken", 1, "last.safetensors", [](const std::string& run) {
    fs::remove(run + "/report.json");
    fs::resize_file(run + "/last.safetensors", 40);
  });
}

}  // namespace tools_broken_test
