// SPDX-License-Identifier: MIT
// gradus doctor, graph and step, as users run them.
#include <algorithm>

#include "check/op_table.h"
#include "gradus/check/tape.h"
#include "gradus/gradus.h"
#include "gradus/io/file.h"
#include "tests/tools/place.h"
#include "tools/draw/canvas.h"
#include "tools/lab/page.h"
#include "tools/see/expression.h"
#include "tools/see/rules_in_symbols.h"
#include "tools/see/tape_graph.h"
#include "tools/see/tape_source.h"
#include "tools/see/tape_steps.h"

using namespace gradus;
using namespace gradus::tests;
using namespace gradus::tools;

namespace tools_see_test {

std::string error_of(const std::string& json) {
  try {
    Expression(parse_json(json, "e.json"), "e.json").loss();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}

Tape tape_of_page(const std::string& name) { return read_tape(name, 1).tape; }

// A chain of layers whose parameters have the names of modules.
Tape deep_tape(int64_t layers) {
  Generator gen(1);
  const Tensor x = randn({2, 3}, gen);
  std::vector<Tensor> weights;
  for (int64_t i = 0; i < layers; ++i) {
    weights.push_back(randn({3, 3}, gen).requires_grad_());
    weights.back().set_name(text({"body.layers.", i, ".weight"}));
  }
  return record_tape([&] {
    Tensor h = x;
    for (const Tensor& w : weights) h = h + tanh(linear(h, w));
    return mean(h * h);
  });
}

bool overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

void check_layout(const TapeGraph& g) {
  const GraphLayout layout(g);
  const std::vector<Box>& at = layout.places();
  REQUIRE(at.size() == g.boxes.size());
  for (size_t i = 0; i < at.size(); ++i) {
    INFO(g.title << ": " << g.boxes[i].name);
    CHECK(text_width(g.boxes[i].name, 12) < at[i].width);
    CHECK(text_width(g.boxes[i].detail, 10) < at[i].width);
    CHECK(at[i].x >= 0);
    CHECK(at[i].x + at[i].width <= layout.size().x);
    CHECK(at[i].y + at[i].height <= layout.size().y);
    for (size_t j = 0; j < i; ++j) CHECK(!overlap(at[i], at[j]));
  }
  for (const auto& [from, to] : g.arrows) CHECK(at[from].y + at[from].height < at[to].y);
}

TEST_CASE("every rule of the op table is there in symbols", "[see]") {
  std::vector<std::string> known = {"alias", "clone"};
  for (const check::OpRow& row : check::op_table())
    for (const std::string& rule : row.rules) {
      INFO(row.name << ": " << rule);
      known.push_back(rule);
      const RuleInSymbols* r = rule_in_symbols(rule);
      REQUIRE(r);
      CHECK(has(r->forward, "y") + has(r->forward, "h") > 0);
      CHECK(has(r->gradient, "d"));
    }
  for (const RuleInSymbols& r : rules_in_symbols()) {
    INFO(r.op << " is no rule");
    CHECK(std::find(known.begin(), known.end(), r.op) != known.end());
  }
}

TEST_CASE("the pages with an example are pages of the lab and have a tape", "[see]") {
  for (const TapePage& page : tape_pages()) {
    INFO(page.name);
    const Tape tape = tape_of_page(page.name);
    CHECK(tape.ops.size() >= 2);
    CHECK(tape.error.empty());
    const auto& lab = lab_pages();
    CHECK(std::any_of(lab.begin(), lab.end(), [&](auto& p) { return p.name == page.name; }));
    check_layout(graph_of(tape, page.name, {}));
  }
}

TEST_CASE("an expression computes what its ops compute", "[see]") {
  const Expression e(parse_json(R"({"inputs": {"x": [[1, 2]], "w": [[0.5], [-1]]},
    "constants": {"t": [[1]]},
    "steps": [["h", "matmul", "x", "w"], ["y", "tanh", "h"], ["l", "mse_loss", "y", "t"]],
    "loss": "l"})",
                                "e.json"),
                     "e.json");
  const Tape tape = record_tape([&] { return e.loss(); });
  const double y = std::tanh(-1.5);
  CHECK(tape.loss.item() == Approx((y - 1) * (y - 1)));
  REQUIRE(tape.leaves.size() == 2);
  CHECK(tape.leaves[0].name == "x");
  CHECK(tape.leaves[0].grad.to_vector<double>()[0] == Approx(2 * (y - 1) * (1 - y * y) * 0.5));
  const std::string all = R"({"inputs": {"x": [[1.5, 2, 0.5], [0.1, 0.2, 0.3]],
    "b": [1, 2, 3]}, "indices": {"i": [0, 2]}, "steps": [["a", "add", "x", "b"],
    ["c", "mul", "a", 2], ["d", "softmax", "c", 0], ["e", "sum", "d", [1], true],
    ["f", "cat", "d", "e", 1], ["g", "reshape", "f", [4, 2]], ["h", "transpose", "g", 0, 1],
    ["k", "clamp", "h", -1, 1], ["l", "layer_norm", "k"], ["m", "einsum", "ij,ij->i", "l", "k"],
    ["n", "mean", "m"]], "loss": "n"})";
  CHECK(error_of(all) == "no error");
}

