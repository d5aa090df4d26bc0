// SPDX-License-Identifier: MIT
// Handles and their graph: leaves, hooks, names, versions, grad mode, and that nothing leaks.
#include "tests/autograd/rules.h"
#include "tests/catch.h"

#include <thread>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/softmax.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("only floats that no op computed can become leaves", "[handles]") {
  Tensor x = leaf({1, 2}), y = square(x), ids = tensor({1, 2}, DType::i64);
  CHECK(x.is_leaf());
  CHECK_FALSE(y.is_leaf());
  CHECK(ones({1}).is_leaf());
  CHECK(has(message_of([&] { ids.requires_grad_(); }), "i64 [2]"));
  CHECK(has(message_of([&] { y.requires_grad_(); }), "computed by square"));
  CHECK(has(message_of([] { Tensor{}.requires_grad_(); }), "undefined"));
}

TEST_CASE("leaves", "[handles]") {
  Tensor x = leaf({1, 2});
  CHECK(x.requires_grad());
  CHECK_FALSE(x.grad().defined());
  const Tensor y = square(x);
  SECTION("copies of a handle share gradient and name") {
    const Tensor same = x;
    x.set_name("weight");
    total(y).backward();
    CHECK(same.name() == "weight");
    CHECK(numbers(same.grad()) == Numbers{2, 4});
    x.zero_grad();
    CHECK_FALSE(same.grad().defined());
  }
  SECTION("requires_grad_(false) takes it out of later graphs") {
    Tensor same = x;
    same.requires_grad_(false);
    CHECK_FALSE(x.requires_grad());
    CHECK_FALSE(square(x).requires_grad());
    total(y).backward();  // made before
    CHECK_FALSE(x.grad().defined());
    x.requires_grad_();
    total(square(x)).backward();
    CHECK(numbers(same.grad()) == Numbers{2, 4});
  }
  SECTION("set_grad") {
    x.set_grad(ones({2}, DType::f64));
    total(y).backward();
    CHECK(numbers(x.grad()) == Numbers{3, 5});
    CHECK(has(message_of([&] { x.set_grad(ones({3}, DType::f64)); }), "must be f64 [2]"));
    Tensor plain = ones({2});
    CHECK(has(message_of([&] { plain.set_grad(ones({2})); }), "not a leaf"));
  }
}

TEST_CASE("leaves change their dtype with every handle on them", "[handles]") {
  Tensor x = leaf({1, 2});
  Tensor handle = x;
  total(square(x)).backward();
  x.set_dtype(DType::f32);
  CHECK(handle.dtype() == DType::f32);
  CHECK(handle.grad().dtype() == DType::f32);
  CHECK(handle.to_vector<float>() == std::vector<float>{1, 2});
  softmax(handle, 0).backward(ones({2}, DType::f32));
  CHECK(handle.grad().dtype() == DType::f32);
}

TEST_CASE("hooks", "[handles]") {
  Tensor x = leaf({3}), y = square(x);
  SECTION("a hook sees the whole gradient and may replace it") {
    y.register_hook([](const Tensor& g) { return scale(g, 10); });
    x.register_hook([](const Tensor& g) {
      CHECK(g.item() == 60);
      return Tensor{};
    });
    y.backward();
    CHECK(x.grad().item() == 60);
  }
  SECTION("hooks run in the order of registration") {
    y.register_hook([](const Tensor& g) { return scale(g, 10); });
    y.register_hook([](const Tensor& g) { return plus(g, ones({1}, DType::f64)); });
    y.backward();
    CHECK(x.grad().item() == 66);
  }
  SECTION("a replacement of another shape is refused, with the op's name") {
    y.register_hook([](const Tensor&) { return ones({2}, DType::f64); });
    const std::string m = message_of([&] { y.backward(); });
    CHECK(has(m, "hook on square"));
    CHECK(has(m, "f64 [2]"));
  }
  SECTION("a hook may itself run backward through another graph") {
    const Tensor w = leaf({7});
    y.register_hook([&](const Tensor& g) {
      const NoGrad no_grad;
      square(w);
      return g;
    });
    const Tensor other = square(w);
    x.register_hook([&](const Tensor&) {
      other.backward();
      return Tensor{};
    });
    y.backward();
    CHECK(x.grad().item() == 6);
    CHECK(w.grad().item() == 14);
  }
}

