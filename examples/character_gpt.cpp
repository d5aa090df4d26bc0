// SPDX-License-Identifier: MIT
// A small GPT learns to write like a text file, character by character.
//   ./character_gpt book.txt [steps]
#include <gradus/gradus.h>
#include <gradus/io/file.h>
#include <gradus/models/tasks/language_task.h>
#include <cstdio>
#include <cstdlib>

using namespace gradus;

int main(int argc, char** argv) {
  start_program(argv);
  if (argc < 2) {
    std::fprintf(stderr, "usage: character_gpt TEXT [STEPS]\n");
    return 2;
  }
  const int64_t steps = argc > 2 ? std::atoll(argv[2]) : 500;
  constexpr int64_t block = 64, batch = 16;

  // The text as numbers: one for each different character. The last tenth is held out.
  const LanguageData data = LanguageData::from_texts(std::vector{read_file(argv[1])}, {});
  manual_seed(0);
  Gpt model({.vocab = data.tokenizer->size(), .block = block, .d_model = 64, .layers = 2});
  AdamW optimizer(model.named_parameters(), {.lr = 3e-3, .weight_decay = 0.1});
  const Schedule rate = cosine_annealing_lr(steps);

  const Tensor text = tensor(data.train);
  const int64_t last_start = text.numel() - block - 1;
  for (int64_t step = 0; step < steps; ++step) {
    // Windows of the text; each target is the character after its input.
    std::vector<Tensor> ids, targets;
    for (int64_t start : randint(0, last_start + 1, {batch}).to_vector<int64_t>()) {
      ids.push_back(text[Slice(start, start + block)]);
      targets.push_back(text[Slice(start + 1, start + 1 + block)]);
    }
    const Tensor loss = model.loss(stack(ids), stack(targets));
    loss.backward();
    clip_grad_norm_(model.parameters(), 1.0);
    optimizer.set_lr(rate(step, 3e-3));
    optimizer.step();
    optimizer.zero_grad();
    if (step % 100 == 0 || step + 1 == steps)
      std::printf("step %lld  loss %.3f nats per character\n", static_cast<long long>(step),
                  loss.item());
  }

  model.eval();
  TextStream shown(*data.tokenizer);
  generate(model, {data.train[0]}, 300, {.temperature = 0.8}, default_generator(),
           [&](int64_t token) {
             std::printf("%s", shown.next(token).c_str());
             return true;
           });
  std::printf("\n");
}
