// SPDX-License-Identifier: MIT
// gradus explain: explains the predictions of a model of series, for one series of a new file or on
// average over all of them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>

#include "gradus/train/stop.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/draw/chart.h"
#include "tools/draw/explain.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

struct ExplainArguments {
  std::string run, data, id, of;
  std::vector<std::string> out{};
  int64_t most = 1000;
};

std::string shortened(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.4g", v);
  return out;
}

// The index of the class or column named by --of, or nothing.
std::optional<int64_t> requested_name(const Explained& model, const std::string& of) {
  if (of.empty()) return {};
  const std::vector<std::string>& names = model.answer.names;
  const auto at = std::find(names.begin(), names.end(), of);
  if (at != names.end()) return at - names.begin();
  const std::string near = suggestion(of, names);
  usage_error({"--of ", printable(of), ": unknown ", model.answer.classes() ? "class" : "column",
               "; ", near.empty() ? "expected " + printable(joined(names), 200) : near});
}

int64_t series_named(const SeriesSet& set, const std::string& id) {
  std::vector<std::string> ids;
  for (const Series& s : set.series) ids.push_back(s.id);
  const auto at = std::find(ids.begin(), ids.end(), id);
  if (at != ids.end()) return at - ids.begin();
  const std::string near = nearest_of(id, ids);
  usage_error({"--id ", printable(id), ": no such series in the file; ",
               near.empty() ? text({"it has ", set.size(), ", from ", printable(ids.front()),
                                    " to ", printable(ids.back())})
                            : "did you mean " + printable(near) + "?"});
}

std::vector<std::string> names_of(const std::vector<InputColumn>& columns) {
  std::vector<std::string> all;
  for (const InputColumn& c : columns) all.push_back(printable(c.name, 60));
  return all;
}
std::vector<std::string> baselines_of(const std::vector<InputColumn>& columns) {
  std::vector<std::string> all;
  for (const InputColumn& c : columns) all.push_back(printable(c.baseline_text, 60));
  return all;
}

ExplainedSeries explained_series(const Explained& model, int64_t index, int64_t of) {
  const Series& s = model.set.series[static_cast<size_t>(index)];
  ExplainedSeries e{
      .id = s.id,
      .title = {},
      .baseline = model.baseline,
      .columns = names_of(model.columns),
      .baselines = baselines_of(model.columns),
      .times = {},
      .values = {},
      .means = explain_series(model.answer, model.columns, model.set, model.scale, index, of)};
  const auto name = static_cast<size_t>(of);
  const std::string who = "series " + printable(s.id, 40) + ": ";
  if (model.answer.classes())
    e.title = text({who, printable(model.answer.names[name], 40), " with probability ",
                    shortened(e.means.answer)});
  else
    e.title = text({who, model.next_step ? "the next " : "predicted ",
                    printable(model.answer.names[name], 40), model.next_step ? " will be " : " ",
                    shortened(e.means.answer + model.middle[name])});
  for (int64_t t = 0; t < s.length(); ++t) {
    e.times.push_back(model.time(s.times[static_cast<size_t>(t)]));
    for (size_t c = 0; c < model.columns.size(); ++c) e.values.push_back(model.value(s, t, c));
  }
  return e;
}

// A step is labelled by its time if all series share that time, otherwise by its index.
std::vector<std::string> step_names(const Explained& model, size_t steps,
                                    const std::vector<int64_t>& members) {
  std::vector<std::string> all;
  for (size_t t = 0; t < steps; ++t) {
    std::set<double> times;
    for (int64_t i : members)
      if (const Series& s = model.set.series[static_cast<size_t>(i)]; t < s.times.size())
        times.insert(s.times[t]);
    all.push_back(times.size() == 1 ? model.time(*times.begin())
                                    : text({"no. ", static_cast<int64_t>(t) + 1}));
  }
  return all;
}

ExplainedSet explained_set(const Explained& model, const std::optional<int64_t>& of, int64_t most) {
  const std::vector<int64_t> members = evenly_spread(model.set.size(), most);
  std::vector<int64_t> wanted;
  for (int64_t i : members) wanted.push_back(of.value_or(model.predicted[static_cast<size_t>(i)]));
  if (static_cast<int64_t>(members.size()) < model.set.size())
    std::fprintf(stderr,
                 "of %lld series, %zu evenly spread ones are explained; --most changes that\n",
                 static_cast<long long>(model.set.size()), members.size());
  ExplainedSet e{
      .title = {},
      .baseline = model.baseline,
      .columns = names_of(model.columns),
      .baselines = baselines_of(model.columns),
      .steps = {},
      .means = explain_set(model.answer, model.columns, model.set, model.scale, members, wanted)};
  const std::string name =
      of || !model.answer.classes()
          ? printable(model.answer.names[static_cast<size_t>(wanted.at(0))], 40)
          : "the predicted class";
  e.title = text({"effects on the ", model.answer.classes() ? "probability" : "prediction", " of ",
                  name, ", mean over ", static_cast<int64_t>(members.size()), " series"});
  e.steps = step_names(model, e.means.steps.size(), members);
  return e;
}

template <class E, class Text, class Csv, class Write>
int put(const E& e, const std::vector<std::string>& out, Text words, Csv csv, Write write) {
  if (out.empty()) print_text(stdout, words(e));
  for (const std::string& path : out)
    if (path == "-") print_data(csv(e));
    else write(e, path);
  return 0;
}

int run(const ExplainArguments& args) {
  check_outputs(args.out);
  const std::unique_ptr<TaskRun> t = trained(RunFolder::open(args.run), args.data, false);
  if (!t->parts.explains)
    usage_error({args.run, " is a run of \"", t->name(),
                 "\"; explain needs one of train classify, regress or forecast on a CSV file"});
  const Explained model = t->parts.explains->explained();
  const StopSignals signals;
  const std::optional<int64_t> of = requested_name(model, args.of);
  if (args.id.empty() && model.set.size() > 1)
    return put(explained_set(model, of, args.most), args.out, importance_text, importance_csv,
               write_importance);
  const int64_t index = args.id.empty() ? 0 : series_named(model.set, args.id);
  return put(
      explained_series(model, index, of.value_or(model.predicted[static_cast<size_t>(index)])),
      args.out, explanation_text, explanation_csv, write_explanation);
}

}  // namespace

Command explain_command() {
  const auto args = std::make_shared<ExplainArguments>();
  return {
      .name = "explain",
      .summary = "explain a prediction for a series: which columns and steps matter",
      .examples = {"explain runs/classify-1 new.csv",
                   "explain runs/classify-1 new.csv --id c3 --out why.svg --out why.csv"},
      .options =
          [args](Options& o) {
            o.argument("RUN", args->run, "run folder of train classify, regress or forecast");
            o.argument("DATA.csv", args->data,
                       "series to explain, with or without labels; -: standard input");
            o.value("--id", args->id,
                    "explain one series by step and column; default: the mean over all");
            o.value("--of", args->of,
                    "class, target or forecast column to explain; default: the predicted class");
            o.value("--most", args->most, "maximum number of series to average over", 1, 1000000);
            o.list("--out", args->out,
                   "write FILE.csv, FILE.svg or FILE.png; may be repeated; -: CSV on stdout");
            o.threads();
          },
      .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
