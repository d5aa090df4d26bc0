// SPDX-License-Identifier: MIT
// Language modelling: held-out text, the counting of the loss, sampling, generation.
#include <cmath>
#include <map>

#include "gradus/autograd/node.h"
#include "gradus/data/text.h"
#include "gradus/optim/adam.h"
#include "models/tasks/language_task.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace models_language_test {

std::string pattern(int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += "abcd\n";
  return text;
}

LanguageData data_of(const std::string& text, const TextSplit& split,
                     const VocabularyOptions& vocabulary = {}) {
  return LanguageData::from_texts({&text, 1}, split, vocabulary);
}

TEST_CASE("characters: UTF-8 including Korean; invalid bytes are counted", "[data]") {
  int64_t replaced = 0;
  const std::vector<std::string> all = utf8_characters("a\xEA\xB0\x80\xFF\n", &replaced);
  CHECK(all == std::vector<std::string>{"a", "\xEA\xB0\x80", "\xEF\xBF\xBD", "\n"});
  CHECK(replaced == 1);
  const CharTokenizer t(all);
  CHECK(t.size() == 4);
  CHECK(t.word(0) == "\n");
  CHECK(t.decode(t.encode("\xEA\xB0\x80"
                          "a")) ==
        "\xEA\xB0\x80"
        "a");
  CHECK(has(message_of([&] { t.encode("ab"); }), "character 2, b"));
  CHECK(has(message_of([&] { t.word(4); }), "token 4 is outside the vocabulary of 4"));
}

TEST_CASE("language: the end of a text or random lines are held out", "[models]") {
  const LanguageData text = data_of(pattern(20), {.held_out = 0.1});
  CHECK(text.train.size() == 90);
  CHECK(text.valid.size() == 10);
  CHECK(text.tokenizer->size() == 5);
  const LanguageData lines =
      data_of("ab\n\nc\nde\nfgh", {.held_out = 0.25, .by_lines = true, .seed = 3});
  CHECK(lines.train_lines.size() == 3);
  CHECK(lines.valid_lines.size() == 1);
  CHECK(lines.longest() == 4);
  CHECK(lines.tokens(true) + lines.tokens(false) == 8 + 4);
  const LanguageData same =
      data_of("ab\n\nc\nde\nfgh", {.held_out = 0.25, .by_lines = true, .seed = 3});
  CHECK(same.valid_lines == lines.valid_lines);
  CHECK(has(message_of([] { data_of("ab", {.held_out = 0.5}); }), "6 characters or more, got 2"));
  CHECK(has(message_of([] { data_of("ab\n", {.held_out = 0.5, .by_lines = true}); }),
            "2 lines or more, since some are held out; got 1"));
  CHECK(std::abs(unigram_loss(text) - std::log(5.0)) < 0.01);
  CHECK(bigram_loss(text) < 0.4);
}

TEST_CASE("language: the held-out loss counts every character once", "[models]") {
  for (bool by_lines : {false, true}) {
    const LanguageData data = data_of(pattern(30), {.held_out = 0.2, .by_lines = by_lines});
    manual_seed(1);
    Gpt model({.vocab = 5, .block = 7, .d_model = 8, .nhead = 2, .layers = 1});
    model.to(DType::f64);
    model.eval();
    LanguageTask task(data, model.clone(), 4, 0);
    task.gpt->eval();
    const NoGrad no_grad;
    // One window, or one line, after the other.
    double sum = 0, count = 0;
    const auto add = [&](Tokens ids) {
      const std::vector<double> in(ids.begin(), ids.end() - 1), out(ids.begin() + 1, ids.end());
      const auto n = static_cast<int64_t>(in.size());
      sum += model.loss(tensor(in, {1, n}, DType::i64), tensor(out, {1, n}, DType::i64)).item() *
             static_cast<double>(n);
      count += static_cast<double>(n);
    };
    for (size_t at = 0; !by_lines && at + 1 < data.valid.size(); at += 7) {
      const size_t end = std::min(at + 8, data.valid.size());
      add(Tokens(data.valid.begin() + static_cast<std::ptrdiff_t>(at),
                 data.valid.begin() + static_cast<std::ptrdiff_t>(end)));
    }
    for (Tokens line : data.valid_lines) {
      line.insert(line.begin(), data.newline());
      line.push_back(data.newline());
      add(line);
    }
    CHECK(std::abs(task.evaluate().at("valid_loss").number() - sum / count) < 1e-12);
    CHECK(count == static_cast<double>(data.tokens(false) - (by_lines ? 0 : 1)));
  }
}

