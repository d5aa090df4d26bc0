// SPDX-License-Identifier: MIT
// The origin of NaN on seeded faults, capsules of them, and what the trainer says.
#include "gradus/train/nan_origin.h"

#include <cmath>

#include "gradus/io/safetensors.h"
#include "gradus/nn/basic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/conv.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/optim/sgd.h"
#include "gradus/train/capsule.h"
#include "gradus/train/trainer.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_nan_origin_test {

Tensor leaf(std::vector<double> v, const Shape& shape) {
  return tensor(v, shape, DType::f32).requires_grad_();
}

Tensor values(const std::vector<double>& v, const Shape& shape) {
  return tensor(v, shape, DType::f32);
}

struct Fault {
  const char* name;
  std::function<Tensor()> loss;
  const char* op;
  bool backward = false;
  const char* index = "";
  bool capsule = true;
};

const double inf = INFINITY;

Tensor good() { return leaf({1, 2, 0.5, 3, 1, 2}, {2, 3}); }
Tensor holed() { return leaf({1, 2, 0.5, 3, 0, 2}, {2, 3}); }  // 0 at [1, 1]
Tensor big() { return leaf({1, 2, 0.5, 3, 1e30, 2}, {2, 3}); }

// Boolean [2, 3], true in row 1.
Tensor second_row() { return gt(values({0, 0, 0, 1, 1, 1}, {2, 3}), 0.5); }

std::vector<Fault> forward_faults() {
  return {
      {"log of 0", [] { return mean(log(holed()) * 0.5); }, "log", false, "[1, 1]"},
      {"exp overflows", [] { return sum(exp(big() * 2)); }, "exp", false, "[1, 1]"},
      {"division by 0", [] { return sum(good() / holed()); }, "div", false, "[1, 1]"},
      {"a number over 0", [] { return sum(1.0 / holed()); }, "div", false, "[1, 1]"},
      {"square overflows", [] { return sum(pow(big(), 2)); }, "pow", false, "[1, 1]"},
      {"negative to a half", [] { return sum(pow(good() - 1.5, 0.5)); }, "pow", false, "[0, 0]"},
      {"product overflows", [] { return sum(mul(big(), big())); }, "mul", false, "[1, 1]"},
      {"root of a negative number", [] { return sum(sqrt(good() - 1.5)); }, "sqrt", false,
       "[0, 0]"},
      {"matmul overflows", [] { return sum(matmul(big(), big().T())); }, "matmul", false, "[1, 1]"},
      {"linear overflows", [] { return sum(linear(big(), big())); }, "linear", false, "[1, 1]"},
      {"sum overflows",
       [] {
         return sum(leaf({2e38, 2e38}, {2}));
       },
       "sum", false, ""},
  };
}

std::vector<Fault> forward_faults_of_rows() {
  return {
      {"softmax of a row of -inf",
       [] { return sum(softmax(masked_fill(good(), second_row(), -inf), 1)); }, "softmax", false,
       "[1, 0]"},
      {"log_softmax of a row of -inf",
       [] { return sum(log_softmax(masked_fill(good(), second_row(), -inf), 1)); }, "log_softmax",
       false, "[1, 0]"},
      {"a divisor that sums to 0",
       [] {
         return sum(good() / sum(good() * zeros({2, 3}), {1}, true));
       },
       "div", false, "[0, 0]"},
      {"mse of a large error",
       [] {
         return mse_loss(big(), zeros({2, 3}));
       },
       "mse_loss", false, ""},
      {"a convolution that overflows",
       [] {
         return sum(conv1d(leaf({1e30, 1, 1, 1}, {1, 1, 4}), leaf({1e30}, {1, 1, 1})));
       },
       "conv1d", false, "[0, 0, 0]", false},
  };
}

std::vector<Fault> backward_faults() {
  return {
      {"root at 0", [] { return sum(sqrt(holed())); }, "sqrt", true, "[1, 1]"},
      {"norm of a zero vector", [] { return sqrt(sum(pow(holed() * 0.0, 2))); }, "sqrt", true, ""},
      {"a tiny divisor", [] { return sum(values({1e-10}, {1}) / leaf({1e-30}, {1})); }, "div", true,
       "[0]"},
      {"power below 1 at 0", [] { return sum(pow(holed(), 0.5)); }, "pow", true, "[1, 1]"},
      {"log near 0", [] { return sum(log(leaf({1e-37}, {1})) * 1e5); }, "log", true, "[0]"},
      {"gradient of a product overflows",
       [] {
         return sum(leaf({1e-37, 2e-37}, {1, 2}) * 1e30 * 1e30);
       },
       "mul", true, "[0, 0]"},
  };
}

