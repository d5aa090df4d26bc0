// SPDX-License-Identifier: MIT
// gradus attention: where a trained model looks, drawn in the terminal or into a file.
#include <algorithm>
#include <cstdio>

#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "gradus/train/picture.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/draw/gnuplot.h"
#include "tools/draw/plot.h"

namespace gradus::tools {

void check_example(const AttentionChoice& choice, int64_t count) {
  if (choice.example >= count)
    usage_error({"--example ", choice.example, ": there are ", count, ", from 0 to ", count - 1});
}

AttentionPicture chosen_attention(const AttentionRecorder& seen, const std::string& before,
                                  const std::string& after, const AttentionChoice& choice) {
  std::vector<Tensor> layers;
  for (const auto& [name, weights] : seen.records)
    if (name.starts_with(before) && name.ends_with(after)) layers.push_back(weights);
  const auto count = static_cast<int64_t>(layers.size());
  if (count == 0)
    usage_error(
        {"the model has no layers of attention; without --out, what each step meant is "
         "worked out in other ways"});
  if (choice.layer >= count)
    usage_error({"--layer ", choice.layer, ": the model has ", count, ", from 0 to ", count - 1});
  const int64_t layer = choice.layer < 0 ? count - 1 : choice.layer;
  const Tensor heads = select(layers[static_cast<size_t>(layer)], 0, 0);  // [H, T, S]
  const int64_t head_count = heads.size(0);
  if (choice.head >= head_count)
    usage_error(
        {"--head ", choice.head, ": the layer has ", head_count, ", from 0 to ", head_count - 1});
  check_answers(heads, "head");
  AttentionPicture p;
  p.weights = choice.head < 0 ? mean(heads, {0}) : select(heads, 0, choice.head);
  p.layers = count, p.heads = head_count, p.layer = layer, p.head = choice.head;
  p.title =
      text({"layer ", layer, ", "}) +
      (choice.head < 0 ? text({"mean of ", head_count, " heads"}) : text({"head ", choice.head}));
  return p;
}

namespace {

struct Asked {
  std::string run;
  std::vector<std::string> out{};
  AttentionChoice choice{};
  bool view = false;
};

// All layers and heads; with --layer that one, with --head it in all layers.
AttentionSheet sheet_of(Training& t, const AttentionChoice& choice) {
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

// To each file of --out.
template <class Drawing>
void write_all(const Drawing& drawing, const std::vector<std::string>& out) {
  for (const std::string& path : out)
    if (path == "-") print_data(csv_text(drawing));
    else write(drawing, path);
}

int view(Training& t, const Asked& asked) {
  const AttentionSheet sheet = sheet_of(t, asked.choice);
  write_all(sheet, asked.out);
  if (!asked.out.empty()) return 0;
  std::string title = sheet_title(sheet);
  if (const size_t at = title.find("; rows: "); at != title.npos) title.replace(at, 2, "\n");
  print_text(stdout, title + "\n\n" + drawn(sheet, 80));
  return 0;
}

void draw(const AttentionPicture& p) {
  size_t label = 2;
  for (const std::string& column : p.cols)
    label = std::max(label, std::min<size_t>(column.size(), 8));
  constexpr size_t terminal = 80, beside = 16;  // what stands before and behind the map
  const AttentionPicture shown =
      coarser(p, static_cast<int64_t>((terminal - beside - label) / (label + 1)));
  const double darkest = largest_weight(shown);
  char depth[32];
  std::snprintf(depth, sizeof depth, "%.2g", darkest);
  print_text(stdout, text({shown.title, "\nrows: ", shown.row_axis, ", columns: ", shown.col_axis,
                           "; darkest: ", depth, "\nbehind each row its largest column\n\n",
                           heat_map(shown.weights, shown.rows, shown.cols, darkest)}));
  if (shown.cols.size() < p.cols.size() || shown.rows.size() < p.rows.size())
    std::fprintf(stderr, "%zu rows and %zu columns were put together; --out FILE.svg draws all\n",
                 p.rows.size(), p.cols.size());
}

int run(const Asked& asked) {
  check_outputs(asked.out);
  const RunFolder folder = RunFolder::open(asked.run);
  const std::unique_ptr<Training> t = trained(folder);
  if (asked.view && (asked.choice.all || asked.choice.step >= 0))
    usage_error({"--view shows the heads for one example; --all and --step ask something else"});
  if (asked.view) return view(*t, asked);
  const bool by_step = asked.choice.all || asked.choice.step >= 0;
  if (asked.choice.all && (!asked.out.empty() || asked.choice.step >= 0))
    usage_error({"--all prints a table of means; --out and --step are for one example"});
  const bool drawn_only = !asked.out.empty() && !by_step;
  const StepTable steps = drawn_only ? StepTable{} : t->steps(asked.choice);
  if (by_step && steps.steps.empty())
    usage_error({"--all and --step are for runs of train classify, whose examples are series"});
  if (asked.choice.all || (asked.out.empty() && !t->has_attention() && !steps.steps.empty())) {
    print_text(stdout, step_table(steps));
    return 0;
  }
  const AttentionPicture p = t->attention(asked.choice);
  write_all(p, asked.out);
  if (!asked.out.empty()) return 0;
  draw(p);
  if (!steps.steps.empty()) print_text(stdout, "\n" + step_table(steps));
  return 0;
}

}  // namespace

Command attention_command() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "attention",
          .summary = "draw where a trained model looks, for one example, and what each step meant",
          .examples = {"attention runs/copy-1 --example 3",
                       "attention runs/copy-1 --layer 0 --head 1 --out attention.csv"},
          .options =
              [asked](Options& o) {
                AttentionChoice& c = asked->choice;
                o.argument("RUN", asked->run, "the folder of a run");
                o.value("--example", c.example, "number of a held-out example, from 0", 0);
                o.value("--layer", c.layer, "number of a layer, from 0; -1: the last", -1);
                o.value("--head", c.head, "number of a head, from 0; -1: their mean", -1);
                o.value("--step", c.step,
                        "series: number of the step that asks, as if the series ended with it; "
                        "-1: the last",
                        -1);
                o.flag("--all", c.all,
                       "series: what each step meant, the mean over all held-out examples");
                o.flag("--view", asked->view,
                       "all layers and heads on one sheet; with --layer or --head those");
                o.list("--out", asked->out,
                       "write FILE.csv, FILE.svg or FILE.png (the last two by gnuplot), any "
                       "number of times; -: CSV on stdout");
                o.threads();
              },
          .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
