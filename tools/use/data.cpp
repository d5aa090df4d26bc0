// SPDX-License-Identifier: MIT
// gradus data: generates synthetic data sets with a known cause.
#include <cstdio>

#include "gradus/data/toy_series.h"
#include "gradus/io/file.h"
#include "models/tasks/sequence_task.h"
#include "tools/app/train.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

struct DataArguments {
  std::string out = "-";
  int64_t seed = 0, customers = 600, weeks = 8, min_weeks = 6;
  double noise = 0.05;
  bool confounded = false;
};

int run(const DataArguments& args) {
  const ChurnOptions options{.customers = args.customers,
                             .weeks = args.weeks,
                             .min_weeks = std::min(args.min_weeks, args.weeks),
                             .noise = args.noise,
                             .confounded = args.confounded,
                             .seed = static_cast<uint64_t>(args.seed)};
  const SeriesSet set = from_options([&] { return churn_series(options); });
  const std::string csv = series_csv(set);
  if (args.out == "-") {
    std::printf("%s", csv.c_str());
    return 0;
  }
  write_file(args.out, csv);
  const std::vector<int64_t> counts = set.class_counts();
  std::fprintf(stderr, "%s: %lld customers, %lld churn\n", printable(args.out, 200).c_str(),
               static_cast<long long>(set.size()), static_cast<long long>(counts[1]));
  return 0;
}

Command churn_command() {
  const auto args = std::make_shared<DataArguments>();
  return {.name = "churn",
          .summary = "weekly records of customers; weeks 4 and 5 decide who leaves",
          .examples = {"data churn --out churn.csv", "data churn --customers 100 --confounded"},
          .options =
              [args](Options& o) {
                o.value("--out", args->out, "output file; -: stdout");
                o.value("--customers", args->customers, "number of series", 1, 1000000);
                o.value("--weeks", args->weeks, "maximum weeks per customer", 5, 1000);
                o.value("--min-weeks", args->min_weeks, "minimum weeks per customer", 5, 1000);
                o.value("--noise", args->noise, "share of flipped labels", 0, 0.5);
                o.flag("--confounded", args->confounded,
                       "the kind of customer decides, and shows in weeks 1, 2, 4 and 5");
                o.value("--seed", args->seed, "random seed", 0);
              },
          .run = [args] { return run(*args); }};
}

// ---- sequences of letters

struct Sequences {
  SequenceDataOptions options{};
  int64_t seed = 0;
  std::string out = "-", test;
};

std::string tsv(const std::vector<SequencePair>& pairs) {
  std::string all;
  for (const SequencePair& p : pairs)
    all += text({SequenceData::words(p.source), "\t", SequenceData::words(p.target), "\n"});
  return all;
}

int write_sequences(Sequences args) {
  args.options.seed = static_cast<uint64_t>(args.seed);
  const SequenceData task = from_options([&] { return SequenceData(args.options); });
  const std::string pairs = tsv(task.epoch(0));
  if (!args.test.empty()) write_file(args.test, tsv(task.held_out()));
  if (args.out == "-") std::printf("%s", pairs.c_str());
  else write_file(args.out, pairs);
  return 0;
}

Command sequences_command(SequenceRule rule, const char* summary) {
  const auto args = std::make_shared<Sequences>();
  args->options.rule = rule;
  const std::string word = name(rule);
  return {.name = word,
          .summary = summary,
          .examples = {"data " + word + " --count 3",
                       "data " + word + " --out train.tsv --test test.tsv --test-count 200"},
          .options =
              [args](Options& o) {
                constexpr int64_t many = 10000000;
                SequenceDataOptions& t = args->options;
                o.value("--out", args->out, "output file, SOURCE tab TARGET per line; -: stdout");
                o.value("--count", t.train_size, "pairs in the output file", 1, many);
                o.value("--test", args->test,
                        "second file, with sources that are not in the first");
                o.value("--test-count", t.test_size, "pairs in the --test file", 1, many);
                o.value("--letters", t.letters, "number of different letters", 1, 1000);
                o.value("--min-length", t.min_length, "minimum length of a source; recall: pairs",
                        1, many);
                o.value("--max-length", t.max_length, "maximum length of a source; recall: pairs",
                        1, many);
                o.value("--noise", t.noise, "share of target letters replaced at random", 0, 0.9);
                o.value("--seed", args->seed, "random seed", 0);
              },
          .run = [args] { return write_sequences(*args); }};
}

}  // namespace

Command data_command() {
  return {.name = "data",
          .summary = "generate a synthetic data set with a known cause",
          .examples = {"data churn --out churn.csv", "data copy --count 3"},
          .parts = {
              churn_command(),
              sequences_command(SequenceRule::copy, "sequences of letters, and copies of them"),
              sequences_command(SequenceRule::reverse, "sequences of letters, and their reversals"),
              sequences_command(SequenceRule::sort, "sequences of letters, and the letters sorted"),
              sequences_command(SequenceRule::recall,
                                "pairs of letters and a query letter, and its partner")}};
}

}  // namespace gradus::tools
