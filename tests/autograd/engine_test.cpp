// SPDX-License-Identifier: MIT
// The engine: order, accumulation, several outputs, and what it refuses.
#include "tests/autograd/rules.h"
#include "tests/catch.h"

#include "gradus/autograd/autograd.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("gradients of a chain", "[engine]") {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = total(square(scale(x, 2)));  // sum of 4 x^2
  CHECK(y.item() == 56);
  y.backward();
  CHECK(numbers(x.grad()) == Numbers{8, 16, 24});
  CHECK(x.grad().dtype() == DType::f64);
}

TEST_CASE("gradients of several uses add up", "[engine]") {
  const Tensor x = leaf({3});
  SECTION("one tensor twice in one op") {
    plus(x, x).backward();
    CHECK(numbers(x.grad()) == Numbers{2});
  }
  SECTION("a shared subgraph runs backward once and after all its uses") {
    const Tensor shared = square(x);
    const Tensor y = plus(scale(shared, 2), plus(scale(shared, 3), shared));  // 6 x^2
    int times = 0;
    Tensor seen = shared;
    seen.register_hook([&](const Tensor& g) {
      ++times;
      CHECK(numbers(g) == Numbers{6});
      return Tensor{};
    });
    y.backward();
    CHECK(times == 1);
    CHECK(numbers(x.grad()) == Numbers{36});
  }
  SECTION("a second backward through a new graph adds to the first") {
    square(x).backward();
    square(x).backward();
    CHECK(numbers(x.grad()) == Numbers{12});
  }
  SECTION("a gradient that a rule passes on is not changed by the sum") {
    // plus passes the same tensor to both inputs; adding for x must not change y's gradient.
    Tensor kept = scale(x, 1);
    const Tensor y = plus(kept, plus(scale(kept, 1), scale(kept, 5)));
    kept.retain_grad();
    const Tensor dy = tensor({1}, DType::f64);
    y.backward(dy);
    CHECK(numbers(dy) == Numbers{1});
    CHECK(numbers(kept.grad()) == Numbers{7});
    CHECK(numbers(x.grad()) == Numbers{7});
  }
}

TEST_CASE("several outputs of which some are unused or have no gradient", "[engine]") {
  const Tensor x = leaf({2, -1});
  bool first = false, second = false;
  const Outputs out = apply(Both{&first, &second}, x);
  REQUIRE(out.size() == 3);
  CHECK(out[0].requires_grad());
  CHECK(out[1].requires_grad());
  CHECK_FALSE(out[2].requires_grad());  // i64
  SECTION("only the second is used: the first arrives undefined") {
    total(out[1]).backward();
    CHECK_FALSE(first);
    CHECK(second);
    CHECK(numbers(x.grad()) == Numbers{3, 3});
  }
  SECTION("both are used") {
    total(plus(out[0], square(out[1]))).backward();  // 2x + 9x^2
    CHECK(first);
    CHECK(second);
    CHECK(numbers(x.grad()) == Numbers{2 + 18 * 2, 2 - 18 * 1});
  }
}

TEST_CASE("inputs that need no gradient cost nothing", "[engine]") {
  const Tensor x = leaf({1}), data = tensor({5}, DType::f64);
  bool wanted[2] = {};
  const ObserveBackward observe([&](BackwardEvent& e) {
    if (std::string(e.node.op) == "plus") wanted[0] = e.wanted[0], wanted[1] = e.wanted[1];
  });
  plus(x, data).backward();
  CHECK(wanted[0]);
  CHECK_FALSE(wanted[1]);
  CHECK_FALSE(data.grad().defined());
  CHECK_FALSE(plus(data, data).requires_grad());
}

TEST_CASE("a second backward is refused unless the graph was retained", "[engine]") {
  const Tensor x = leaf({3});
  SECTION("refused, and the op is named") {
    const Tensor y = square(x);
    y.backward();
    const std::string m = message_of([&] { y.backward(); });
    CHECK(has(m, "square"));
    CHECK(has(m, "retain_graph"));
    CHECK(numbers(x.grad()) == Numbers{6});
  }
  SECTION("refused even if nothing was saved") {
    const Tensor y = plus(x, x);
    y.backward();
    CHECK(has(message_of([&] { y.backward(); }), "plus"));
  }
  SECTION("refused when only a part of the graph was freed") {
    const Tensor inner = square(x);
    const Tensor one = scale(inner, 2), other = scale(inner, 3);
    one.backward();
    CHECK(has(message_of([&] { other.backward(); }), "square"));
    CHECK(numbers(x.grad()) == Numbers{12});
  }
  SECTION("retained: the same again") {
    const Tensor y = square(x);
    y.backward(true);
    y.backward(true);
    y.backward();
    CHECK(numbers(x.grad()) == Numbers{18});
    CHECK(has(message_of([&] { y.backward(); }), "freed"));
  }
}

