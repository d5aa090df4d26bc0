// SPDX-License-Identifier: MIT
// gradus export: every kind of run, both formats, round trips; compared with PyTorch and
// transformers if Python has them.
#include <filesystem>
#include <fstream>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/npz.h"
#include "tests/python.h"
#include "tests/tensors.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace tools_export_test {

const std::string program = fs::absolute(gradus_program()).string();

struct Place : ProgramFolder {
  Place() {
    std::ofstream text(path("text.txt"));
    for (int i = 0; i < 60; ++i) text << (i % 2 ? "the king is dead .\n" : "a cat may look .\n");
    std::ofstream pairs(path("pairs.tsv"));
    for (int i = 0; i < 40; ++i) pairs << (i % 2 ? "the king\tein k\n" : "a cat\teine k\n");
    REQUIRE((*this)("data churn --out churn.csv").status == 0);
  }
  std::map<std::string, Tensor> tensors(const std::string& name) const {
    return read_tensors(path(name), {.halves = true}).tensors;
  }
};

const std::string small = " --steps 2 --quiet --d-model 16 --nhead 2 --layers 1 --out ";

TEST_CASE("export: the weights of every kind of run and an example", "[tools][export]") {
  const Place p;
  const std::map<std::string, std::string> runs = {
      {"copy", "copy"},
      {"reverse", "reverse --model gru"},
      {"churn", "classify churn.csv --model tcn"},
      {"series", "classify churn.csv --position learned-time"},
      {"next", "forecast churn.csv"},
      {"texts", "classify --text pairs.tsv"},
      {"lm", "lm text.txt --block 12 --position rope --experts 3 --top-k 1"},
      {"mlm", "mlm text.txt --lines"},
      {"translate", "translate pairs.tsv --vocab 300"}};
  for (const auto& [name, task] : runs) {
    INFO(name);
    const bool own = name == "reverse" || name == "churn";
    const std::string sizes = own ? " --steps 2 --quiet --out " : small;
    const Finished made = p("train " + task + sizes + name);
    INFO(made.err);
    REQUIRE(made.status == 0);
    if (name == "churn") fs::rename(p.path("churn.csv"), p.path("moved.csv"));
    const Finished f = p("export " + name + " w.safetensors --example e.safetensors");
    INFO(f.err);
    REQUIRE(f.status == 0);
    if (name == "churn") fs::rename(p.path("moved.csv"), p.path("churn.csv"));
    const auto before = p.tensors(name + "/model.safetensors"), after = p.tensors("w.safetensors");
    REQUIRE(before.size() == after.size());
    for (const auto& [key, x] : before)
      CHECK(after.at(key).to_vector<double>() == x.to_vector<double>());
    const auto example = p.tensors("e.safetensors");
    const Tensor& y = example.at(name == "next" ? "forecasts" : "logits");
    CHECK(y.numel() > 0);
    CHECK(example.size() >= 2);
    REQUIRE(p("export " + name + " w.npz --example e.npz --threads 1").status == 0);
    CHECK(p.tensors("w.npz").size() == before.size());
    CHECK(p.tensors("e.npz").at(name == "next" ? "forecasts" : "logits").to_vector<double>() ==
          y.to_vector<double>());
  }
  CHECK(read_safetensors(p.path("w.safetensors")).metadata.at("format") == "pt");
}