TEST_CASE("retain_grad keeps the gradient after the hooks", "[handles]") {
  Tensor x = leaf({3}), y = square(x);
  y.retain_grad();
  y.retain_grad();
  y.register_hook([](const Tensor& g) { return scale(g, 2); });
  scale(y, 5).backward();
  CHECK(y.grad().item() == 10);
  CHECK(x.grad().item() == 60);
}

TEST_CASE("hooks and names and retain_grad need a tracked tensor", "[handles]") {
  Tensor plain = ones({1});
  CHECK(has(message_of([&] { plain.retain_grad(); }), "requires no gradient"));
  CHECK(has(message_of([&] { plain.register_hook({}); }), "requires no gradient"));
  CHECK(has(message_of([&] { plain.set_name("x"); }), "not a leaf"));
  CHECK(plain.name().empty());
}

TEST_CASE("a value that was saved must not change", "[handles]") {
  Tensor x = leaf({1, 2}), c = tensor({3, 4}, DType::f64);
  SECTION("under NoGrad, too; the message names both ops") {
    const Tensor y = total(square(x));
    {
      const NoGrad no_grad;
      x.fill_(7);
    }
    const std::string m = message_of([&] { y.backward(); });
    CHECK(has(m, "square: a value that it saved (f64 [2])"));
    CHECK(has(m, "changed by fill_"));
  }
  SECTION("an output that the rule saved") {
    Tensor e = exp_own(x), same = e.detach();
    const Tensor y = total(e);
    same.copy_(c);
    const std::string m = message_of([&] { y.backward(); });
    CHECK(has(m, "exp_own: a value that it saved (f64 [2], made by exp_own)"));
    CHECK(has(m, "changed by copy_"));
  }
  SECTION("through a view of the same storage, and through a raw pointer") {
    const Tensor y = total(square(x)), z = total(square(x));
    Tensor part = x.with_layout(x.layout().sliced(0, 1, 1, 1));
    part.fill_(0);
    CHECK(has(message_of([&] { y.backward(); }), "changed by fill_"));
    x.detach().mutable_data<double>("my_loop")[0] = 5;
    CHECK(has(message_of([&] { z.backward(); }), "changed by my_loop"));
  }
  SECTION("set_dtype is a change") {
    const Tensor y = total(square(x));
    x.set_dtype(DType::f32);
    CHECK(has(message_of([&] { y.backward(); }), "changed by set_dtype"));
  }
  SECTION("unsaved values may change") {
    const Tensor y = total(scale(x, 2));
    x.detach().fill_(9);
    y.backward();
    CHECK(numbers(x.grad()) == Numbers{2, 2});
  }
}

TEST_CASE("in-place changes that are refused", "[handles]") {
  Tensor x = leaf({1, 2}), y = square(x);
  CHECK(has(message_of([&] { x.fill_(0); }), "fill_: the tensor (f64 [2]) is a leaf"));
  CHECK(has(message_of([&] { y.copy_(ones({2})); }), "copy_: the tensor (f64 [2]) is part of a"));
  Tensor wide = x.detach().with_layout(x.layout().broadcast({3, 2}));
  CHECK(has(message_of([&] { wide.fill_(0); }), "share memory"));
  CHECK(has(message_of([&] { Tensor{}.fill_(0); }), "undefined"));
  CHECK(numbers(x) == Numbers{1, 2});
  const NoGrad no_grad;
  x.fill_(4);
  CHECK(numbers(x) == Numbers{4, 4});
}

TEST_CASE("NoGrad and detach", "[handles]") {
  const Tensor x = leaf({3});
  {
    const NoGrad outer;
    CHECK_FALSE(grad_enabled());
    CHECK_FALSE(square(x).requires_grad());
    { const NoGrad inner; }
    CHECK_FALSE(grad_enabled());
  }
  CHECK(grad_enabled());
  CHECK(square(x).requires_grad());
  const Tensor cut = square(x).detach();
  CHECK_FALSE(cut.requires_grad());
  plus(cut, scale(x, 2)).backward();
  CHECK(x.grad().item() == 2);
  CHECK(x.detach().storage() == x.storage());
}

