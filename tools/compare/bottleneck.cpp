// SPDX-License-Identifier: MIT
// gradus compare bottleneck: a recurrent encoder-decoder that must compress the whole source into
// one vector forgets long sources; with attention it does not.
#include <cstdio>
#include <map>

#include "gradus/autograd/node.h"
#include "models/tasks/sequence_task.h"
#include "tools/app/train.h"
#include "tools/compare/compare.h"
#include "tools/tasks/seq2seq_settings.h"

namespace gradus::tools {
namespace {

struct BottleneckArguments {
  std::string lengths = "4,8,12,16,20,24,28,32,36,40", model = "gru", attention = "bahdanau";
  int64_t steps = 3000, seed = 0, letters = 26, samples = 100, batch_size = 32;
  int64_t embed_dim = 32, hidden_size = 128;
  double lr = 3e-3;
  CompareOutput output{};
};

// Held-out pairs that are copied exactly, and correct letters, by length of the source.
struct Accuracy {
  double count = 0, exact = 0, letters = 0;
};
using ByLength = std::map<int64_t, Accuracy>;

ByLength accuracy(const SequenceData& data, const Seq2SeqModel& model) {
  const NoGrad no_grad;
  std::map<int64_t, std::vector<Tokens>> sources;
  for (const SequencePair& pair : data.held_out())
    sources[static_cast<int64_t>(pair.source.size())].push_back(pair.source);
  ByLength found;
  for (const auto& [length, all] : sources) {
    Accuracy& a = found[length];
    const std::vector<Tokens> predicted =
        model.greedy(pad(all, SequenceData::padding), data.target_length() + 1);
    for (size_t i = 0; i < all.size(); ++i) {
      a.count += 1;
      a.exact += predicted[i] == all[i];
      double right = 0;
      for (size_t t = 0; t < std::min(predicted[i].size(), all[i].size()); ++t)
        right += predicted[i][t] == all[i][t];
      a.letters += right / static_cast<double>(length);
    }
    a.exact /= a.count;
    a.letters /= a.count;
  }
  return found;
}

ByLength trained(const BottleneckArguments& args, const SequenceData& data, bool looks,
                 Runs& runs) {
  const int64_t vocabulary = data.vocabulary();
  RecurrentSeq2SeqOptions o{.source_vocab = vocabulary,
                            .target_vocab = vocabulary,
                            .embed_dim = args.embed_dim,
                            .hidden_size = args.hidden_size};
  o.kind = value_of(recurrent_kinds, args.model);
  o.attention = {};
  if (looks) o.attention = value_of(attention_scores, args.attention);
  manual_seed(data.options().seed);
  SequenceTask task(data, std::make_unique<RecurrentSeq2Seq>(o), args.batch_size);
  if (!args.output.quiet)
    runs.note(text({args.model, looks ? " with attention " + args.attention : " without attention",
                    ": ", task.model().count(), " parameters, ", args.steps, " steps"}));
  runs.train(task, {.lr = args.lr});
  return accuracy(data, *task.seq2seq);
}

int run(const BottleneckArguments& args) {
  args.output.check();
  const std::vector<int64_t> lengths = number_list("--lengths", args.lengths, 1, 1000);
  const int64_t span = lengths.back() - lengths.front() + 1;
  // One held-out set for all lengths, since no epoch may draw any of its sequences.
  const SequenceData data = from_options([&] {
    return SequenceData({.letters = args.letters,
                         .min_length = lengths.front(),
                         .max_length = lengths.back(),
                         .train_size = 100 * args.batch_size,
                         .test_size = args.samples * span,
                         .seed = static_cast<uint64_t>(args.seed)});
  });
  Runs runs(2, args.steps, args.output.quiet);
  const ByLength without = trained(args, data, false, runs);
  const ByLength with = trained(args, data, true, runs);

  Table table{.columns = {{"length", 0},
                          {"sequences", 0},
                          {"exact_none"},
                          {"exact_attention"},
                          {"letters_none"},
                          {"letters_attention"}}};
  LineChart chart{.title = args.model + " encoder-decoder: sequences copied exactly, by length",
                  .x_axis = "length",
                  .y_axis = "exact copy",
                  .lines = {{.name = args.attention}, {.name = "no attention"}}};
  for (const int64_t length : lengths) {
    if (!with.count(length)) continue;  // no such sequence was drawn
    const auto x = static_cast<double>(length);
    const Accuracy &a = without.at(length), &b = with.at(length);
    table.rows.push_back({x, a.count, a.exact, b.exact, a.letters, b.letters});
    chart.lines[0].x.push_back(x), chart.lines[0].y.push_back(b.exact);
    chart.lines[1].x.push_back(x), chart.lines[1].y.push_back(a.exact);
  }
  args.output.write({table}, table, chart);
  return 0;
}

}  // namespace

Command bottleneck_comparison() {
  const auto args = std::make_shared<BottleneckArguments>();
  return {.name = "bottleneck",
          .summary = "accuracy of copying by length, with and without attention",
          .examples = {"compare bottleneck --out bottleneck.csv --out bottleneck.png",
                       "compare bottleneck --model lstm --attention luong-general --lengths "
                       "4,10,20,30"},
          .options =
              [args](Options& o) {
                constexpr int64_t many = 1000000;
                BottleneckArguments& a = *args;
                o.value("--lengths", a.lengths,
                        "lengths to evaluate; training has all "
                        "lengths from the shortest to the longest");
                o.choice("--model", a.model, {"gru", "lstm", "rnn"}, "kind of encoder and decoder");
                o.choice("--attention", a.attention,
                         {"bahdanau", "luong-dot", "luong-general", "luong-concat"},
                         "kind of attention");
                o.value("--steps", a.steps, "training steps of each model", 1, many);
                o.value("--batch-size", a.batch_size, "sequences per step", 1, many);
                o.value("--lr", a.lr, "peak learning rate of AdamW", 0, 1000);
                o.value("--letters", a.letters, "number of different letters", 1, 1000);
                o.value("--samples", a.samples, "approximate held-out sequences per length", 1,
                        many);
                o.value("--embed-dim", a.embed_dim, "width of the embeddings", 1, 65536);
                o.value("--hidden-size", a.hidden_size, "width of the states", 1, 65536);
                o.value("--seed", a.seed, "seed of initial weights and data", 0);
                a.output.declare(o);
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
