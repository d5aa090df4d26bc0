// SPDX-License-Identifier: MIT
// gradus data: writes data sets that are made up, with a cause that is known.
#include <cstdio>

#include "gradus/data/toy_series.h"
#include "gradus/io/file.h"
#include "models/tasks/sequence_task.h"
#include "tools/app/train.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

struct Asked {
  std::string out = "-";
  int64_t seed = 0, customers = 600, weeks = 8, min_weeks = 6;
  double noise = 0.05;
  bool confounded = false;
};

int run(const Asked& asked) {
  const ChurnOptions options{.customers = asked.customers,
                             .weeks = asked.weeks,
                             .min_weeks = std::min(asked.min_weeks, asked.weeks),
                             .noise = asked.noise,
                             .confounded = asked.confounded,
                             .seed = static_cast<uint64_t>(asked.seed)};
  const SeriesSet set = from_options([&] { return churn_series(options); });
  const std::string csv = series_csv(set);
  if (asked.out == "-") {
    std::printf("%s", csv.c_str());
    return 0;
  }
  write_file(asked.out, csv);
  const std::vector<int64_t> counts = set.class_counts();
  std::fprintf(stderr, "%s: %lld customers, %lld churn\n", printable(asked.out, 200).c_str(),
               static_cast<long long>(set.size()), static_cast<long long>(counts[1]));
  return 0;
}

Command churn_command() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "churn",
          .summary = "customers by the week; what happens in weeks 4 and 5 decides who leaves",
          .examples = {"data churn --out churn.csv", "data churn --customers 100 --confounded"},
          .options =
              [asked](Options& o) {
                o.value("--out", asked->out, "the file; -: stdout");
                o.value("--customers", asked->customers, "series", 1, 1000000);
                o.value("--weeks", asked->weeks, "of a customer at most", 5, 1000);
                o.value("--min-weeks", asked->min_weeks, "of a customer at least", 5, 1000);
                o.value("--noise", asked->noise, "share of labels that are turned round", 0, 0.5);
                o.flag("--confounded", asked->confounded,
                       "what kind of customer it is decides, and shows in weeks 1, 2, 4 and 5");
                o.value("--seed", asked->seed, "of all that is drawn", 0);
              },
          .run = [asked] { return run(*asked); }};
}

// ---- sequences of letters

struct Sequences {
  SequenceTaskOptions options{};
  int64_t seed = 0;
  std::string out = "-", test;
};

std::string tsv(const std::vector<SequencePair>& pairs) {
  std::string all;
  for (const SequencePair& p : pairs)
    all += text({SequenceTask::words(p.source), "\t", SequenceTask::words(p.target), "\n"});
  return all;
}

int write_sequences(Sequences asked) {
  asked.options.seed = static_cast<uint64_t>(asked.seed);
  const SequenceTask task = from_options([&] { return SequenceTask(asked.options); });
  const std::string pairs = tsv(task.epoch(0));
  if (!asked.test.empty()) write_file(asked.test, tsv(task.held_out()));
  if (asked.out == "-")
    std::printf("%s", pairs.c_str());
  else
    write_file(asked.out, pairs);
  return 0;
}

Command sequences_command(SequenceRule rule, const char* summary) {
  const auto asked = std::make_shared<Sequences>();
  asked->options.rule = rule;
  const std::string word = name(rule);
  return {.name = word,
          .summary = summary,
          .examples = {"data " + word + " --count 3",
                       "data " + word + " --out train.tsv --test test.tsv --test-count 200"},
          .options =
              [asked](Options& o) {
                constexpr int64_t many = 10000000;
                SequenceTaskOptions& t = asked->options;
                o.value("--out", asked->out, "the file, SOURCE tab TARGET a line; -: stdout");
                o.value("--count", t.train_size, "pairs in it", 1, many);
                o.value("--test", asked->test, "another file, of sources not in the first");
                o.value("--test-count", t.test_size, "pairs in that", 1, many);
                o.value("--letters", t.letters, "different ones", 1, 1000);
                o.value("--min-length", t.min_length, "of a source; recall: pairs", 1, many);
                o.value("--max-length", t.max_length, "of a source; recall: pairs", 1, many);
                o.value("--noise", t.noise, "share of target letters replaced by any", 0, 0.9);
                o.value("--seed", asked->seed, "of all that is drawn", 0);
              },
          .run = [asked] { return write_sequences(*asked); }};
}

}  // namespace

Command data_command() {
  return {.name = "data",
          .summary = "write a data set that is made up, with a known cause",
          .examples = {"data churn --out churn.csv", "data copy --count 3"},
          .parts = {churn_command(),
                    sequences_command(SequenceRule::copy, "letters, and the same letters"),
                    sequences_command(SequenceRule::reverse, "letters, and the same backwards"),
                    sequences_command(SequenceRule::sort, "letters, and the same in order"),
                    sequences_command(SequenceRule::recall,
                                      "pairs of letters and the first of one, and its second")}};
}

}  // namespace gradus::tools