TEST_CASE("a conversion that would lose a gradient is refused", "[handles]") {
  const Tensor x = leaf({3}), y = square(x);
  const std::string m = message_of([&] { y.to(DType::f32); });
  CHECK(has(m, "to: the tensor (f64 [1]) is tracked"));
  CHECK(has(m, "detach()"));
  CHECK(y.to(DType::f64).requires_grad());  // nothing changes
  CHECK(y.to_vector<float>() == std::vector<float>{9});
  CHECK(y.detach().to(DType::f32).dtype() == DType::f32);
  const NoGrad no_grad;
  CHECK(x.to(DType::f32).dtype() == DType::f32);
}

TEST_CASE("gradient mode belongs to the thread", "[handles]") {
  const NoGrad no_grad;
  bool enabled = false, tracked = false;
  std::thread([&] {
    enabled = grad_enabled();
    tracked = square(leaf({1})).requires_grad();
  }).join();
  CHECK(enabled);
  CHECK(tracked);
  CHECK_FALSE(grad_enabled());
}

TEST_CASE("a graph may be built and walked and freed in different threads", "[handles]") {
  const int64_t nodes = live_nodes();
  {
    const Tensor x = leaf({3});
    Tensor y;
    std::thread([&] { y = scale(square(x), 2); }).join();
    Tensor z = plus(y, square(x));  // this thread's creation numbers are lower than the other's
    std::thread([&] { z.backward(); }).join();
    CHECK(x.grad().item() == 18);
    std::thread([&] { y = {}, z = {}; }).join();
  }
  CHECK(live_nodes() == nodes);
}

TEST_CASE("an observer sees each backward and may replace its gradients", "[handles]") {
  const Tensor x = leaf({3}), before = square(x);
  std::vector<std::string> seen;
  const ObserveBackward observe([&](BackwardEvent& e) {
    seen.push_back(e.node.op);
    if (seen.back() != "square") return;
    CHECK(numbers(e.inputs[0]) == Numbers{3});
    CHECK(numbers(e.outputs[0]) == Numbers{9});
    CHECK(numbers(e.dy[0]) == Numbers{2});
    CHECK(numbers(e.grads[0]) == Numbers{12});
    CHECK(e.wanted[0]);
    CHECK(numbers(e.node.run(e.dy, {})[0]) == Numbers{12});  // the rule, called again
    e.grads[0] = full({1}, 100, DType::f64);
  });
  plus(scale(square(x), 2), before).backward();  // before: no observer was active when it ran
  CHECK(seen == std::vector<std::string>{"plus", "scale", "square"});
  CHECK(x.grad().item() == 106);
}

TEST_CASE("nothing leaks", "[handles]") {
  const int64_t nodes = live_nodes(), bytes = live_bytes();
  SECTION("a rule that saves its own output makes no cycle") {
    for (int i = 0; i < 10; ++i) exp_own(leaf({1, 2, 3}));
  }
  SECTION("after a backward, freed or retained") {
    for (const bool retain : {false, true}) {
      Tensor x = leaf({1, 2, 3}), y = exp_own(square(x));
      y.retain_grad();
      total(y).backward(retain);
      CHECK(x.grad().defined());
    }
  }
  SECTION("after backward saved values are freed while the result exists") {
    Tensor y;
    {
      const ObserveBackward observe([](BackwardEvent&) {});
      Tensor x = full({100'000}, 1, DType::f64).requires_grad_();
      y = total(square(exp_own(x)));
      y.backward();
    }
    CHECK(live_bytes() - bytes < 10'000);
    CHECK(live_nodes() - nodes <= 1);
  }
  CHECK(live_nodes() == nodes);
  CHECK(live_bytes() == bytes);
}

TEST_CASE("nothing leaks after exceptions and hooks and observers", "[handles]") {
  const int64_t nodes = live_nodes(), bytes = live_bytes();
  SECTION("after exceptions in forward and in backward") {
    bool broken = true;
    const Tensor x = leaf({1}), y = apply(Broken{&broken}, square(x));
    message_of<std::runtime_error>([&] { y.backward(); });
    message_of([&] { plus(x, Tensor{}); });
    message_of([&] { softmax(y, 5); });
  }
  SECTION("after hooks, observers and Jacobians") {
    const ObserveBackward observe([](BackwardEvent&) {});
    Tensor x = leaf({1, 2});
    x.register_hook([](const Tensor& g) { return g; });
    total(exp_own(x)).backward();
    CHECK(jacobian([](const Tensor& v) { return softmax(v, 0); }, x).numel() == 4);
  }
  CHECK(live_nodes() == nodes);
  CHECK(live_bytes() == bytes);
}