TEST_CASE("backward refuses invalid starts", "[engine]") {
  const Tensor x = leaf({1, 2});
  CHECK(has(message_of([] { ones({}, DType::f64).backward(); }), "does not depend on any tensor"));
  CHECK(has(message_of([&] { square(x).backward(); }), "f64 [2] is not a scalar"));
  const std::string m = message_of([&] { square(x).backward(ones({3}, DType::f64)); });
  CHECK(has(m, "cotangent f64 [3] must be f64 [2]"));
  CHECK(has(message_of([&] { square(x).backward(ones({2}, DType::f32)); }), "f32 [2]"));
  CHECK(has(message_of([&] { square(x).backward(Tensor{}); }), "cotangent"));
  CHECK(has(message_of([] { Tensor{}.backward(); }), "undefined"));
  CHECK(has(message_of([] { square(Tensor{}); }), "square: input 0 is undefined"));
}

TEST_CASE("a rule that returns wrong gradients is named", "[engine]") {
  const Tensor x = leaf({1, 2});
  const auto message = [&](Grads answer) {
    const Tensor y = total(apply(Wrong{std::move(answer)}, x));
    return message_of<std::logic_error>([&] { y.backward(); });
  };
  const Tensor right = ones({2}, DType::f64);
  CHECK(has(message({}), "wrong: backward returned 0 gradients for 1 input"));
  CHECK(has(message({right, right}), "wrong: backward returned 2 gradients for 1 input"));
  CHECK(has(message({ones({3}, DType::f64)}), "returned f64 [3] for input 0, which is f64 [2]"));
  CHECK(has(message({ones({2}, DType::f32)}), "returned f32 [2] for input 0, which is f64 [2]"));
  CHECK(has(message({Tensor{}}), "returned no gradient for input 0"));
  const Tensor y = total(apply(Wrong{{right}}, x));
  y.backward();
  CHECK(numbers(x.grad()) == Numbers{1, 1});
}

TEST_CASE("an exception in backward leaves a clean graph", "[engine]") {
  const Tensor x = leaf({3});
  bool broken = true;
  const Tensor y = plus(square(x), apply(Broken{&broken}, scale(x, 2)));
  for (int i = 0; i < 3; ++i)
    CHECK(has(message_of<std::runtime_error>([&] { y.backward(true); }), "this rule is broken"));
  CHECK(grad_enabled());
  CHECK_FALSE(x.grad().defined());
  broken = false;
  y.backward(true);  // no cotangent remains from the failed attempts
  CHECK(numbers(x.grad()) == Numbers{8});
  y.backward();
  CHECK(numbers(x.grad()) == Numbers{16});
}

TEST_CASE("grad() returns gradients and does not change the leaves", "[engine]") {
  const Tensor x = leaf({3}), w = leaf({5}), unused = leaf({1});
  const Tensor inner = square(x), y = plus(inner, scale(w, 4));
  SECTION("of leaves and of intermediate tensors") {
    const std::vector<Tensor> in = {x, inner, w};
    const std::vector<Tensor> g = grad({&y, 1}, in);
    CHECK(numbers(g[0]) == Numbers{6});
    CHECK(numbers(g[1]) == Numbers{1});
    CHECK(numbers(g[2]) == Numbers{4});
    CHECK_FALSE(x.grad().defined());
    CHECK_FALSE(w.grad().defined());
  }
  SECTION("only nodes on the path are visited") {
    std::vector<std::string> visited;
    const ObserveBackward observe([&](BackwardEvent& e) { visited.push_back(e.node.op); });
    const Tensor a = square(x), z = plus(a, scale(w, 4));
    CHECK(numbers(grad(z, w)) == Numbers{4});
    CHECK(visited == std::vector<std::string>{"plus", "scale"});
  }
  SECTION("of several outputs with cotangents") {
    const std::vector<Tensor> out = {inner, y};
    const std::vector<Tensor> dy = {full({1}, 10, DType::f64), full({1}, 1, DType::f64)};
    CHECK(numbers(grad(out, {&x, 1}, dy)[0]) == Numbers{66});
  }
  SECTION("of one output named twice") {
    const std::vector<Tensor> out = {y, y};
    CHECK(numbers(grad(out, {&x, 1})[0]) == Numbers{12});
  }
  SECTION("an output is its own input") { CHECK(numbers(grad(y, y)) == Numbers{1}); }
}

