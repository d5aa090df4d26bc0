// SPDX-License-Identifier: MIT
// gradus graph: the ops between the parameters and the loss, as boxes and arrows.
#include <cstdio>

#include "gradus/io/file.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/draw/chart.h"
#include "tools/see/tape_graph.h"
#include "tools/see/tape_source.h"

namespace gradus::tools {
namespace {

struct GraphArguments {
  std::string source;
  std::vector<std::string> out;
  GraphChoice choice{};
  int64_t samples = 2;
};

constexpr size_t most_boxes = 60;

bool is_picture(const std::string& path) {
  return path.ends_with(".svg") || path.ends_with(".png");
}

void check_names(const std::vector<std::string>& out) {
  for (const std::string& path : out) {
    if (!is_picture(path) && !path.ends_with(".dot") && !path.ends_with(".mmd"))
      usage_error({"--out ", printable(path, 200),
                   ": the name must end in .dot (Graphviz), .mmd (Mermaid), .svg or .png"});
    check_writable(folder_of(path));
  }
}

[[noreturn]] void too_large(const TapeGraph& g, const Tape& tape) {
  const std::vector<std::string> modules = modules_on(tape, 2);
  std::string way = "--out FILE.dot or FILE.mmd has them all";
  if (!modules.empty())
    way =
        text({"--depth 1 draws each module as one box, --depth 2 their parts; --module NAME draws "
              "one of ",
              printable(joined(modules), 300), "; ", way});
  usage_error({"the graph has ", g.boxes.size(), " boxes, a picture shows at most ", most_boxes,
               ": ", way});
}

void write(const TapeGraph& g, const Tape& tape, const std::string& path) {
  if (path.ends_with(".dot")) return write_file(path, dot_text(g));
  if (path.ends_with(".mmd")) return write_file(path, mermaid_text(g));
  if (g.boxes.size() > most_boxes) too_large(g, tape);
  const GraphLayout layout(g);
  write_drawing(path, layout.size(), g.title, [&](Canvas& canvas) { layout.draw(canvas); });
}

int run(const GraphArguments& args) {
  check_names(args.out);
  const NamedTape named = read_tape(args.source, args.samples);
  const TapeGraph g = graph_of(named.tape, named.title, args.choice);
  if (args.out.empty()) print_text(stdout, mermaid_text(g));
  for (const std::string& path : args.out) write(g, named.tape, path);
  return 0;
}

}  // namespace

Command graph_command() {
  const auto args = std::make_shared<GraphArguments>();
  return {.name = "graph",
          .summary = "draw the ops between the parameters and the loss as boxes and arrows",
          .examples = {"graph softmax", "graph scale --out scale.svg",
                       "graph runs/copy-1 --depth 1 --out model.svg --out model.dot"},
          .options =
              [args](Options& o) {
                declare_tape(o, args->source, args->samples);
                o.value("--module", args->choice.module,
                        "only the ops of this module: encoder.layers.0");
                o.value("--depth", args->choice.depth,
                        "draw each module whose name has this many parts as one box; 0: every op",
                        0, 100);
                o.list("--out", args->out,
                       "write FILE.dot, FILE.mmd, FILE.svg or FILE.png; may be repeated; "
                       "default: Mermaid on stdout");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