TEST_CASE("language: a pattern is learned and generated within and beyond the block", "[models]") {
  const LanguageData data = data_of(pattern(200), {.held_out = 0.1});
  manual_seed(2);
  LanguageTask task(data, Gpt({.vocab = 5, .block = 8, .d_model = 16, .nhead = 2, .layers = 1}), 8,
                    0);
  Gpt& model = *task.gpt;
  AdamW optimizer(model.named_parameters(), {.lr = 1e-2});
  Trainer(task, optimizer, {.epochs = 10, .quiet = true}).run();
  CHECK(task.evaluate().at("valid_loss").number() < 0.1);
  Generator gen(0);
  Tokens output;
  generate(model, data.tokenizer->encode("ab"), 40, {.temperature = 0}, gen, [&](int64_t token) {
    output.push_back(token);
    return output.size() < 30;
  });
  CHECK(output.size() == 30);
  CHECK(data.tokenizer->decode(output).substr(0, 13) == "cd\nabcd\nabcd\n");
  CHECK(task.samples_of(2, 1) == task.samples_of(2, 1));
}

TEST_CASE("language: tokens are sampled by probability among those allowed", "[models]") {
  const std::vector<double> logits = {std::log(0.5), std::log(0.3), std::log(0.2)};
  const auto shares = [&](const SamplingOptions& o) {
    Generator gen(4);
    std::map<int64_t, double> found;
    for (int i = 0; i < 20000; ++i) found[sample_token(logits, o, gen)] += 1.0 / 20000;
    return found;
  };
  CHECK(std::abs(shares({})[0] - 0.5) < 0.015);
  CHECK(std::abs(shares({})[2] - 0.2) < 0.015);
  CHECK(std::abs(shares({.temperature = 0.5})[0] - 0.25 / 0.38) < 0.015);
  CHECK(shares({.temperature = 0}).size() == 1);
  CHECK(std::abs(shares({.top_k = 2})[1] - 0.375) < 0.015);
  CHECK(shares({.top_p = 0.6}).size() == 2);
  CHECK(shares({.top_p = 0.4}).size() == 1);
  Generator gen(0);
  CHECK(has(message_of([&] { sample_token(logits, {.temperature = -1}, gen); }), "temperature -1"));
  CHECK(has(message_of([&] { sample_token(logits, {.top_p = 0}, gen); }), "top_p 0"));
}

TEST_CASE("language: a byte stream decodes to whole characters and words to words with blanks",
          "[models]") {
  const std::string hangul = "\xEA\xB0\x80\xEB\x82\x98";
  const auto bytes = learn_tokenizer(std::vector<std::string>{"x"}, {.kind = "bpe", .size = 256});
  const Tokens ids = encode_text(*bytes, "a" + hangul);
  REQUIRE(ids.size() == 7);
  TextStream stream(*bytes);
  std::string output;
  for (size_t i = 0; i < 6; ++i) {  // all but the last byte
    const std::string piece = stream.next(ids[i]);
    CHECK(piece == (i == 0 ? "a" : i == 3 ? hangul.substr(0, 3) : ""));
    output += piece;
  }
  CHECK(stream.rest() == "\xEF\xBF\xBD");
  CHECK(stream.rest().empty());
  CHECK(decode_text(*bytes, ids) == "a" + hangul);
  CHECK(decode_text(*bytes, encode_text(*bytes,
                                        "\xFF\xEA"
                                        "b\xEA")) ==
        "\xEF\xBF\xBD\xEF\xBF\xBD"
        "b\xEF\xBF\xBD");
  const auto words =
      learn_tokenizer(std::vector<std::string>{"to be or not\nto be , to or be\nnot"},
                      {.kind = "word", .size = 40});
  CHECK(decode_text(*words, encode_text(*words, "to be\nor  not to\n\n")) ==
        "to be\nor not to\n\n");
  CHECK(decode_text(*words, encode_text(*words, "be quick")) == "be <unk>");
  CHECK(has(message_of([] { learn_tokenizer({}, {.kind = "morse"}); }), "kind is morse"));
}

TEST_CASE("language: lines without words are left out", "[models]") {
  const LanguageData data =
      data_of("a b\n  \nb c\n \na c\nb a\n", {.held_out = 0.3, .by_lines = true}, {.kind = "word"});
  CHECK(data.train_lines.size() + data.valid_lines.size() == 4);
  for (const Tokens& line : data.train_lines) CHECK(line.size() == 2);
  CHECK(
      has(message_of([] { data_of(" \n  \n ", {.by_lines = true}, {.kind = "word"}); }), "lines"));
}

