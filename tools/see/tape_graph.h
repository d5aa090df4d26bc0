// SPDX-License-Identifier: MIT
// A tape as boxes and arrows: whole, one module of it, or with each module as one box. As Graphviz
// and Mermaid text, and as a drawing.
#pragma once
#include "gradus/check/tape.h"
#include "tools/draw/canvas.h"

namespace gradus::tools {

struct GraphBox {
  enum class Kind { op, leaf, data, module };
  Kind kind = Kind::op;
  std::string name, detail;  // "linear", "f32 [2, 16]"
};
struct TapeGraph {
  std::string title;
  std::vector<GraphBox> boxes{};                    // inputs of a box come before it
  std::vector<std::pair<size_t, size_t>> arrows{};  // from a value to what uses it
};

/// What is shown of a tape.
struct GraphChoice {
  std::string module{};  // only the ops of this module and their inputs; "": all
  int64_t depth = 0;     // > 0: modules with names of that many parts are one box each
};
/// Throws UsageError, with the names of modules, if there are no ops of that module.
TapeGraph graph_of(const Tape& tape, const std::string& title, const GraphChoice& choice);

/// The names of modules on the tape, as deep as `depth` parts.
std::vector<std::string> modules_on(const Tape& tape, size_t depth);

std::string dot_text(const TapeGraph& graph);
std::string mermaid_text(const TapeGraph& graph);

/// The size of the drawing, and the drawing: inputs at the top, the loss at the bottom.
class GraphLayout {
 public:
  explicit GraphLayout(const TapeGraph& graph);
  Point size() const { return size_; }
  void draw(Canvas& canvas) const;

  /// For tests: the boxes as they are drawn.
  const std::vector<Box>& places() const { return places_; }

 private:
  const TapeGraph& graph_;
  std::vector<Box> places_;
  std::vector<std::vector<Point>> paths_;  // one for each arrow
  Point size_;
};

}  // namespace gradus::tools
