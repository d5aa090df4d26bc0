// SPDX-License-Identifier: MIT
// Graphs of a million nodes are built, run backward and freed on a stack of 512 KiB: nothing in the
// engine may recurse. The test cases start this program again with the small stack.
#include "tests/autograd/rules.h"
#include "tests/catch.h"

#include "gradus/autograd/autograd.h"

using namespace gradus;
using namespace gradus::tests;

namespace autograd_deep_graph_test {

constexpr int length = sanitized ? 100'000 : 1'000'000;
constexpr int layers = sanitized ? 300 : 1000, width = layers;

struct Half {  // y = (a + b) / 2
  static constexpr const char* name = "half";
  Tensor forward(Inputs in) {
    return full({1}, (*in[0].data<double>() + *in[1].data<double>()) / 2, DType::f64);
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const Tensor dx = full({1}, *dy.data<double>() / 2, DType::f64);
    return {dx, dx};
  }
};

// Whether a test case passes in a new process whose stack has 512 KiB.
void pass_on_small_stack(const std::string& test) {
  const Finished f = run("ulimit -s 512; exec '" + tests_program() + "' '" + test + "'");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(has(f.out, "1 passed, 0 failed, 0 skipped"));
}

TEST_CASE("a chain of a million nodes under a small stack", "[deep]") {
  pass_on_small_stack("inside: chain");
}
TEST_CASE("a diamond of a million nodes under a small stack", "[deep]") {
  pass_on_small_stack("inside: diamond");
}
TEST_CASE("a chain that is dropped without a backward under a small stack", "[deep]") {
  pass_on_small_stack("inside: dropped chain");
}

TEST_CASE("inside: chain", "[.]") {
  const int64_t nodes = live_nodes(), bytes = live_bytes();
  {
    const Tensor x = leaf({1});
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = i % 2 ? scale(y, 2) : scale(y, 0.5);
    CHECK(live_nodes() - nodes == length + 1);
    CHECK(y.item() == 1);
    y.backward(true);  // retained: the nodes are freed when y goes
    CHECK(x.grad().item() == 1);
    Tensor z = x;
    for (int i = 0; i < length; ++i) z = square(z);  // with saved values
    z.backward();                                    // freed node by node, as it goes
    CHECK(live_nodes() - nodes == length + 2);       // x, z and those of y
  }
  CHECK(live_nodes() == nodes);
  CHECK(live_bytes() == bytes);
}

TEST_CASE("inside: dropped chain", "[.]") {
  const int64_t nodes = live_nodes();
  {
    Tensor y = leaf({1});
    for (int i = 0; i < length; ++i) y = square(y);
    CHECK(live_nodes() - nodes == length + 1);
  }
  CHECK(live_nodes() == nodes);
}

TEST_CASE("inside: diamond", "[.]") {
  const int64_t nodes = live_nodes(), bytes = live_bytes();
  {
    std::vector<Tensor> first;
    for (int i = 0; i < width; ++i) first.push_back(leaf({double(i)}));
    std::vector<Tensor> layer = first, next(layer.size());
    for (int l = 1; l < layers; ++l) {
      for (int i = 0; i < width; ++i)
        next[size_t(i)] = apply(Half{}, layer[size_t(i)], layer[size_t((i + 1) % width)]);
      std::swap(layer, next);
    }
    const Tensor y = apply(Total{}, std::span<const Tensor>(layer));
    next.clear();
    layer.clear();
    CHECK(live_nodes() - nodes == int64_t{layers} * width + 1);
    y.backward();
    double worst = 0;  // each value is passed on in two halves, so each leaf has gradient 1
    for (const Tensor& x : first) worst = std::max(worst, std::abs(x.grad().item() - 1));
    CHECK(worst < 1e-12);
  }
  CHECK(live_nodes() == nodes);
  CHECK(live_bytes() == bytes);
}

}  // namespace autograd_deep_graph_test