TEST_CASE("a wrong expression is refused with the place and a way out", "[see]") {
  const std::string start = R"({"inputs": {"x": [[1, 2]]}, "steps": [)";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[1]", "expected an object"},
      {R"({"input": {}})", "unknown key \"input\"; expected inputs"},
      {R"({"inputs": {"x": [[1], [2, 3]]}, "steps": [], "loss": "x"})",
       "inputs: x: its lists are not all of the same length"},
      {R"({"inputs": {"x": "one"}, "steps": [], "loss": "x"})", "expected a number"},
      {start + R"(["y"]], "loss": "y"})", "each step is a list"},
      {start + R"(["y", "tahn", "x"]], "loss": "y"})",
       "step 1 (y): there is no op tahn; did you mean"},
      {start + R"(["y", "tanh", "z"]], "loss": "y"})", "there is no value z yet; there are x"},
      {start + R"(["y", "tanh"]], "loss": "y"})", "tanh takes x; expected the name of a value"},
      {start + R"(["y", "tanh", "x", "x"]], "loss": "y"})", "too many arguments"},
      {start + R"(["x", "tanh", "x"]], "loss": "y"})", "already a value of this name"},
      {start + R"(["y", "matmul", "x", "x"]], "loss": "y"})", "step 1 (y): matmul"},
      {start + R"(["y", "tanh", "x"]], "loss": "y"})", "add a step [\"loss\", \"sum\", \"y\"]"},
      {start + R"(["y", "sum", "x"]], "loss": "q"})", "there is no value q"}};
  for (const auto& [json, word] : wrong) {
    INFO(json << "\n" << error_of(json));
    CHECK(has(error_of(json), word));
    CHECK(error_of(json).rfind("e.json", 0) == 0);
  }
}

TEST_CASE("a graph is drawn without overlaps up to sixty boxes", "[see]") {
  const Tape small = deep_tape(9);
  const TapeGraph all = graph_of(small, "nine layers", {});
  CHECK(all.boxes.size() > 35);
  CHECK(all.boxes.size() <= 60);
  check_layout(all);
  const TapeGraph parts = graph_of(small, "parts", {.depth = 3});
  CHECK(parts.boxes.size() + 10 < all.boxes.size());
  check_layout(parts);
  const TapeGraph one = graph_of(small, "one layer", {.module = "body.layers.3"});
  CHECK(has(dot_text(one), "from add"));
  check_layout(one);
  const auto misspelt = [&] { graph_of(small, "", {.module = "body.layer.3"}); };
  CHECK(has(message_of<UsageError>(misspelt), "did you mean body.layers.3?"));
}

TEST_CASE("labels of a graph cannot end their text", "[see]") {
  TapeGraph g{.title = "a \"title\""};
  g.boxes = {{GraphBox::Kind::leaf, "w\"]; evil", "<script>"}, {GraphBox::Kind::op, "a\\", "b#"}};
  g.arrows = {{0, 1}};
  CHECK(has(dot_text(g), "w\\\"]; evil"));
  CHECK(has(dot_text(g), "label=\"a\\\\\\nb#\""));
  CHECK(has(dot_text(g), "n0 -> n1"));
  CHECK(has(mermaid_text(g), "w#quot;]; evil"));
  CHECK(has(mermaid_text(g), "#lt;script#gt;"));
  CHECK(has(mermaid_text(g), "n0 --> n1"));
}

