// SPDX-License-Identifier: MIT
// Sequential and the activations as modules.
#include "gradus/nn/sequential.h"

#include "gradus/autograd/node.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/gradcheck.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("Sequential calls its modules in turn and numbers all of them", "[nn]") {
  Sequential net(Linear({3, 5}), Tanh(), Dropout(0.5), Linear({5, 2, false}));
  CHECK(net.size() == 4);
  CHECK(keys(net) == "0.weight 0.bias 3.weight ");
  net.eval();
  const Tensor x = input({4, 3}).to(DType::f32);
  const Tensor y = net.at<Linear>(3)(tanh(net.at<Linear>(0)(x)));
  CHECK(identical(net(x), y));
  CHECK(!net.at<Dropout>(2).training());
  net.train();
  CHECK(!identical(net(x), y));  // the dropout is active
  CHECK(has(message_of([&] { net.at<Tanh>(0); }), "module 0 has another type"));
  CHECK(has(message_of([&] { net.at<Tanh>(4); }), "no module 4 among 4"));
  CHECK(identical(Sequential()(x), x));
}

TEST_CASE("Sequential grows by push_back and gives its modules by number", "[nn]") {
  Sequential net;
  net.push_back(Linear({3, 5}));
  net.push_back(Tanh());
  CHECK(keys(net) == "0.weight 0.bias ");
  CHECK(net[0].count() == 20);
  CHECK(&net[1] == &net.at<Tanh>(1));
  net[0].requires_grad_(false);
  CHECK(!net.at<Linear>(0).weight.requires_grad());
  CHECK(has(message_of([&] { net[2]; }), "no module 2 among 2"));
}

TEST_CASE("Sequential nests and moves and clones into its own memory", "[nn]") {
  Sequential net(Linear({3, 4}), GELU());
  Linear& last =
      net.add(Sequential(LayerNorm({.normalized_shape = {4}}), SiLU())).add(Linear({4, 2}));
  CHECK(keys(net) == "0.weight 0.bias 2.0.weight 2.0.bias 2.2.weight 2.2.bias ");
  net.eval();
  const Tensor x = input({2, 3}).to(DType::f32), y = net(x);
  const Sequential copy = net.clone();
  CHECK(identical(copy(x), y));
  {
    const NoGrad no_grad;
    last.weight.fill_(0);
    last.bias.fill_(0);
  }
  CHECK(!identical(net(x), y));
  CHECK(identical(copy(x), y));
  const Sequential moved(std::move(net));
  CHECK(moved.size() == 3);
  CHECK(!moved.training());
}

TEST_CASE("gradients of Sequential and of every activation", "[nn][gradcheck]") {
  Sequential net(Linear({3, 4}), Tanh(), Sigmoid(), GELU(), GELU(Gelu::tanh), SiLU(), Softplus(2),
                 ELU(0.7), LeakyReLU(0.3), Softmax(-1), Identity(), Linear({4, 2}));
  const GradcheckReport report = gradcheck(net, {input({5, 3})});
  INFO(report.str());
  CHECK(report.verdict == Verdict::pass);
  CHECK(report.entries.size() == 5);
  Sequential kink{ReLU()};
  CHECK(gradcheck(kink, {input({5, 3})}).verdict == Verdict::pass);
}

TEST_CASE("activation modules equal the functions with PyTorch's defaults", "[nn]") {
  const Tensor x = input({4, 6});
  CHECK(identical(ReLU()(x), relu(x)));
  CHECK(identical(LeakyReLU()(x), leaky_relu(x)));
  CHECK(identical(ELU()(x), elu(x)));
  CHECK(identical(GELU()(x), gelu(x)));
  CHECK(identical(GELU(Gelu::tanh).clone()(x), gelu(x, Gelu::tanh)));
  CHECK(identical(SiLU()(x), silu(x)));
  CHECK(identical(Softplus().clone()(x), softplus(x)));
  CHECK(identical(Tanh()(x), tanh(x)));
  CHECK(identical(Sigmoid()(x), sigmoid(x)));
  CHECK(identical(Softmax(0).clone()(x), softmax(x, 0)));
}
