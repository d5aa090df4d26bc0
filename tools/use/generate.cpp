// SPDX-License-Identifier: MIT
// gradus generate: generates text with a trained language model and streams it.
#include <cstdio>

#include "models/tasks/language_task.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

struct GenerateArguments {
  std::string run, prompt;
  int64_t tokens = 400, count = 10, top_k = 0, seed = 0;
  double temperature = 0.8, top_p = 1;
};

void stream(const std::string& text) {
  print_data(text);
  std::fflush(stdout);
}

// The tokens of a prompt. For a model of lines a newline comes first; an empty prompt becomes the
// separator between texts.
Tokens prompt_of(const LanguageData& data, const std::string& prompt) {
  Tokens ids = from_options([&] { return encode_text(*data.tokenizer, prompt); });
  const int64_t end = end_of_text_id(*data.tokenizer), before = end >= 0 ? end : data.newline();
  if (data.by_lines) ids.insert(ids.begin(), std::max<int64_t>(data.newline(), 0));
  else if (ids.empty()) ids.push_back(std::max<int64_t>(before, 0));
  return ids;
}

int run(const GenerateArguments& args) {
  const auto t = part_in(args.run, &Parts::generates, "generate", "train lm");
  const LanguageData& data = t->language();
  const Tokens prompt = prompt_of(data, args.prompt);
  const SamplingOptions sampling{args.temperature, args.top_k, args.top_p};
  const int64_t items = data.by_lines ? args.count : 1;
  for (int64_t n = 0; n < items; ++n) {
    Generator gen(static_cast<uint64_t>(args.seed), static_cast<uint64_t>(n));
    TextStream out(*data.tokenizer);
    stream(args.prompt);
    for (int64_t token : prompt) out.next(token);  // for the blank after a word
    generate(t->gpt(), prompt, args.tokens, sampling, gen, [&](int64_t token) {
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
  const auto args = std::make_shared<GenerateArguments>();
  return {.name = "generate",
          .summary = "continue a prompt with a model of train lm",
          .examples = {"generate runs/lm-1 --prompt ROMEO: --tokens 200",
                       "generate runs/lm-1 --temperature 0.5 --seed 3"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, "run folder of train lm");
                o.value("--prompt", args->prompt, "text to continue");
                o.value("--tokens", args->tokens, "maximum number of tokens", 1, 100000000);
                o.value("--count", args->count, "number of lines, for a model of lines", 1,
                        1000000);
                o.value("--temperature", args->temperature,
                        "sampling temperature; 0: always the likeliest", 0, 100);
                o.value("--top-k", args->top_k, "sample from the k likeliest tokens; 0: all", 0,
                        1000000);
                o.value("--top-p", args->top_p,
                        "sample from the likeliest tokens with this total probability", 1e-9, 1);
                o.value("--seed", args->seed, "random seed", 0);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
