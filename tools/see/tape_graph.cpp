// SPDX-License-Identifier: MIT
// Chooses the boxes of a tape, and writes them as text for Graphviz and Mermaid.
#include "tools/see/tape_graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

// The first `depth` parts of a module's name; "" if it has fewer.
std::string first_parts(const std::string& module, int64_t depth) {
  size_t end = 0;
  for (int64_t part = 0; part < depth; ++part) {
    if (part > 0 && end == module.npos) return "";
    end = module.find('.', part == 0 ? 0 : end + 1);
  }
  return module.substr(0, end);
}

bool belongs_to(const std::string& module, const std::string& to) {
  return to.empty() || module == to || module.rfind(to + ".", 0) == 0;
}

// Boxes with the arrows between them by number, before they are put in order.
class Builder {
 public:
  Builder(const Tape& tape, const GraphChoice& choice) : tape_(tape), choice_(choice) {}

  void add(size_t k) {
    const TapeOp& op = tape_.ops[k];
    const std::string group = first_parts(op.module, choice_.depth);
    const bool grouped = choice_.depth > 0 && !group.empty();
    const size_t box = grouped ? module_box(group) : new_box(op_box(op));
    if (grouped) ++ops_in_[box];
    box_of_op_[k] = box;
    for (size_t i = 0; i < op.from.size(); ++i) connect(op, i, box, group);
  }
  TapeGraph finish(const std::string& title) { return in_order(title); }

 private:
  static GraphBox op_box(const TapeOp& op) {
    return {GraphBox::Kind::op, op.name(), op.outputs.empty() ? "" : op.outputs[0].str()};
  }
  size_t new_box(GraphBox box) {
    boxes_.push_back(std::move(box));
    return boxes_.size() - 1;
  }
  size_t module_box(const std::string& name) {
    const auto at = modules_.find(name);
    if (at != modules_.end()) return at->second;
    return modules_[name] = new_box({GraphBox::Kind::module, name, ""});
  }
  void connect(const TapeOp& op, size_t i, size_t to, const std::string& group) {
    const TapeSource& s = op.from[i];
    if (s.kind == TapeSource::Kind::op) {
      const auto at = box_of_op_.find(s.at);
      if (at != box_of_op_.end()) return arrow(at->second, to);
      const TapeOp& outside = tape_.ops[s.at];
      return arrow(data_box({s.at, 1}, "from " + outside.name(), op.inputs[i]), to);
    }
    if (s.kind == TapeSource::Kind::leaf) {
      const TapeLeaf& leaf = tape_.leaves[s.at];
      const auto dot = leaf.name.rfind('.');
      const std::string module = dot == leaf.name.npos ? "" : leaf.name.substr(0, dot);
      if (choice_.depth > 0 && !group.empty() && belongs_to(module, group)) return;
      const auto [at, fresh] = leaves_.emplace(s.at, boxes_.size());
      if (fresh) new_box({GraphBox::Kind::leaf, leaf.name, leaf.value.str()});
      return arrow(at->second, to);
    }
    const auto id = reinterpret_cast<uintptr_t>(op.inputs[i].storage());
    if (choice_.depth == 0) arrow(data_box({id, 0}, "data", op.inputs[i]), to);
  }
  size_t data_box(std::pair<uintptr_t, int> id, const std::string& name, const Tensor& x) {
    const auto [at, fresh] = data_.emplace(id, boxes_.size());
    if (fresh) new_box({GraphBox::Kind::data, name, x.str()});
    return at->second;
  }
  void arrow(size_t from, size_t to) {
    if (from != to) arrows_.insert({from, to});
  }

  // The boxes that arrows lead to from `start`, itself included.
  std::set<size_t> reached(size_t start, bool backwards) const {
    std::set<size_t> seen = {start};
    std::vector<size_t> open = {start};
    while (!open.empty()) {
      const size_t at = open.back();
      open.pop_back();
      for (const auto& [from, to] : arrows_) {
        const size_t near = backwards ? to : from, far = backwards ? from : to;
        if (near == at && seen.insert(far).second) open.push_back(far);
      }
    }
    return seen;
  }

  // Modules that lead to each other form a cycle, which has no order: they become one box.
  void merge_circles(std::vector<size_t>& of) {
    for (const auto& [name, box] : modules_) {
      if (of[box] != box) continue;
      const std::set<size_t> after = reached(box, false), before = reached(box, true);
      for (size_t other : after)
        if (other != box && before.count(other)) {
          of[other] = box;
          const auto inside = ops_in_.find(other);
          ops_in_[box] += inside == ops_in_.end() ? 1 : inside->second;
        }
    }
  }