NanOrigin origin_of(const Fault& f) {
  const std::optional<NanOrigin> o = nan_origin(f.loss);
  INFO(f.name);
  REQUIRE(o);
  return *o;
}

void check_fault(const Fault& f) {
  const NanOrigin o = origin_of(f);
  INFO(f.name << "\n" << o.str());
  CHECK(o.op == f.op);
  CHECK(o.backward == f.backward);
  CHECK(has(o.str(), std::string(f.index) + " is "));
  const std::optional<Capsule> capsule = capsule_of(o);
  CHECK(capsule.has_value() == f.capsule);
  if (!capsule) return;
  const TempFolder folder;
  save_capsule(folder.path + "/c.safetensors", *capsule);
  const Capsule read = load_capsule(folder.path + "/c.safetensors");
  CHECK(read.op == f.op);
  CHECK(read.options == capsule->options);
  CHECK(replay(read).still);
}

TEST_CASE("the origin of NaN: 16 faults of the forward", "[nan]") {
  for (const Fault& f : forward_faults()) check_fault(f);
  for (const Fault& f : forward_faults_of_rows()) check_fault(f);
  CHECK(forward_faults().size() + forward_faults_of_rows().size() == 16);
}

TEST_CASE("the origin of NaN: 6 faults of the backward", "[nan]") {
  for (const Fault& f : backward_faults()) check_fault(f);
  CHECK(backward_faults().size() == 6);
}

TEST_CASE("the origin of NaN: no fault", "[nan]") {
  CHECK(!nan_origin([] { return sum(log(good())); }));
  // -inf that hides scores is not one; nor is what softmax makes of it.
  CHECK(!nan_origin([] {
    return sum(softmax(masked_fill(good(), gt(values({0, 1, 0, 0, 0, 1}, {2, 3}), 0.5), -inf), 1));
  }));
}

TEST_CASE("the origin of NaN: an infinity that the forward hides and the backward meets", "[nan]") {
  const auto o = nan_origin([] {
    const Tensor x = holed();
    return sum(where(gt(x, 0), log(x), zeros({2, 3})));
  });
  REQUIRE(o);
  CHECK(o->op == "log");
  CHECK(!o->backward);
  CHECK(has(o->str(), "output [1, 1] is -inf"));
  CHECK(has(o->str(), "leaf 0: f32 [2, 3] from 0 to 3, there 0"));
}

TEST_CASE("the origin of NaN: parameters and data that are not finite before", "[nan]") {
  Linear layer({3, 2});
  Module& m = layer;
  m.named_parameters();
  layer.weight.detach().fill_(NAN);
  const auto weights = nan_origin([&] { return sum(layer(good().detach())); });
  REQUIRE(weights);
  CHECK(weights->op.empty());
  CHECK(has(weights->str(), "weight[0, 0] is NaN; it was not finite before linear read it"));
  CHECK(!capsule_of(*weights));
  const auto data = nan_origin([&] { return sum(good() * values({1, inf, 1}, {1, 3})); });
  REQUIRE(data);
  CHECK(data->op.empty());
}

TEST_CASE("the origin of NaN: names the part and the hidden row", "[nan]") {
  Linear layer({3, 3});
  layer.named_parameters();
  const auto o =
      nan_origin([&] { return sum(softmax(masked_fill(layer(good()), second_row(), -inf), 1)); });
  REQUIRE(o);
  CHECK(has(o->str(), "softmax after weight: output [1, 0] is NaN"));
  CHECK(has(o->str(), "result of masked_fill: f32 [2, 3] from "));
  CHECK(has(o->str(), "row [1, :] of its input is -inf throughout: a mask hides every key"));
}

TEST_CASE("capsules: attention under a causal mask and under a mask of its own", "[nan]") {
  const auto loss = [](Mask mask) {
    return [mask] {
      Generator gen(3);
      Tensor q = mul(randn({2, 2, 5, 4}, gen), 1e20);
      const Tensor k = mul(randn({2, 2, 5, 4}, gen), 1e20).requires_grad_();
      return sum(scaled_dot_product_attention(q.requires_grad_(), k, k, {.mask = mask}));
    };
  };
  for (const Mask& mask : {Mask(), Mask::causal(), Mask::padding({5, 2})}) {
    const auto o = nan_origin(loss(mask));
    REQUIRE(o);
    INFO(o->str());
    CHECK(o->op == "scaled_dot_product_attention");
    const auto capsule = capsule_of(*o);
    REQUIRE(capsule);
    CHECK(replay(*capsule).still);
  }
}

