// SPDX-License-Identifier: MIT
// Profiles: the sums of phases and ops, and that training under one gives the same bits.
#include "gradus/train/profile.h"

#include <algorithm>
#include <cmath>

#include "gradus/base/clock.h"
#include "gradus/nn/basic.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/optim/adam.h"
#include "gradus/train/trainer.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;
using Stage = Profile::Stage;

namespace train_profile_test {

void wait(double seconds) {
  for (const double end = clock_seconds() + seconds; clock_seconds() < end;) {
  }
}

struct SlowTask : Task {
  struct Net : Module {
    Linear first{{8, 32}}, head{{32, 1}};
    void visit(Visitor& v) override {
      v("first", first);
      v("head", head);
    }
  } net;
  Module& model() override { return net; }
  int64_t begin_epoch(int64_t) override { return 3; }
  Batch loss(int64_t batch) override {
    Generator gen(static_cast<uint64_t>(batch));
    const Tensor x = randn({64, 8}, gen);
    wait(0.02);
    const Tensor y = net.head(tanh(net.first(x)));
    return {.loss = mse_loss(y, ones({64, 1})), .weight = 64, .tokens = 64};
  }
  Json evaluate() override {
    wait(0.05);
    Json figures;
    figures["valid_loss"] = 1.0;
    return figures;
  }
};

StateDict trained(Profile* profile) {
  manual_seed(2);
  SlowTask task;
  Adam adam(task.net.named_parameters());
  Trainer(task, adam, {.epochs = 2, .quiet = true, .profile = profile}).run();
  return task.net.state_dict();
}

TEST_CASE("a profile of training: phases add up to its duration; ops are those of the model",
          "[profile]") {
  Profile p;
  const double start = clock_seconds();
  const StateDict with = trained(&p), without = trained(nullptr);
  for (const auto& [name, x] : with) CHECK(identical(x, without.at(name)));
  CHECK(p.steps() == 6);
  CHECK(p.wall() < clock_seconds() - start);
  double all = 0;
  for (size_t i = 0; i < Profile::names.size(); ++i) all += p.seconds(static_cast<Stage>(i));
  CHECK(std::abs(all - p.wall()) < 0.001 * p.wall());
  CHECK(p.seconds(Stage::data) >= 6 * 0.02);
  CHECK(p.seconds(Stage::data) < 0.9 * p.wall());
  CHECK(p.seconds(Stage::evaluation) >= 2 * 0.05);
  CHECK(p.seconds(Stage::backward) > 0);
  CHECK(p.seconds(Stage::optimiser) > 0);
  CHECK(p.peak(Stage::forward) > 64 * 32 * 4);
  const std::vector<OpCost> ops = p.ops();
  const auto op = [&](const std::string& name) {
    const auto found =
        std::find_if(ops.begin(), ops.end(), [&](const OpCost& c) { return c.op == name; });
    REQUIRE(found != ops.end());
    return *found;
  };
  CHECK(op("linear").calls == 12);
  CHECK(op("tanh").calls == 6);
  CHECK(op("tanh").forward > 0);
  CHECK(op("tanh").backward > 0);
  CHECK(op("tanh").kept >= 64 * 32 * 4);
  CHECK(op("mse_loss").calls == 6);
  double in_ops = 0;
  for (const OpCost& c : ops) in_ops += c.forward + c.backward;
  CHECK(in_ops <= p.seconds(Stage::forward) + p.seconds(Stage::backward));
}

TEST_CASE("a profile finds the phases of a loop that announces none", "[profile]") {
  Profile p;
  const Tensor x = ones({100, 100}).requires_grad_();
  p.start();
  for (int i = 0; i < 3; ++i) {
    p.enter(Stage::data);
    wait(0.01);
    mul(x, x).sum().backward();
    wait(0.03);
    p.end_step();
  }
  p.stop();
  mul(x, x);  // after the end
  CHECK(p.steps() == 3);
  CHECK(p.seconds(Stage::data) >= 0.03);
  CHECK(p.seconds(Stage::forward) > 0);
  CHECK(p.seconds(Stage::backward) > 0);
  CHECK(p.seconds(Stage::backward) < 0.03);
  CHECK(p.seconds(Stage::optimiser) >= 0.09);
  CHECK(p.ops().size() == 2);
  CHECK(p.ops()[0].calls == 3);
}

}  // namespace train_profile_test