  TapeGraph in_order(const std::string& title) {
    std::vector<size_t> of(boxes_.size());
    for (size_t i = 0; i < of.size(); ++i) of[i] = i;
    if (choice_.depth > 0) merge_circles(of);
    for (const auto& [box, count] : ops_in_)
      boxes_[box].detail = text({count, count == 1 ? " op" : " ops"});
    std::set<std::pair<size_t, size_t>> arrows;
    for (const auto& [from, to] : arrows_)
      if (of[from] != of[to]) arrows.insert({of[from], of[to]});
    TapeGraph g{.title = title};
    std::map<size_t, size_t> placed;
    while (true) {  // the first box, all inputs of which are placed
      size_t next = boxes_.size();
      for (size_t b = 0; b < boxes_.size() && next == boxes_.size(); ++b) {
        const bool ready = of[b] == b && !placed.count(b) &&
                           std::none_of(arrows.begin(), arrows.end(), [&](const auto& a) {
                             return a.second == b && !placed.count(a.first);
                           });
        if (ready) next = b;
      }
      if (next == boxes_.size()) break;
      placed[next] = g.boxes.size();
      g.boxes.push_back(boxes_[next]);
    }
    for (const auto& [from, to] : arrows) g.arrows.push_back({placed.at(from), placed.at(to)});
    return g;
  }

  const Tape& tape_;
  const GraphChoice& choice_;
  std::vector<GraphBox> boxes_;
  std::set<std::pair<size_t, size_t>> arrows_;
  std::map<size_t, size_t> box_of_op_, leaves_;
  std::map<std::string, size_t> modules_;
  std::map<size_t, int64_t> ops_in_;
  std::map<std::pair<uintptr_t, int>, size_t> data_;
};

// For "..." in Graphviz.
std::string dot_quoted(const std::string& words) {
  std::string out;
  for (char c : printable(words, 200)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// For ["..."] in Mermaid, which knows HTML's entities with # for &.
std::string mermaid_quoted(const std::string& words) {
  std::string out;
  for (char c : printable(words, 200)) {
    switch (c) {
      case '"': out += "#quot;"; break;
      case '#': out += "#35;"; break;
      case '&': out += "#amp;"; break;
      case '<': out += "#lt;"; break;
      case '>': out += "#gt;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> modules_on(const Tape& tape, size_t depth) {
  std::set<std::string> names;
  for (const TapeOp& op : tape.ops)
    for (size_t parts = 1; parts <= depth; ++parts)
      if (const std::string name = first_parts(op.module, static_cast<int64_t>(parts));
          !name.empty())
        names.insert(name);
  return {names.begin(), names.end()};
}

TapeGraph graph_of(const Tape& tape, const std::string& title, const GraphChoice& choice) {
  Builder builder(tape, choice);
  bool any = false;
  for (size_t k = 0; k < tape.ops.size(); ++k) {
    if (!belongs_to(tape.ops[k].module, choice.module)) continue;
    builder.add(k);
    any = true;
  }
  if (!any) {
    const std::vector<std::string> names = modules_on(tape, 8);
    const std::string near = suggestion(choice.module, names);
    usage_error({"--module ", printable(choice.module, 80), ": no op belongs to it; ",
                 !near.empty()   ? near
                 : names.empty() ? "the parameters are in no modules"
                                 : "modules: " + printable(joined(names), 400)});
  }
  return builder.finish(title);
}

std::string dot_text(const TapeGraph& g) {
  std::string out = "digraph tape {\n  label=\"" + dot_quoted(g.title) +
                    "\";\n  node [fontname=\"Helvetica\"];\n";
  for (size_t i = 0; i < g.boxes.size(); ++i) {
    const GraphBox& b = g.boxes[i];
    const char* shape = b.kind == GraphBox::Kind::leaf   ? "ellipse"
                        : b.kind == GraphBox::Kind::data ? "plaintext"
                                                         : "box";
    out += text({"  n", i, " [shape=", shape, ", label=\"", dot_quoted(b.name), "\\n",
                 dot_quoted(b.detail), "\"];\n"});
  }
  for (const auto& [from, to] : g.arrows) out += text({"  n", from, " -> n", to, ";\n"});
  return out + "}\n";
}

std::string mermaid_text(const TapeGraph& g) {
  std::string out = "flowchart TD\n";
  for (size_t i = 0; i < g.boxes.size(); ++i) {
    const GraphBox& b = g.boxes[i];
    const std::string label = mermaid_quoted(b.name) + "<br/>" + mermaid_quoted(b.detail);
    const bool round = b.kind == GraphBox::Kind::leaf;
    out += text({"  n", i, round ? "([\"" : "[\"", label, round ? "\"])\n" : "\"]\n"});
  }
  for (const auto& [from, to] : g.arrows) out += text({"  n", from, " --> n", to, "\n"});
  return out;
}

}  // namespace gradus::tools
