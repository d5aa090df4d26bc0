// SPDX-License-Identifier: MIT
// The attention explorer: weights of all layers and heads for some examples, and the effect of
// leaving out each column. The page's script draws them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "gradus/base/error.h"
#include "gradus/train/stop.h"
#include "tools/cli/cli.h"
#include "tools/draw/plot.h"
#include "tools/page/html.h"
#include "tools/report/sections.h"

namespace gradus::tools {
namespace {

constexpr int64_t most_examples = 6, most_cells = 48;

Json labels(const std::vector<std::string>& words) {
  Json all = Json::array();
  for (const std::string& word : words) all.push_back(plain_text(word, 40));
  return all;
}

// Thousandths, so that a weight is at most four characters.
Json thousandths(const Tensor& weights) {
  Json all = Json::array();
  for (double w : weights.to_vector<double>()) all.push_back(std::lround(1000 * w));
  return all;
}

// Four digits; null for unknown values.
Json rounded(double v) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.4g", v);
  return std::isfinite(v) ? Json(std::strtod(digits, nullptr)) : Json();
}

// The effects of neighbouring columns that were merged are summed, as their weights are.
Json effect_of(const StepTable& t, size_t columns) {
  const size_t together = (t.effect.size() + columns - 1) / columns;
  Json values = Json::array();
  for (size_t first = 0; first < t.effect.size(); first += together) {
    double sum = 0;
    for (size_t i = first; i < std::min(first + together, t.effect.size()); ++i) sum += t.effect[i];
    values.push_back(rounded(sum));
  }
  Json effect;
  effect["title"] = plain_text(t.title);
  effect["values"] = std::move(values);
  return effect;
}

// The title without the layer and head, which the reader chooses.
std::string title_of(const AttentionPicture& p) {
  const size_t at = p.title.rfind("layer ");
  std::string title = p.title.substr(0, at);
  while (title.ends_with(' ') || title.ends_with(',')) title.pop_back();
  return title;
}

// The bytes of the maps of one example with at most `cells` rows and columns.
int64_t bytes_of(const AttentionPicture& p, int64_t cells) {
  const int64_t rows = std::min<int64_t>(std::ssize(p.rows), cells),
                cols = std::min<int64_t>(std::ssize(p.cols), cells);
  return 3 * rows * cols * p.layers * p.heads;
}

Json with_maps(Attends& model, int64_t number, int64_t& bytes) {
  AttentionChoice at{.example = number, .layer = 0, .head = 0};
  const AttentionPicture first = model.attention(at);
  int64_t cells = most_cells;
  while (cells > 8 && bytes_of(first, cells) > bytes) cells = cells * 3 / 4;
  bytes -= bytes_of(first, cells);
  const AttentionPicture shown = coarser(first, cells);
  Json example;
  example["title"] = plain_text(title_of(first));
  example["rows"] = labels(shown.rows);
  example["cols"] = labels(shown.cols);
  example["rowAxis"] = first.row_axis;
  example["colAxis"] = first.col_axis;
  example["layers"] = Json::array();
  for (at.layer = 0; at.layer < first.layers; ++at.layer) {
    Json heads = Json::array();
    for (at.head = 0; at.head < first.heads; ++at.head)
      heads.push_back(thousandths(coarser(model.attention(at), cells).weights));
    example["layers"].push_back(std::move(heads));
  }
  if (const StepTable t = model.left_out({.example = number}); t.effect.size() == first.cols.size())
    example["effect"] = effect_of(t, shown.cols.size());
  return example;
}

// A model without attention: the effects alone.
Json with_effects(Attends& model, int64_t number) {
  const StepTable t = model.left_out({.example = number});
  if (t.effect.empty()) return {};
  const size_t together = (t.steps.size() + most_cells - 1) / most_cells;
  std::vector<std::string> cols;
  for (size_t i = 0; i < t.steps.size(); i += together) cols.push_back(t.steps[i]);
  Json example;
  example["title"] = text({"example ", number});
  example["rows"] = Json::array();
  example["cols"] = labels(cols);
  example["rowAxis"] = "";
  example["colAxis"] = "";
  example["layers"] = Json::array();
  example["effect"] = effect_of(t, cols.size());
  return example;
}

// Some examples, as the page's script reads them, with maps or with effects alone.
Json examples_of(Attends& model, int64_t bytes, bool maps) {
  Json examples = Json::array();
  for (int64_t i = 0; i < most_examples && (i == 0 || bytes > 0); ++i) {
    StopSignals::poll();
    try {
      Json example = maps ? with_maps(model, i, bytes) : with_effects(model, i);
      if (example.is_null()) break;
      examples.push_back(std::move(example));
    } catch (const UsageError&) {  // there are no more examples, or the model has none
      break;
    }
  }
  return examples;
}

constexpr const char* how_to =
    "Rows attend to columns: the darker a cell, the larger its weight. Point at a cell, or "
    "select the map and use the arrow keys. The bars below show how the answer changes without a "
    "column, which need not agree with its attention.";
constexpr const char* how_to_without =
    "This kind of model has no attention. The bars show how the answer changes without a column; "
    "point at one, or use the arrow keys.";

}  // namespace

std::string attention_section(const ReportedRun& run, const std::string& id, int64_t bytes) {
  const std::string head = "<section>\n" + element("h3", "Attention"), end = "</section>\n";
  Attends* model = run.trained->parts.attends;
  if (!model)
    return head + element("p", "A run of " + run.trained->name() + " has no attention.") + end;
  Json examples = Json::array();
  if (model->has_attention()) examples = examples_of(*model, bytes, true);
  const bool maps = !examples.items().empty();
  if (!maps) examples = examples_of(*model, bytes, false);
  if (examples.items().empty())
    return head + element("p", "This kind of model has no attention, and no step has an effect.") +
           end;
  return head + element("p", maps ? how_to : how_to_without) + "<div data-explorer=\"" + id +
         "\"><div class=\"controls\"></div>" +
         "<div class=\"map\" tabindex=\"0\" role=\"application\" aria-label=\"attention: use the "
         "arrow keys\"></div><p class=\"readout\" aria-live=\"polite\"></p></div>\n" +
         data_html(id, examples) + end;
}

}  // namespace gradus::tools
