// SPDX-License-Identifier: MIT
// gradus fill: predicts each [MASK] of a text with a masked language model.
#include <algorithm>
#include <cstdio>

#include "gradus/autograd/node.h"
#include "gradus/base/utf8.h"
#include "gradus/ops/softmax.h"
#include "gradus/train/answers.h"
#include "models/bert.h"
#include "models/bert_words.h"
#include "models/text_tokens.h"
#include "tools/app/figures.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/saved_run.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {
namespace {

struct FillArguments {
  std::string run, text;
  int64_t top = 5;
  bool json = false;
};

// The tokens of a text, with one token for each [MASK].
Tokens tokens_of(const Tokenizer& t, std::string_view text, std::vector<int64_t>& places) {
  constexpr std::string_view mark = "[MASK]";
  const bool bytes = std::string_view(t.kind()) == "bpe";
  Tokens ids;
  for (size_t end = 0; end != text.npos;) {
    end = text.find(mark);
    std::string_view piece = text.substr(0, end);
    // A bpe token includes the blank before it.
    if (bytes && end != text.npos && piece.ends_with(' ')) piece.remove_suffix(1);
    const Tokens some = encode_text(t, piece);
    ids.insert(ids.end(), some.begin(), some.end());
    if (end == text.npos) break;
    places.push_back(static_cast<int64_t>(ids.size()) + 1);  // after [CLS]
    ids.push_back(BertWords::of(t).mask);
    text.remove_prefix(end + mark.size());
  }
  return ids;
}

struct Word {
  int64_t id;
  double probability;
};
std::vector<Word> best(const Tokenizer& t, const double* p, int64_t count) {
  std::vector<Word> all;
  for (int64_t id = 0; id < t.size(); ++id)
    if (!t.is_special(id) || t.word(id) == "\n") all.push_back({id, p[id]});
  std::stable_sort(all.begin(), all.end(),
                   [](const Word& a, const Word& b) { return a.probability > b.probability; });
  all.resize(std::min(all.size(), static_cast<size_t>(count)));
  return all;
}

void print(const Tokenizer& t, const std::vector<std::vector<Word>>& found, const Tokens& filled) {
  for (size_t i = 0; i < found.size(); ++i) {
    std::printf("[MASK] %zu\n", i + 1);
    for (const Word& w : found[i])
      std::printf("  %.4f  %s\n", w.probability, printable(token_label(t, w.id), 400).c_str());
  }
  print_data(decode_text(t, filled) + "\n");
}

Json as_json(const Tokenizer& t, const std::vector<std::vector<Word>>& found,
             const Tokens& filled) {
  Json masks = Json::array();
  for (const std::vector<Word>& words : found) {
    Json list = Json::array();
    for (const Word& w : words) {
      Json one;
      const std::string& word = t.word(w.id);
      one["word"] = is_utf8(word) ? word : printable(word);
      one["id"] = w.id;
      one["probability"] = w.probability;
      list.push_back(std::move(one));
    }
    masks.push_back(std::move(list));
  }
  Json all;
  all["masks"] = std::move(masks);
  all["filled"] = decode_text(t, filled);
  return all;
}

int run(const FillArguments& args) {
  const auto t = part_in(args.run, &Parts::fills, "fill", "train mlm");
  const Tokenizer& tokenizer = *t->tokenizer();
  std::vector<int64_t> places;
  Tokens ids = tokens_of(tokenizer, args.text, places);
  if (places.empty()) usage_error({"TEXT has no [MASK]: ", printable(args.text, 200)});
  const int64_t block = t->bert().bert.options.block;
  if (static_cast<int64_t>(ids.size()) + 2 > block)
    usage_error({"TEXT has ", ids.size(), " tokens; the model reads at most ", block - 2});
  const NoGrad no_grad;
  const TokenBatch batch = bert_batch(BertWords::of(tokenizer), {&ids, 1});
  const Tensor logits = t->bert().at_places(batch.ids, batch.lengths, places);
  check_answers(logits, "[MASK]");
  const Tensor p = softmax(logits, -1);
  const std::vector<double> all = p.to_vector<double>();
  std::vector<std::vector<Word>> found;
  for (size_t i = 0; i < places.size(); ++i) {
    found.push_back(
        best(tokenizer, all.data() + static_cast<int64_t>(i) * tokenizer.size(), args.top));
    ids[static_cast<size_t>(places[i]) - 1] = found.back().front().id;
  }
  if (args.json) print_figures(as_json(tokenizer, found, ids), true);
  else print(tokenizer, found, ids);
  return 0;
}

}  // namespace

Command fill_command() {
  const auto args = std::make_shared<FillArguments>();
  return {.name = "fill",
          .summary = "predict each [MASK] of a text with a model of train mlm",
          .examples = {"fill runs/mlm-1 \"The [MASK] is dead.\"",
                       "fill runs/mlm-1 \"The [MASK]ing\" --top 3 --json"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, "run folder of train mlm");
                o.argument("TEXT", args->text, "text with [MASK] for each token to predict");
                o.value("--top", args->top, "candidates to show for each [MASK]", 1, 1000000);
                o.flag("--json", args->json, "print JSON");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