TEST_CASE("gradus graph writes all its formats and says how to narrow a large one", "[see]") {
  const ProgramFolder p;
  REQUIRE(p("graph scale --out a.svg --out a.dot --out a.mmd --out a.png").status == 0);
  CHECK(has(read_file(p.path("a.svg")), ">softmax<"));
  CHECK(has(read_file(p.path("a.dot")), "digraph"));
  CHECK(has(read_file(p.path("a.mmd")), "flowchart TD"));
  CHECK(read_file(p.path("a.png")).substr(1, 3) == "PNG");
  CHECK(has(p("graph scale").out, "flowchart TD"));
  CHECK(has(p("graph scale --out a.txt").err, "must end in .dot"));
  CHECK(has(p("graph sofmax").err, "did you mean softmax?"));
  std::string steps;
  for (int i = 0; i < 70; ++i)
    steps += text({i ? "," : "", "[\"v", i + 1, "\", \"tanh\", \"v", i, "\"]"});
  p.put("long.json", "{\"inputs\": {\"v0\": 1}, \"steps\": [" + steps + "], \"loss\": \"v70\"}");
  CHECK(p("graph long.json --out long.dot").status == 0);
  const Finished large = p("graph long.json --out long.svg");
  CHECK(large.status == 2);
  CHECK(has(large.err, "71 boxes, a picture shows at most 60"));
}

TEST_CASE("gradus step prints forward and backward with rules and values", "[see]") {
  const ProgramFolder p;
  const std::string all = p("step backward").out;
  CHECK(has(all, "forward 1 of 4: #1 mul"));
  CHECK(has(all, "backward 1 of 4: #4 mul"));
  CHECK(has(all, "rule: dx = dy (1 - y²)"));
  CHECK(has(all, "to w"));
  const std::string stopped = p("step scale --stop-at op=softmax").out;
  CHECK(has(stopped, "rule: yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)"));
  CHECK(has(stopped, "rule: dxᵢ = yᵢ (dyᵢ - Σⱼ dyⱼ yⱼ)"));
  CHECK(!has(stopped, "matmul\n"));
  CHECK(has(p("step scale --stop-at param=v").out, "to v"));
  CHECK(has(p("step scale --stop-at nonfinite").out, "every value and every gradient is finite"));
  CHECK(has(p("step scale --stop-at op=sofmax").err, "did you mean softmax?"));
  CHECK(has(p("step scale --stop-at sideways").err, "expected op=NAME, param=NAME or nonfinite"));
  p.put("nan.json", R"({"inputs": {"x": [0, 1]}, "steps": [["y", "log", "x"], ["l", "sum", "y"]],
    "loss": "l"})");
  const std::string odd = p("step nan.json --stop-at nonfinite").out;
  CHECK(has(odd, "forward 1 of 2: #1 log"));
}

TEST_CASE("the keys of gradus step go on and back and to the backward", "[see]") {
  const auto keys = [](const std::string& typed) {
    return run("printf '" + typed + "' | script -qec \"" + gradus_program() +
               " step backward\" /dev/null | tr -d '\\r'")
        .out;
  };
  const std::string walked = keys("n\\nbfq");
  CHECK(has(walked, "forward 1 of 4"));
  CHECK(has(walked, "forward 3 of 4"));
  CHECK(has(walked, "backward 1 of 4"));
  CHECK(!has(walked, "backward 2 of 4"));
  CHECK(has(walked, "[Enter or n: next, b: back, f: to backward, q: quit]"));
}

TEST_CASE("the page of gradus step is one file and shows hostile names as text", "[see]") {
  const ProgramFolder p;
  p.put("h.json", R"({"inputs": {"<script>alert(1)</script>": [1, 2]},
    "steps": [["y", "exp", "<script>alert(1)</script>"], ["l", "sum", "y"]], "loss": "l"})");
  REQUIRE(p("step h.json --html h.html --stop-at op=exp").status == 0);
  const std::string page = read_file(p.path("h.html"));
  CHECK(has(page, "&lt;script&gt;alert(1)"));
  CHECK(!has(page, "<script>alert"));
  CHECK(!has(page, "http:"));
  CHECK(!has(page, "https:"));
  CHECK(has(page, "data-stop"));
  CHECK(has(page, "light-dark("));
  CHECK(has(p("step h.json --html none/h.html").err, "none"));
}

TEST_CASE("the docs list the ops of expressions and the pages with an example", "[see]") {
  const std::string page = read_file("docs/seeing-gradients.md");
  for (const ExpressionOp& op : expression_ops()) {
    INFO(op.name);
    CHECK(has(page, "`" + op.name + "`"));
  }
  for (const TapePage& p : tape_pages()) CHECK(has(page, "`" + p.name + "`"));
}

}  // namespace tools_see_test