TEST_CASE("language: the loss per character is reported for every tokenizer", "[models]") {
  std::string text;
  for (int i = 0; i < 60; ++i) text += i % 3 ? "to be or not\n" : "\xEA\xB0\x80 \xEB\x82\x98\n";
  for (const std::string kind : {"char", "word", "bpe"})
    for (bool by_lines : {false, true}) {
      const LanguageData data =
          data_of(text, {.held_out = 0.2, .by_lines = by_lines}, {.kind = kind, .size = 270});
      INFO(kind << " " << by_lines);
      REQUIRE(data.newline() >= 0);
      if (!by_lines) CHECK(decode_text(*data.tokenizer, data.valid).size() > 60);
      if (kind == "char") CHECK(data.held_out == data.tokens(false));
      if (kind != "char") CHECK(data.tokens(false) < data.held_out);
      manual_seed(0);
      Gpt model({.vocab = data.tokenizer->size(),
                 .block = by_lines ? data.longest() : 8,
                 .d_model = 8,
                 .nhead = 2,
                 .layers = 1});
      LanguageTask task(data, std::move(model), 4, 0);
      const NoGrad no_grad;
      const Json f = task.evaluate();
      const double sum = f.at("valid_loss").number() *
                         static_cast<double>(data.tokens(false) - (by_lines ? 0 : 1));
      const double by_char = sum / static_cast<double>(data.predicted_characters());
      CHECK(std::abs(f.at("valid_nats_per_char").number() - by_char) < 1e-9 * sum);
      CHECK(bigram_loss(data) < unigram_loss(data));
      const LanguageData again = LanguageData::from_texts(
          {&text, 1}, {.held_out = 0.2, .by_lines = by_lines}, {}, data.tokenizer);
      CHECK(again.valid == data.valid);
      CHECK(again.valid_lines == data.valid_lines);
    }
}

// The mean loss of three windows or lines, the middles of thirds of the held-out part, one by one.
double mean_of_three(const LanguageTask& task) {
  const LanguageData& data = task.data;
  const int64_t all = task.evaluated_windows(0), last = std::ssize(data.valid) - 1;
  double sum = 0, count = 0;
  for (int64_t part : {1, 3, 5}) {
    const int64_t at = part * all / 6;
    Tokens ids = {data.newline()};
    if (data.by_lines) {
      const Tokens& line = data.valid_lines[static_cast<size_t>(at)];
      ids.insert(ids.end(), line.begin(), line.end());
      ids.push_back(data.newline());
    } else {
      ids.assign(data.valid.begin() + at * 7, data.valid.begin() + std::min(at * 7 + 7, last) + 1);
    }
    const std::vector<double> in(ids.begin(), ids.end() - 1), out(ids.begin() + 1, ids.end());
    const auto n = static_cast<int64_t>(in.size());
    sum += task.gpt->loss(tensor(in, {1, n}, DType::i64), tensor(out, {1, n}, DType::i64)).item() *
           static_cast<double>(n);
    count += static_cast<double>(n);
  }
  return sum / count;
}

TEST_CASE("language: an evaluation of some windows or lines reads evenly spread ones", "[models]") {
  for (bool by_lines : {false, true}) {
    std::string text;
    for (int i = 0; i < 200; ++i)
      text += std::string(1 + i % 5, static_cast<char>('a' + i % 7)) + "\n";
    LanguageTask task(data_of(text, {.held_out = 0.5, .by_lines = by_lines}),
                      Gpt({.vocab = 8, .block = 7, .d_model = 8, .nhead = 2, .layers = 1}), 4, 0);
    task.gpt->to(DType::f64);
    task.gpt->eval();
    const NoGrad no_grad;
    const LanguageData& data = task.data;
    const int64_t all = task.evaluated_windows(0), last = std::ssize(data.valid) - 1;
    CHECK(all == (by_lines ? std::ssize(data.valid_lines) : (last + 6) / 7));
    CHECK(task.evaluated_windows(3) == 3);
    CHECK(task.evaluated_windows(all + 1) == all);
    // A task without a limit, or with one above the size, evaluates all, in the same bits.
    const double whole = task.evaluate().at("valid_loss").number();
    const double per_char = task.evaluate().at("valid_nats_per_char").number();
    for (int64_t n : {int64_t{0}, all, all + 5}) {
      task.eval_windows = n;
      CHECK(task.evaluate().at("valid_loss").number() == whole);
      CHECK(task.evaluate().at("valid_nats_per_char").number() == per_char);
    }
    task.eval_windows = 3;
    const Json some = task.evaluate();
    CHECK(std::abs(some.at("valid_loss").number() - mean_of_three(task)) < 1e-12);
    CHECK(std::abs(some.at("valid_nats_per_char").number() / some.at("valid_loss").number() -
                   per_char / whole) < 1e-12);
  }
}

}  // namespace models_language_test