TEST_CASE("grad() refuses tensors without a gradient", "[engine]") {
  const Tensor x = leaf({3}), w = leaf({5}), unused = leaf({1});
  const Tensor inner = square(x), y = plus(inner, scale(w, 4));
  SECTION("unused inputs") {
    const std::string m = message_of([&] { grad(y, unused, {}, {.retain_graph = true}); });
    CHECK(has(m, "do not depend on input 0"));
    CHECK(has(m, "allow_unused"));
    CHECK_FALSE(grad(y, unused, {}, {.allow_unused = true}).defined());
    CHECK(has(message_of([&] { grad(y, ones({1}, DType::f64)); }), "requires no gradient"));
    CHECK(has(message_of([&] { grad({&y, 1}, {}); }), "no inputs"));
  }
  SECTION("create_graph refuses and names the op") {
    const std::string m = message_of([&] { grad(y, x, {}, {.create_graph = true}); });
    CHECK(has(m, "create_graph"));
    CHECK(has(m, "plus"));
    CHECK(numbers(grad(y, x)) == Numbers{6});  // and the graph is as it was
  }
}

TEST_CASE("the Jacobian of softmax is diag(y) - y y'", "[engine]") {
  Generator gen(3);
  const Tensor x = randn({5}, gen, DType::f64);
  const auto fn = [](const Tensor& v) { return softmax(v, 0); };
  const Tensor j = jacobian(fn, x), y = fn(x);
  REQUIRE(j.shape() == Shape{5, 5});
  const Numbers v = numbers(y), m = numbers(j);
  for (size_t i = 0; i < 5; ++i) {
    double row = 0;
    for (size_t k = 0; k < 5; ++k) {
      CHECK(std::abs(m[i * 5 + k] - ((i == k ? v[i] : 0) - v[i] * v[k])) < 1e-15);
      row += m[i * 5 + k];
    }
    CHECK(std::abs(row) < 1e-15);
  }
}

TEST_CASE("the Jacobian of shapes of any rank and of empty tensors", "[engine]") {
  Generator gen(4);
  const Tensor x = randn({2, 3}, gen, DType::f64);
  CHECK(numbers(jacobian([](const Tensor& v) { return total(square(v)); }, x)) ==
        numbers(Scale{2}.times(x)));
  const Tensor none = jacobian([](const Tensor& v) { return v.detach(); }, x);
  CHECK(none.shape() == Shape{6, 6});
  CHECK(numbers(none) == Numbers(36, 0.0));
  CHECK(jacobian([](const Tensor& v) { return scale(v, 2); }, zeros({0}, DType::f64)).numel() == 0);
}

TEST_CASE("a node runs its op again at other inputs", "[engine]") {
  Tensor x = tensor({1, 2, 3}).requires_grad_();
  Generator gen(5);
  const ObserveBackward observe([](BackwardEvent&) {});
  const Tensor square = mul(x, x), half = dropout(x, 0.5, true, gen);
  const auto run_again = [](const Tensor& y, const std::vector<Tensor>& at) {
    const Node& node = static_cast<const Node&>(*y.node());
    Outputs results;
    const Ref<Node> again = node.again({at.data(), at.size()}, results);
    CHECK(again->edges.size() == 0);
    return std::pair(results[0], again->run({ones_like(results[0])}, {})[0]);
  };
  const Tensor other = tensor({4, 5, 6}, DType::f64);
  const auto [value, slope] = run_again(square, {other, other});
  CHECK(value.to_vector<double>() == std::vector<double>{16, 25, 36});
  CHECK(slope.to_vector<double>() == std::vector<double>{4, 5, 6});
  CHECK(!value.requires_grad());
  // A random op draws the same numbers again.
  CHECK(run_again(half, {x.detach()}).first.to_vector<float>() == half.to_vector<float>());
  square.sum().backward();
  CHECK(message_of([&] {
          run_again(square, {other, other});
        }) == "mul: cannot run again: its saved values were freed by a backward");
}

TEST_CASE("WatchOps sees each op begin and end", "[engine]") {
  Tensor x = tensor({1, 2, 3}).requires_grad_();
  std::string seen;
  {
    const WatchOps watch([&](const OpEvent& e) {
      seen += std::string(e.begins ? "(" : "") + (e.backward ? "d" : "") + e.op +
              (e.begins ? "" : ")") + " ";
    });
    argmax(x);
    mul(x, x).sum().backward();
  }
  x.exp();
  CHECK(seen == "(argmax argmax) (mul mul) (sum sum) (dsum dsum) (dmul dmul) ");
}
