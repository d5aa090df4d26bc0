// SPDX-License-Identifier: MIT
// gradus attention: draws the attention of a trained model in the terminal or into a file.
#include <algorithm>
#include <cstdio>

#include "gradus/train/picture.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/draw/chart.h"
#include "tools/draw/plot.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {

namespace {

struct AttentionArguments {
  std::string run;
  std::vector<std::string> out{};
  AttentionChoice choice{};
  bool view = false;
};

// All layers and heads; with --layer only that layer, with --head only that head of each layer.
AttentionSheet sheet_of(Attends& t, const AttentionChoice& choice) {
  AttentionSheet sheet;
  AttentionChoice at = choice;
  const AttentionPicture any = t.attention(choice);
  const int64_t layer = std::max<int64_t>(choice.layer, 0),
                head = std::max<int64_t>(choice.head, 0);
  const int64_t last = choice.layer < 0 ? any.layers - 1 : layer;
  for (at.layer = layer; at.layer <= last; ++at.layer) {
    at.head = head;
    const AttentionPicture first = t.attention(at);
    const int64_t heads = choice.head < 0 ? first.heads : head + 1;
    sheet.across = std::max(sheet.across, heads - head);
    sheet.heads.push_back(first);
    for (at.head = head + 1; at.head < heads; ++at.head) sheet.heads.push_back(t.attention(at));
  }
  for (size_t n = 0; n < sheet.heads.size(); ++n) {
    AttentionPicture& p = sheet.heads[n];
    const size_t place = p.title.rfind("layer ");
    if (n == 0) sheet.title = p.title.substr(0, place) + "all heads";
    p.title = p.title.substr(place);
  }
  return sheet;
}

void write(const AttentionPicture& p, const std::string& path) { write_picture(p, path); }
void write(const AttentionSheet& s, const std::string& path) { write_sheet(s, path); }

// Writes the drawing to each file of --out.
template <class Drawing>
void write_all(const Drawing& drawing, const std::vector<std::string>& out) {
  for (const std::string& path : out)
    if (path == "-") print_data(csv_text(drawing));
    else write(drawing, path);
}

int view(Attends& t, const AttentionArguments& args) {
  const AttentionSheet sheet = sheet_of(t, args.choice);
  write_all(sheet, args.out);
  if (!args.out.empty()) return 0;
  std::string title = sheet_title(sheet);
  if (const size_t at = title.find("; rows: "); at != title.npos) title.replace(at, 2, "\n");
  print_text(stdout, title + "\n\n" + drawn(sheet, 80));
  return 0;
}

void draw(const AttentionPicture& p) {
  size_t label = 2;
  for (const std::string& column : p.cols)
    label = std::max(label, std::min<size_t>(column.size(), 8));
  constexpr size_t terminal = 80, beside = 16;  // columns for labels before and after the map
  const AttentionPicture shown =
      coarser(p, static_cast<int64_t>((terminal - beside - label) / (label + 1)));
  const double darkest = largest_weight(shown);
  char depth[32];
  std::snprintf(depth, sizeof depth, "%.2g", darkest);
  print_text(stdout, text({shown.title, "\nrows: ", shown.row_axis, ", columns: ", shown.col_axis,
                           "; darkest: ", depth, "\nafter each row its largest column\n\n",
                           heat_map(shown.weights, shown.rows, shown.cols, darkest)}));
  if (shown.cols.size() < p.cols.size() || shown.rows.size() < p.rows.size())
    std::fprintf(stderr, "%zu rows and %zu columns were merged; --out FILE.svg draws all\n",
                 p.rows.size(), p.cols.size());
}

int run(const AttentionArguments& args) {
  check_outputs(args.out);
  const RunFolder folder = RunFolder::open(args.run);
  const std::unique_ptr<TaskRun> t = trained(folder);
  if (args.view && (args.choice.all || args.choice.step >= 0))
    usage_error({"--view shows the heads for one example; it excludes --all and --step"});
  Attends* attends = t->parts.attends;
  if (!attends) usage_error({"a run of the task ", t->name(), " has no attention to draw"});
  if (args.view) return view(*attends, args);
  const bool by_step = args.choice.all || args.choice.step >= 0;
  if (args.choice.all && (!args.out.empty() || args.choice.step >= 0))
    usage_error({"--all prints a table of means; --out and --step are for one example"});
  const bool drawn_only = !args.out.empty() && !by_step;
  ShowsSteps* shows = drawn_only ? nullptr : t->parts.shows_steps;
  const StepTable steps = shows ? shows->steps(args.choice) : StepTable{};
  if (by_step && steps.steps.empty())
    usage_error({"--all and --step are for runs of train classify, whose examples are series"});
  if (args.choice.all || (args.out.empty() && !attends->has_attention() && !steps.steps.empty())) {
    print_text(stdout, step_table(steps));
    return 0;
  }
  const AttentionPicture p = attends->attention(args.choice);
  write_all(p, args.out);
  if (!args.out.empty()) return 0;
  draw(p);
  if (!steps.steps.empty()) print_text(stdout, "\n" + step_table(steps));
  return 0;
}

}  // namespace

Command attention_command() {
  const auto args = std::make_shared<AttentionArguments>();
  return {.name = "attention",
          .summary = "draw a model's attention for one example, and the importance of each step",
          .examples = {"attention runs/copy-1 --example 3",
                       "attention runs/copy-1 --layer 0 --head 1 --out attention.csv"},
          .options =
              [args](Options& o) {
                AttentionChoice& c = args->choice;
                o.argument("RUN", args->run, "run folder");
                o.value("--example", c.example, "index of a held-out example, from 0", 0);
                o.value("--layer", c.layer, "index of a layer, from 0; -1: the last", -1);
                o.value("--head", c.head, "index of a head, from 0; -1: mean of all", -1);
                o.value("--step", c.step,
                        "series: index of the last step to read, as if the series ended there; -1: "
                        "the last",
                        -1);
                o.flag("--all", c.all,
                       "series: importance of each step, averaged over all held-out examples");
                o.flag("--view", args->view,
                       "all layers and heads on one sheet, or those of --layer or --head");
                o.list("--out", args->out,
                       "write FILE.csv, FILE.svg or FILE.png; may be repeated; -: CSV on stdout");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
