// SPDX-License-Identifier: MIT
// gradus generate: a trained language model says more, as it comes to it.
#include <cstdio>

#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/language/task.h"

namespace gradus::tools {
namespace {

struct Asked {
  std::string run, prompt;
  int64_t tokens = 400, count = 10, top_k = 0, seed = 0;
  double temperature = 0.8, top_p = 1;
};

void stream(const std::string& text) {
  print_data(text);
  std::fflush(stdout);
}

// A prompt in the model's tokens; for a model of lines it stands behind a newline, and an empty one
// is what stands between texts.
Tokens prompt_of(const LanguageData& data, const std::string& prompt) {
  Tokens ids = from_options([&] { return encode_text(*data.tokenizer, prompt); });
  const int64_t end = end_of_text_id(*data.tokenizer), before = end >= 0 ? end : data.newline();
  if (data.by_lines)
    ids.insert(ids.begin(), std::max<int64_t>(data.newline(), 0));
  else if (ids.empty())
    ids.push_back(std::max<int64_t>(before, 0));
  return ids;
}

int run(const Asked& asked) {
  const auto t = model_in<LanguageTrainingRun>(asked.run, "generate", "train lm");
  const LanguageData& data = t->language();
  const Tokens prompt = prompt_of(data, asked.prompt);
  const SamplingOptions sampling{asked.temperature, asked.top_k, asked.top_p};
  const int64_t items = data.by_lines ? asked.count : 1;
  for (int64_t n = 0; n < items; ++n) {
    Generator gen(static_cast<uint64_t>(asked.seed), static_cast<uint64_t>(n));
    TextStream out(*data.tokenizer);
    stream(asked.prompt);
    for (int64_t token : prompt) out.next(token);  // for the blank behind a word
    generate(t->gpt(), prompt, asked.tokens, sampling, gen, [&](int64_t token) {
      if (data.by_lines && token == data.newline()) return false;
      if (token == end_of_text_id(*data.tokenizer)) return false;
      stream(out.next(token));
      return true;
    });
    stream(out.rest() + "\n");
  }
  return 0;
}

}  // namespace

Command generate_command() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "generate",
          .summary = "let a model of train lm go on from a prompt",
          .examples = {"generate runs/lm-1 --prompt ROMEO: --tokens 200",
                       "generate runs/lm-1 --temperature 0.5 --seed 3"},
          .options =
              [asked](Options& o) {
                o.argument("RUN", asked->run, "the folder of a run of train lm");
                o.value("--prompt", asked->prompt, "what stands before");
                o.value("--tokens", asked->tokens, "tokens to say, at most", 1, 100000000);
                o.value("--count", asked->count, "items, for a model of lines", 1, 1000000);
                o.value("--temperature", asked->temperature, "0: always the likeliest", 0, 100);
                o.value("--top-k", asked->top_k, "only the k likeliest; 0: all", 0, 1000000);
                o.value("--top-p", asked->top_p, "only the likeliest that reach this share", 1e-9,
                        1);
                o.value("--seed", asked->seed, "of the drawing", 0);
                o.threads();
              },
          .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
