// SPDX-License-Identifier: MIT
// A part that visit() forgets, or that no optimiser has, is reported on stderr once, with its kind
// and shape. Each case runs in its own process, since a message is printed only once.
#include "gradus/gradus.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_forgotten_test {

struct Forgetful : Module {
  Linear hidden{{3, 5}}, out{{5, 2}};
  void visit(Visitor& v) override { v("hidden", hidden); }
  Tensor operator()(const Tensor& x) const { return out(relu(hidden(x))); }
};
struct Whole : Forgetful {
  void visit(Visitor& v) override {
    v("hidden", hidden);
    v("out", out);
  }
};

// The stderr of a case below, run alone.
std::string stderr_of(const std::string& name) {
  const Finished done = run(tests_program() + " '" + name + "' -o /dev/null");
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  return done.err;
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

void train(Module& model, const std::function<Tensor()>& loss, const ParameterList& parameters) {
  SGD optimizer(parameters, 0.1);
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    loss().backward();
    optimizer.step();
  }
  CHECK(model.count() > 0);
}

TEST_CASE("warned: a part that visit forgets", "[.warned]") {
  Forgetful net;
  train(
      net, [&] { return net(ones(4, 3)).sum(); }, net.parameters());
}
TEST_CASE("warned: a part that visit forgets - without an optimiser", "[.warned]") {
  Forgetful net;
  CHECK(net.named_parameters().size() == 2);
  net(ones(4, 3)).sum().backward();
}
TEST_CASE("warned: a part that no optimiser holds", "[.warned]") {
  Whole net;
  CHECK(net.named_parameters().size() == 4);
  train(
      net, [&] { return net(ones(4, 3)).sum(); }, net.hidden.parameters());
}
TEST_CASE("warned: a clone that visit forgets", "[.warned]") {
  Forgetful net;
  net.out = Linear({5, 2}).clone();
  train(
      net, [&] { return net(ones(4, 3)).sum(); }, net.parameters());
}
TEST_CASE("warned: a head that was made later and is never listed", "[.warned]") {
  Whole body;
  SGD optimizer(body, 0.1);
  Linear head({2, 2});
  for (int step = 0; step < 3; ++step) {
    head(body(ones(4, 3))).sum().backward();
    optimizer.step();
  }
  CHECK(head.weight.grad().defined());
}
TEST_CASE("no warning: a part next to one that was counted or frozen", "[.warned]") {
  Linear first({2, 2});
  Whole counted;
  CHECK(counted.count() + static_cast<int64_t>(counted.str().size()) > 0);  // trains nothing
  first(counted(ones(4, 3))).sum().backward();
  Whole net;
  SGD optimizer(net, 0.1);
  net.hidden.requires_grad_(false);
  const Tensor before = net.hidden.weight.clone_data(), out = net.out.weight.clone_data();
  const auto step = [&] {
    optimizer.zero_grad();
    net(ones(4, 3)).sum().backward();
    optimizer.step();
  };
  step();
  CHECK(identical(net.hidden.weight, before));
  CHECK(!identical(net.out.weight, out));
  net.hidden.requires_grad_(true);  // the same optimiser continues with it
  for (Tensor& p : net.out.parameters()) p.requires_grad_(false);
  const Tensor frozen = net.out.weight.clone_data();
  step();
  CHECK(!identical(net.hidden.weight, before));
  CHECK(identical(net.out.weight, frozen));
}
TEST_CASE("no warning: whole and frozen and lonely modules", "[.warned]") {
  Whole net, frozen, first, second;
  train(
      net, [&] { return net(ones(4, 3)).sum(); }, net.parameters());
  frozen.out.requires_grad_(false);
  train(
      frozen, [&] { return frozen(ones(4, 3)).sum(); }, frozen.hidden.parameters());
  Linear lonely({2, 2});  // no parameters were requested here
  lonely(ones(1, 2)).sum().backward();
  CHECK(lonely.weight.grad().defined());
  Whole body;  // a head on a part that has been listed
  CHECK(body.named_parameters().size() == 4);
  Linear head({2, 2});
  head(body(ones(4, 3))).sum().backward();
  SGD one(first, 0.1), other(second, 0.1);  // two optimisers
  (first(ones(4, 3)) + second(ones(4, 3))).sum().backward();
  one.step();
  other.step();
  Whole copy;
  std::vector<Tensor> all;
  for (const NamedTensor& p : copy.named_parameters()) all.push_back(p.tensor);
  CHECK(grad(std::vector<Tensor>{copy(ones(4, 3)).sum()}, all).size() == 4);
}

TEST_CASE("a part that visit forgets is reported once with its kind and shape", "[nn][forgotten]") {
  for (const std::string without : {"", " - without an optimiser"}) {
    const std::string output = stderr_of("warned: a part that visit forgets" + without);
    INFO(output);
    CHECK(count(output, "warning") == 2);
    CHECK(count(output,
                "gradus: warning: Linear.weight [2, 5] gets a gradient, but no module lists "
                "it: it will not be trained or saved. Name its module in visit()") == 1);
    CHECK(count(output, "Linear.bias [2]") == 1);
  }
}

TEST_CASE("a forgotten clone and a head made later are reported", "[nn][forgotten]") {
  const std::string clone = stderr_of("warned: a clone that visit forgets");
  const std::string head = stderr_of("warned: a head that was made later and is never listed");
  INFO(clone << head);
  CHECK(count(clone, "Linear.weight [2, 5] gets a gradient, but no module lists it") == 1);
  CHECK(count(head, "Linear.weight [2, 2] gets a gradient, but no optimiser holds it") == 1);
}

TEST_CASE("a parameter that no optimiser has is reported", "[nn][forgotten]") {
  const std::string output = stderr_of("warned: a part that no optimiser holds");
  INFO(output);
  CHECK(count(output, "warning") == 2);
  CHECK(has(output, "Linear.weight [2, 5] gets a gradient, but no optimiser holds it"));
  CHECK(has(output, "requires_grad_(false)"));
}

TEST_CASE("complete models give no warning", "[nn][forgotten]") {
  CHECK(count(stderr_of("no warning: whole and frozen and lonely modules"), "warning") == 0);
  CHECK(count(stderr_of("no warning: a part next to one that was counted or frozen"), "warning") ==
        0);
}

}  // namespace nn_forgotten_test
