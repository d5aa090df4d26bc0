// SPDX-License-Identifier: MIT
// gradus demo: the main features in half a minute. A transformer learns to copy and its attention
// is drawn; another one learns which customers leave, and the decisive weeks are found; the
// gradient of one op is checked.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "check/properties.h"
#include "check/rows.h"
#include "gradus/autograd/node.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/schedule.h"
#include "gradus/train/picture.h"
#include "gradus/train/stop.h"
#include "models/seq2seq_transformer.h"
#include "models/tasks/sequence_task.h"
#include "tools/cli/cli.h"
#include "tools/demo/demo.h"

namespace gradus::tools {
namespace {

// Trains and prints the result; false if the model did not learn.
bool learn_to_copy(SequenceTask& task) {
  constexpr int64_t epochs = 15;
  const SequenceData& data = task.data;
  Module& model = task.model();
  std::printf(
      "1. A transformer of %lld parameters learns to copy sequences of %lld to %lld letters\n",
      static_cast<long long>(model.count()), static_cast<long long>(data.options().min_length),
      static_cast<long long>(data.options().max_length));
  std::fflush(stdout);
  AdamW optimizer(model.named_parameters(), {.lr = 3e-3});
  const int64_t batches = (data.options().train_size + task.batch_size - 1) / task.batch_size;
  const int64_t steps = epochs * batches;
  const TrainResult r = Trainer(task, optimizer,
                                {.epochs = epochs,
                                 .clip_norm = 1,
                                 .schedule = warmup_lr(steps / 20, cosine_annealing_lr(steps)),
                                 .show_samples = false})
                            .run();
  if (r.signal) throw Stopped(r.signal);
  const double exact = r.figures.at("exact_copy").number();
  std::printf("   %lld steps in %.1f s: training loss %.4f, held-out loss %.4f\n",
              static_cast<long long>(r.steps), r.seconds, r.train_loss,
              r.figures.at("valid_loss").number());
  std::printf("   %.1f %% of %zu new sequences are copied exactly, for example\n", 100 * exact,
              data.held_out().size());
  for (const std::string& sample : task.samples()) std::printf("     %s\n", sample.c_str());
  return exact >= 0.95;
}

// The weights [T, S] of the decoder layer with the most attention along the diagonal.
Tensor clearest(const AttentionRecorder& seen, std::string& name) {
  Tensor best;
  double best_share = -1;
  for (const auto& [layer, weights] : seen.records) {
    if (!layer.ends_with("multihead_attn")) continue;
    const Tensor w = mean(select(weights, 0, 0), {0});
    double share = 0;
    for (int64_t t = 0; t < std::min(w.size(0), w.size(1)); ++t)
      share += select(select(w, 0, t), 0, t).item();
    if (share > best_share) {
      best = w;
      best_share = share;
      name = layer;
    }
  }
  return best;
}

void draw_attention(const SequenceTask& task) {
  const SequenceData& data = task.data;
  const Seq2SeqModel& model = *task.seq2seq;
  const Tokens* example = &data.held_out()[0].source;
  for (const auto& [tokens, target] : data.held_out())  // a long one without repeated letters
    if (std::set<int64_t>(tokens.begin(), tokens.end()).size() == tokens.size() &&
        tokens.size() > example->size())
      example = &tokens;
  const NoGrad no_grad;
  AttentionRecorder seen;
  model(seq2seq_batch(model.special(), {example, 1}, {example, 1}));
  std::string name;
  const Tensor weights = clearest(seen, name);
  std::vector<std::string> read, predicted;
  for (int64_t token : *example) read.push_back(SequenceData::word(token));
  predicted = read;
  predicted.push_back(SequenceData::word(SequenceData::end));
  std::printf(
      "\n2. Its attention: each line is a predicted letter, each column a source letter\n"
      "   (%s, mean of %lld heads;\n"
      "   after each line the column with the most attention)\n\n%s",
      name.c_str(), static_cast<long long>(seen.records[0].weights.size(1)),
      heat_map(weights, predicted, read).c_str());
}

bool check_gradient() {
  std::printf(
      "\n4. Are the gradients correct? softmax against a scalar reference and a five-point\n"
      "   difference, and then with its gradient broken on purpose\n");
  std::fflush(stdout);
  for (const check::OpRow& row : check::softmax_rows()) {
    if (row.name != "softmax") continue;
    const check::RowReport r = check::check_row(row, {.mutants = true});
    std::printf("   %d samples, worst relative error %.1e, broken gradients caught %d/%d: %s\n",
                r.samples, r.worst, r.caught, r.mutants, r.ok() ? "pass" : "fail");
    return r.ok();
  }
  return false;
}

int run() {
  const SequenceData data({});
  manual_seed(0);
  const Seq2SeqOptions options{.source_vocab = data.vocabulary(),
                               .target_vocab = data.vocabulary(),
                               .dropout = 0,
                               .max_len = data.options().max_length + 1};
  SequenceTask task(data, std::make_unique<Seq2SeqTransformer>(options), 32);
  const bool learnt = learn_to_copy(task);
  draw_attention(task);
  const bool found = demo_churn();
  const bool right = check_gradient();
  std::printf("\nMore: gradus train copy --help, gradus train classify --help, gradus gradcheck\n");
  return learnt && found && right ? 0 : 1;
}

}  // namespace

Command demo_command() {
  return {.name = "demo",
          .summary = "in half a minute, train twice, draw attention and check a gradient",
          .examples = {"demo", "demo --threads 2"},
          .options = [](Options& o) { o.threads(); },
          .run = run};
}

}  // namespace gradus::tools
