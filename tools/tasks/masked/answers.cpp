// SPDX-License-Identifier: MIT
// Masks held-out texts and lists the predictions that were furthest from the truth.
#include "tools/tasks/masked/answers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/autograd/node.h"
#include "gradus/base/error.h"
#include "gradus/ops/softmax.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {
namespace {

constexpr size_t most_texts = 48, most_shown = 15;

// The first held-out texts: lines, or windows of the model's block.
std::vector<Tokens> held_out(const MaskedTask& task) {
  std::vector<Tokens> texts;
  const LanguageData& data = task.data;
  const auto window = static_cast<size_t>(task.bert->bert.options.block - 2);
  if (data.by_lines)
    texts.assign(data.valid_lines.begin(),
                 data.valid_lines.begin() +
                     static_cast<std::ptrdiff_t>(std::min(data.valid_lines.size(), most_texts)));
  for (size_t at = 0; !data.by_lines && at < data.valid.size() && texts.size() < most_texts;
       at += window) {
    const auto from = data.valid.begin() + static_cast<std::ptrdiff_t>(at);
    texts.emplace_back(
        from, from + static_cast<std::ptrdiff_t>(std::min(window, data.valid.size() - at)));
  }
  std::erase_if(texts, [](const Tokens& t) { return t.empty(); });
  return texts;
}

struct Guess {
  double right;  // the probability of the true token
  int64_t truth, predicted;
  std::string context;
};

// A token in a text; other masked tokens are "[_]".
std::string piece(const Tokenizer& tokenizer, int64_t id) {
  const BertWords words = BertWords::of(tokenizer);
  if (id == words.cls || id == words.sep) return "";
  if (id == words.mask) return "[_]";
  std::string word = tokenizer.word(id);
  if (word == "\n") return "\\n";
  const std::string kind = tokenizer.kind();
  if (kind == "char" || kind == "bpe") return word;
  return word.starts_with("##") ? word.substr(2) : " " + word;
}

// The text around a position, which is shown as "[?]".
std::string around(const Tokens& ids, size_t place, const Tokenizer& tokenizer) {
  constexpr size_t reach = 24;
  std::string out = place > reach ? "... " : "";
  const size_t end = std::min(ids.size(), place + reach + 1);
  for (size_t i = place > reach ? place - reach : 0; i < end; ++i)
    out += i == place ? "[?]" : piece(tokenizer, ids[i]);
  return out + (end < ids.size() ? " ..." : "");
}

void add_guesses(const MaskedTask& task, const Tokens& text, uint64_t number,
                 std::vector<Guess>& all) {
  Generator gen(number);
  const MaskedBatch b = mask_tokens(*task.data.tokenizer, {&text, 1}, task.masking, gen);
  const Tensor p = softmax(task.bert->at_places(b.tokens.ids, b.tokens.lengths, b.places), -1);
  const std::vector<double> probabilities = p.to_vector<double>();
  const Tokens ids = b.tokens.ids.to_vector<int64_t>();
  const Tokens targets = b.targets.to_vector<int64_t>();
  const auto width = static_cast<size_t>(p.size(1));
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * width);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(width)) - row;
    all.push_back({row[targets[i]], targets[i], best,
                   around(ids, static_cast<size_t>(b.places[i]), *task.data.tokenizer)});
  }
}

}  // namespace

Answers masked_answers(const MaskedTask& task) {
  const NoGrad no_grad;
  Answers a{.on = "valid"};
  std::vector<Guess> all;
  uint64_t number = 0;
  for (const Tokens& text : held_out(task)) add_guesses(task, text, number++, all);
  std::stable_sort(all.begin(), all.end(),
                   [](const Guess& x, const Guess& y) { return x.right < y.right; });
  const auto wrong =
      std::count_if(all.begin(), all.end(), [](const Guess& g) { return g.truth != g.predicted; });
  a.order = text({wrong, " of ", all.size(), " masked tokens in ", number,
                  " held-out texts are predicted wrongly; these are the least likely ones. [?] is "
                  "the token to predict, [_] another masked one."});
  all.resize(std::min(all.size(), most_shown));
  for (const Guess& g : all) {
    char p[80];
    std::snprintf(p, sizeof p, "probability of the right token: %.2g", g.right);
    a.shown.push_back({.name = text({"no. ", a.shown.size() + 1}),
                       .input = g.context,
                       .truth = token_label(*task.data.tokenizer, g.truth),
                       .predicted = token_label(*task.data.tokenizer, g.predicted),
                       .score = p});
  }
  return a;
}

}  // namespace gradus::tools