TEST_CASE("capsules: one is fixed when the op gives finite values", "[nan]") {
  auto capsule = capsule_of(origin_of(forward_faults()[0]));
  REQUIRE(capsule);
  CHECK(replay(*capsule).still);
  capsule->inputs[0] = ones({2, 3});
  CHECK(!replay(*capsule).still);
}

TEST_CASE("capsules: options that were not the defaults", "[nan]") {
  const auto o = nan_origin([] {
    return cross_entropy(leaf({1, 2, 3, 3e38, -3e38, 0}, {2, 3}),
                         tensor(std::vector<double>{-1, 1}, {2}, DType::i64),
                         {.ignore_index = -1, .label_smoothing = 0.1});
  });
  REQUIRE(o);
  INFO(o->str());
  CHECK(o->op == "cross_entropy");
  const auto loss = capsule_of(*o);
  REQUIRE(loss);
  CHECK(loss->options.at("ignore_index") == Json(int64_t{-1}));
  CHECK(replay(*loss).still);
  const auto linear_gelu =
      nan_origin([] { return sum(linear(big(), big(), {}, Activation::gelu)); });
  REQUIRE(linear_gelu);
  const auto capsule = capsule_of(*linear_gelu);
  REQUIRE(capsule);
  CHECK(replay(*capsule).still);
}

TEST_CASE("capsules: a file that is none is refused", "[nan]") {
  const TempFolder folder;
  const std::string file = folder.path + "/w.safetensors";
  write_safetensors(file, {.tensors = {{"w", ones({2})}}});
  CHECK(has(message_of<std::runtime_error>([&] { load_capsule(file); }), "is not a capsule"));
  auto capsule = capsule_of(origin_of(forward_faults()[0]));
  REQUIRE(capsule);
  capsule->inputs.clear();
  save_capsule(file, *capsule);
  CHECK(has(message_of<std::runtime_error>([&] { load_capsule(file); }),
            "tensors of log are missing"));
}

// Goes wrong in the third step: log() of something that has become 0.
struct WrongTask : Task {
  struct Net : Module {
    Linear head{{3, 1}};
    void visit(Visitor& v) override { v("head", head); }
  } net;
  bool backward = false;
  Module& model() override { return net; }
  int64_t begin_epoch(int64_t) override { return 4; }
  Batch loss(int64_t batch) override {
    Generator gen(2);
    const Tensor noise = rand({4, 1}, default_generator());
    const Tensor y = net.head(randn({4, 3}, gen)) + noise;
    const Tensor positive = pow(y, 2) * (batch == 2 ? 0.0 : 1.0);
    const Tensor out = backward ? sqrt(positive) : log(positive);
    return {.loss = mean(out), .weight = 4, .tokens = 4};
  }
  Json evaluate() override { return Json::object(); }
};

std::string message_of(bool backward, const std::string& path) {
  manual_seed(6);
  WrongTask task;
  task.backward = backward;
  Sgd sgd(task.net.named_parameters(), {.lr = 1e-4});
  RunFolder run = RunFolder::create(path);
  run.write_config(Json::object());
  try {
    Trainer(task, sgd, {.epochs = 1, .score = "", .quiet = true}, &run).run();
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "it trained";
}

TEST_CASE("the trainer names the op that made NaN and saves its capsule", "[nan]") {
  const TempFolder folder;
  const std::string forward = message_of(false, folder.path + "/f");
  INFO(forward);
  CHECK(has(forward, "step 3 (epoch 1, batch 3): the loss is -inf"));
  CHECK(has(forward, "log after head: output [0, 0] is -inf\n"));
  CHECK(has(forward, "there 0"));
  CHECK(has(forward, "saved in " + folder.path + "/f/nan-capsule.safetensors"));
  CHECK(replay(load_capsule(folder.path + "/f/nan-capsule.safetensors")).still);
  const std::string backward = message_of(true, folder.path + "/b");
  INFO(backward);
  CHECK(has(backward, "step 3 (epoch 1, batch 3): "));
  CHECK(has(backward, "the backward of sqrt after head: gradient of result of mul[0, 0] is inf"));
  CHECK(load_capsule(folder.path + "/b/nan-capsule.safetensors").backward);
}

}  // namespace train_nan_origin_test