TEST_CASE("export: 16-bit floats and refusals", "[tools][export]") {
  const Place p;
  REQUIRE(p("train lm text.txt --block 12" + small + "lm").status == 0);
  REQUIRE(p("train copy" + small + "copy").status == 0);
  const auto full = p.tensors("lm/model.safetensors");
  for (const std::string form : {"f16", "bf16"}) {
    REQUIRE(p("export lm " + form + ".safetensors --dtype " + form).status == 0);
    CHECK(fs::file_size(p.path(form + ".safetensors")) <
          fs::file_size(p.path("lm/model.safetensors")) * 3 / 4);
    for (const auto& [name, x] : p.tensors(form + ".safetensors"))
      CHECK(worst_gap(x, full.at(name)) < (form == "f16" ? 1e-3 : 8e-3));
  }
  CHECK(p("export lm f16.npz --dtype f16").status == 0);
  CHECK(has(p("export lm a.npz --dtype bf16").err, "NumPy has no bf16"));
  CHECK(has(p("export lm a.txt").err, "expected FILE.safetensors or FILE.npz"));
  CHECK(has(p("export lm a.npz --example b").err, "--example b: expected FILE.safetensors"));
  CHECK(has(p("export none a.npz").err, "no such run folder"));
  CHECK(has(p("export lm lm/model.safetensors").err, "is in the run folder"));
  CHECK(has(p("export lm a.npz --example a.npz").err, "both name a.npz"));
  CHECK(has(p("export lm none/a.npz").err, "cannot write into none"));
  CHECK(has(p("export copy out --format huggingface").err, "this is one of \"copy\""));
  CHECK_FALSE(fs::exists(p.path("out")));
  REQUIRE(p("train lm text.txt --block 12 --norm rms_norm" + small + "new").status == 0);
  CHECK(has(p("export new out --format huggingface").err, "not a GPT-2: its norms are RMSNorm"));
  CHECK_FALSE(fs::exists(p.path("out")));
  std::ofstream(p.path("lm/model.safetensors")) << "cut";
  CHECK(p("export lm a.npz").status == 1);
  CHECK_FALSE(fs::exists(p.path("a.npz")));
}

TEST_CASE("export: a Hugging Face folder imports as the same run", "[tools][export]") {
  const Place p;
  const std::string of[] = {"lm text.txt --block 12 --tokenizer bpe --vocab 280",
                            "mlm text.txt --lines --tokenizer bpe --vocab 280"};
  for (const std::string& task : of) {
    INFO(task);
    const std::string name = task.substr(0, task.find(' '));
    REQUIRE(p("train " + task + small + name).status == 0);
    REQUIRE(p("export " + name + " hf-" + name + " --format huggingface --example a.npz").status ==
            0);
    const Finished back = p("import hf-" + name + " --out back-" + name);
    INFO(back.err);
    REQUIRE(back.status == 0);
    REQUIRE(p("export back-" + name + " w.npz --example b.npz").status == 0);
    CHECK(worst_gap(p.tensors("a.npz").at("logits"), p.tensors("b.npz").at("logits")) < 1e-6);
    const auto tokenizer = [&](const std::string& run) {
      return parse_json(read_file(p.path(run + "/schema.json")), run).at("tokenizer").at("model");
    };
    CHECK(tokenizer(name) == tokenizer("back-" + name));
    CHECK(has(p("export " + name + " hf-" + name + " --format huggingface").err, "is not empty"));
    CHECK(
        p("export " + name + " hf-" + name + " --format huggingface --force --dtype f16").status ==
        0);
  }
  CHECK(has(p("export lm mlm --format huggingface --force").err, "mlm: is a run folder"));
  CHECK(p("fill mlm '[MASK]'").status == 0);
  REQUIRE(p("train lm text.txt --block 12" + small + "chars").status == 0);
  CHECK(has(p("export chars hf-chars --format huggingface").err, "no tokenizer is written"));
  CHECK(fs::exists(p.path("hf-chars/config.json")));
}

TEST_CASE("export: PyTorch loads the weights and gives the same outputs",
          "[tools][export][python]") {
  const std::string python = python_with({"torch", "safetensors"});
  const Finished f = run(python + " -B tests/tools/check_export.py " + program);
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(has(f.out, "11 models compared"));
}

TEST_CASE("import and export: transformers gives the same outputs", "[tools][export][python]") {
  const std::string python = python_with({"transformers", "sentence_transformers", "tokenizers"});
  const Finished f = run(python + " -B tests/hugging_face/compare.py " + program);
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(has(f.out, "20 models compared"));
}

}  // namespace tools_export_test
