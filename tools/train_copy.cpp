// SPDX-License-Identifier: MIT
// gradus train copy: an encoder-decoder transformer learns to say a sequence again.
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "models/copy_task.h"
#include "tools/train.h"

#include <cstdio>

namespace gradus::tools {
namespace {

struct Settings : TrainSettings {
  CopyTaskOptions data{};
  Settings() { epochs = 20, lr = 3e-3, dropout = 0; }
};

int run(Settings& s) {
  s.check();
  s.data.seed = static_cast<uint64_t>(s.seed);
  const CopyTask data = from_options([&] { return CopyTask(s.data); });
  manual_seed(s.data.seed);
  Seq2SeqTransformer model({.source_vocab = data.vocabulary(),
                            .target_vocab = data.vocabulary(),
                            .d_model = s.d_model,
                            .nhead = s.nhead,
                            .layers = s.layers,
                            .dim_feedforward = s.dim_feedforward,
                            .dropout = s.dropout,
                            .max_len = s.data.max_length + 1});
  show_model(model, s);
  CopyTraining task(data, model, s.batch_size);
  AdamW optimizer(model.named_parameters(), {.lr = s.lr});
  const int64_t steps = s.epochs * ((s.data.train_size + s.batch_size - 1) / s.batch_size);
  Trainer trainer(task, optimizer,
                  {.epochs = s.epochs,
                   .clip_norm = 1,
                   .schedule = warmup_lr(steps / 20, cosine_annealing_lr(steps)),
                   .quiet = s.quiet});
  const TrainResult result = trainer.run();
  if (result.signal) return 128 + result.signal;
  for (const std::string& sample : task.samples()) std::printf("%s\n", sample.c_str());
  Json report = result.figures;
  report["train_loss"] = result.train_loss;
  report["parameters"] = model.count();
  report["seconds"] = result.seconds;
  print_figures(report);
  return 0;
}

}  // namespace

Command train_copy_command() {
  const auto s = std::make_shared<Settings>();
  return {.name = "copy",
          .summary = "copy short sequences of letters: encoder-decoder transformer",
          .examples = {"train copy", "train copy --letters 20 --max-length 12 --epochs 40"},
          .options =
              [s](Options& o) {
                s->declare(o);
                o.value("--letters", s->data.letters, "different letters", 1, 1000);
                o.value("--min-length", s->data.min_length, "of a sequence", 1, 1000);
                o.value("--max-length", s->data.max_length, "of a sequence", 1, 1000);
                o.value("--train-size", s->data.train_size, "sequences an epoch", 1, 100000000);
                o.value("--test-size", s->data.test_size, "sequences held out", 1, 1000000);
              },
          .run = [s] { return run(*s); }};
}

}  // namespace gradus::tools
