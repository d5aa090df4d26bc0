// SPDX-License-Identifier: MIT
// Finds out what a source is, and makes its tape.
#include "tools/see/tape_source.h"

#include <filesystem>

#include "gradus/io/file.h"
#include "tools/see/expression.h"
#include "tools/see/run_loss.h"

namespace gradus::tools {
namespace {

NamedTape tape_of_expression(const std::string& text, const std::string& file,
                             const std::string& title) {
  const Expression e(parse_json(text, file), file);
  return {title, record_tape([&] { return e.loss(); })};
}

}  // namespace

const std::vector<TapePage>& tape_pages() {
  static const std::vector<TapePage> pages = {
      {"backward", R"({"inputs": {"w": 2, "x": 0.5, "b": -0.3},
        "steps": [["p", "mul", "w", "x"], ["s", "add", "p", "b"], ["t", "tanh", "s"],
                  ["y", "mul", "t", "w"]],
        "loss": "y"})"},
      {"broadcasting", R"({"inputs": {"x": [[1, 2, 3], [4, 5, 6]], "b": [0.1, 0.2, 0.3]},
        "steps": [["y", "add", "x", "b"], ["s", "mul", "y", "y"], ["loss", "mean", "s"]],
        "loss": "loss"})"},
      {"softmax", R"({"inputs": {"x": [[1, 2, 3], [0.5, 0, -1]]}, "indices": {"target": [2, 0]},
        "steps": [["logp", "log_softmax", "x"], ["loss", "nll_loss", "logp", "target"]],
        "loss": "loss"})"},
      {"scale", R"({"inputs": {"q": [[0.3, -1.2], [0.8, 0.5], [-0.4, 1.1]],
                             "k": [[1, 0.2], [-0.6, 0.9], [0.1, -1.3]],
                             "v": [[0.5, 1], [-1, 0.3], [0.2, -0.7]]},
        "constants": {"target": [[0, 1], [1, 0], [0, 0]]},
        "steps": [["kt", "transpose", "k", 0, 1], ["scores", "matmul", "q", "kt"],
                  ["scaled", "mul", "scores", 0.7071067811865476], ["a", "softmax", "scaled"],
                  ["y", "matmul", "a", "v"], ["loss", "mse_loss", "y", "target"]],
        "loss": "loss"})"},
      {"layer-norm", R"({"inputs": {"x": [[1, 2, 4], [-1, 0, 3]], "g": [1, 1, 1], "b": [0, 0, 0]},
        "constants": {"target": [[0, 1, 0], [1, 0, 0]]},
        "steps": [["y", "layer_norm", "x", "g", "b"], ["loss", "mse_loss", "y", "target"]],
        "loss": "loss"})"},
  };
  return pages;
}

NamedTape read_tape(const std::string& source, int64_t samples) {
  if (std::filesystem::is_directory(source)) {
    const RunLoss of = loss_of_run(source, samples);
    return {source + " (" + of.run->name() + ")", record_tape(of.loss)};
  }
  if (source.ends_with(".json"))
    return tape_of_expression(read_file(source), printable(source, 200), source);
  std::vector<std::string> names;
  for (const TapePage& page : tape_pages()) {
    if (page.name == source)
      return tape_of_expression(page.json, "page " + source, "the example of the page " + source);
    names.push_back(page.name);
  }
  const std::string near = suggestion(source, names);
  usage_error({printable(source, 200),
               ": expected a run folder, an expression in FILE.json, or a page with an example: ",
               near.empty() ? joined(names) : near});
}

void declare_tape(Options& o, std::string& source, int64_t& samples) {
  o.argument(
      "RUN|PAGE|FILE", source, "a run folder, a page of the lab with an example (" + [] {
        std::vector<std::string> names;
        for (const TapePage& page : tape_pages()) names.push_back(page.name);
        return joined(names);
      }() + "), or an expression in FILE.json (docs/seeing-gradients.md)");
  o.value("--samples", samples, "for a run: samples of its training data in the loss", 1, 1000);
}

}  // namespace gradus::tools
