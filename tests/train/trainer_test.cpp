// SPDX-License-Identifier: MIT
// Stopped, killed or uninterrupted, a run ends with the same bits.
#include "gradus/train/trainer.h"

#include <cmath>
#include <csignal>
#include <filesystem>

#include "gradus/base/random.h"
#include "gradus/io/safetensors.h"
#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/matmul.h"
#include "gradus/optim/adam.h"
#include "gradus/train/checkpoint.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace train_trainer_test {

struct Line : Module {
  Tensor weight = parameter({1, 3}), bias = parameter({1});
  Line() { weight.detach().fill_(0.5), bias.detach().fill_(0); }
  void visit(Visitor& v) override { v("weight", weight), v("bias", bias); }
};

// Learns y = sum(x) from noisy inputs; the noise comes from default_generator(), as dropout's.
struct LineTask : Task {
  Line line;
  int64_t seen = 0;
  std::function<void(int64_t step)> before_step{};

  Module& model() override { return line; }
  int64_t begin_epoch(int64_t epoch) override { return epoch_ = epoch, 5; }
  Batch loss(int64_t batch) override {
    if (before_step) before_step(seen);
    ++seen;
    Generator gen(7, static_cast<uint64_t>(epoch_ * 5 + batch));
    const Tensor x = randn({8, 3}, gen), noise = randn({8, 3}, default_generator());
    const Tensor y = matmul(x, ones({3, 1}));
    const Tensor out = linear(add(x, mul(noise, 0.1)), line.weight, line.bias);
    return {.loss = mse_loss(out, y), .weight = 8, .tokens = 8};
  }
  Json evaluate() override {
    Json figures;
    figures["valid_loss"] = static_cast<double>(std::abs(line.weight.to_vector<float>()[0] - 1));
    return figures;
  }

 private:
  int64_t epoch_ = 0;
};

// Trains in `path`; `disturb` sees the number of steps taken in this process before each step.
TrainResult train(const std::string& path, bool resume, std::function<void(int64_t)> disturb = {}) {
  RunFolder run = resume ? RunFolder::open(path, true) : RunFolder::create(path);
  if (!resume) run.write_config(Json::object());
  manual_seed(3);
  LineTask task;
  task.before_step = std::move(disturb);
  Adam adam(task.line.named_parameters(), {.lr = 0.05});
  Trainer trainer(task, adam, {.epochs = 4, .clip_norm = 1, .save_every = 3, .quiet = true}, &run);
  if (resume) trainer.resume();
  return trainer.run();
}

struct Outcome {
  TensorFile best, last;
  std::vector<std::string> metrics;
};
Outcome outcome(const std::string& path) {
  return {read_safetensors(path + "/model.safetensors"),
          read_safetensors(path + "/last.safetensors"), RunFolder::open(path).metrics()};
}

void check_same(const Outcome& a, const Outcome& b) {
  CHECK(a.metrics == b.metrics);
  REQUIRE(a.last.tensors.size() == b.last.tensors.size());
  CHECK(a.last.tensors.size() == 2 + 2 * 3);  // weights; steps and two moments of each
  for (const auto& [name, x] : a.last.tensors) CHECK(identical(x, b.last.tensors.at(name)));
  for (const auto& [name, x] : a.best.tensors) CHECK(identical(x, b.best.tensors.at(name)));
}

TEST_CASE("the mean of the last epochs is evaluated as one more epoch") {
  struct Watched : LineTask {
    std::vector<std::vector<float>> seen;  // weights at each evaluation
    double score = 0;
    Json evaluate() override {
      seen.push_back(line.weight.to_vector<float>());
      Json figures;
      figures["valid_loss"] = seen.size() <= 4 ? 1.0 : score;
      return figures;
    }
  };
  for (double score : {0.5, 2.0}) {
    const TempFolder folder;
    RunFolder run = RunFolder::create(folder.path + "/run");
    run.write_config(Json::object());
    Watched task;
    task.score = score;
    Adam adam(task.line.named_parameters(), {.lr = 0.05});
    Trainer trainer(task, adam, {.epochs = 4, .average = 3, .quiet = true}, &run);
    const TrainResult r = trainer.run();
    REQUIRE(task.seen.size() == 5);
    for (size_t i = 0; i < 3; ++i)
      CHECK(std::abs(task.seen[4][i] - (task.seen[1][i] + task.seen[2][i] + task.seen[3][i]) / 3) <
            1e-6f);
    const bool better = score < 1;
    CHECK(r.best_score == std::min(score, 1.0));
    CHECK((r.figures.find("averaged_epochs") != nullptr) == better);
    CHECK(task.line.weight.to_vector<float>() == task.seen[better ? 4 : 3]);
    for (int epoch = 1; epoch <= 4; ++epoch)
      CHECK(!fs::exists(run.file("epoch-" + std::to_string(epoch) + ".safetensors")));
  }
  LineTask task;
  Adam adam(task.line.named_parameters(), {.lr = 0.05});
  CHECK(has(message_of([&] { Trainer(task, adam, {.average = 2}); }), "needs a run folder"));
}

TEST_CASE("a stopped run resumes to the same bits") {
  const TempFolder whole_folder;
  const TrainResult whole = train(whole_folder.path + "/run", false);
  CHECK(whole.steps == 20);
  CHECK(whole.reason == "all epochs are done");
  const Outcome expected = outcome(whole_folder.path + "/run");
  for (int signal : {SIGTERM, SIGINT, SIGHUP})
    for (int64_t at : {0, 4, 7, 19}) {
      const TempFolder folder;
      const TrainResult stopped = train(folder.path + "/run", false, [&](int64_t step) {
        if (step == at) std::raise(signal);
      });
      CHECK(stopped.signal == signal);
      CHECK(stopped.steps == at + 1);
      const TrainResult resumed = train(folder.path + "/run", true);
      CHECK(resumed.steps == 20);
      CHECK(resumed.best_score == whole.best_score);
      check_same(outcome(folder.path + "/run"), expected);
      fs::remove_all(folder.path + "/run");
    }
}

TEST_CASE("a killed run resumes from its last checkpoint to the same bits") {
  const TempFolder folder;
  train(folder.path + "/run", false);
  const Outcome expected = outcome(folder.path + "/run");
  for (int64_t at : {4, 8, 13}) {
    const std::string path = folder.path + "/dead";
    struct Death {};
    CHECK_THROWS_AS(train(path, false,
                          [&](int64_t step) {
                            if (step == at) throw Death{};
                          }),
                    Death);
    train(path, true);
    check_same(outcome(path), expected);
    fs::remove_all(path);
  }
}

TEST_CASE("no checkpoint is promised if there is none") {
  const TempFolder folder;
  LineTask task;
  RunFolder run = RunFolder::create(folder.path + "/run");
  run.write_config(Json::object());
  Adam adam(task.line.named_parameters(), {.lr = 0.05});
  task.before_step = [&](int64_t) { task.line.weight.detach().fill_(INFINITY); };
  Trainer trainer(task, adam, {.epochs = 4, .quiet = true}, &run);
  const std::string message = message_of<std::runtime_error>([&] { trainer.run(); });
  CHECK(has(message, "there is no checkpoint yet"));
  CHECK(!has(message, "unchanged"));
}

TEST_CASE("a loss or gradient that is not finite stops before the step") {
  const TempFolder folder;
  LineTask task;
  RunFolder run = RunFolder::create(folder.path + "/run");
  run.write_config(Json::object());
  Adam adam(task.line.named_parameters(), {.lr = 0.05});
  task.before_step = [&](int64_t step) {
    if (step == 7) task.line.weight.detach().fill_(INFINITY);
  };
  Trainer trainer(task, adam, {.epochs = 4, .quiet = true}, &run);
  {
    const std::string message = message_of<std::runtime_error>([&] { trainer.run(); });
    CHECK(has(message, "step 8 (epoch 2, batch 3): the loss is"));
    CHECK(has(message, "the last checkpoint is unchanged"));
  }
  const TensorFile kept = read_safetensors(folder.path + "/run/last.safetensors");
  for (float v : kept.tensors.at("model.weight").to_vector<float>()) CHECK(std::isfinite(v));

  LineTask other;
  Adam other_adam(other.line.named_parameters(), {.lr = 0.05});
  other.line.named_parameters();
  other.line.bias.register_hook([](const Tensor& g) { return full(g.shape(), NAN); });
  Trainer unlucky(other, other_adam, {.epochs = 1, .quiet = true});
  {
    const std::string message = message_of<std::runtime_error>([&] { unlucky.run(); });
    CHECK(has(message, "step 1"));
    CHECK(has(message, "bias"));
  }
  CHECK(other.line.weight.to_vector<float>()[0] == 0.5f);
}

TEST_CASE("early stopping names the best epoch") {
  LineTask task;
  Adam adam(task.line.named_parameters(), {.lr = 1e-12});
  Trainer trainer(
      task, adam,
      {.epochs = 9, .patience = 2, .score = "valid_loss", .higher_is_better = true, .quiet = true});
  task.before_step = [&](int64_t) {
    task.line.weight.detach().fill_(task.line.weight.to_vector<float>()[0] + 0.01);
  };
  const TrainResult r = trainer.run();
  CHECK(r.best_epoch == 1);
  CHECK(r.epochs == 3);
  CHECK(r.reason == "no better valid_loss in 2 epochs; the best was in epoch 1");
}

TEST_CASE("run folders are not overwritten by accident and not shared") {
  const TempFolder folder;
  {
    RunFolder run = RunFolder::create(folder.path + "/run");
    run.write_config(Json::object());
    CHECK_THROWS_AS(RunFolder::open(folder.path + "/run", true), std::runtime_error);
  }
  {
    const std::string message =
        message_of<std::runtime_error>([&] { RunFolder::create(folder.path + "/run"); });
    CHECK(has(message, "already exists"));
  }
  CHECK_NOTHROW(RunFolder::create(folder.path + "/run", true));
  fs::create_directories(folder.path + "/run/mine");
  fs::remove(folder.path + "/run/config.json");
  {
    const std::string message =
        message_of<std::runtime_error>([&] { RunFolder::create(folder.path + "/run", true); });
    CHECK(has(message, "no run"));
  }
  CHECK(fs::exists(folder.path + "/run/mine"));
  {
    const std::string message =
        message_of<std::runtime_error>([&] { RunFolder::open(folder.path + "/none"); });
    CHECK(has(message, "no such run"));
  }
}

TEST_CASE("a flipped digit of config.json or schema.json is noticed") {
  const TempFolder folder;
  const RunFolder run = RunFolder::create(folder.path + "/run");
  Json value;
  value["mean"] = Json(Json::Array{0.1, 1e-300, -0.0, 12345.678, 7});
  value["name"] = "caf\xC3\xA9 \"x\"";
  for (const std::string name : {"config.json", "schema.json"}) {
    run.write(name, value);
    CHECK(run.read(name) == value);
    const std::string file = run.file(name), bytes = read_file(file);
    const char* const seal = "\"gradus.crc32c\": ";
    REQUIRE(has(bytes, seal));
    for (const std::string part : {"0.1", "12345.678", "7", "caf", seal}) {
      std::string damaged = bytes;
      char& digit = damaged[bytes.find(part) + part.size() - (part == seal ? 0 : 1)];
      digit = digit == '3' ? '4' : '3';
      write_file(file, damaged);
      INFO(damaged);
      const std::string m = message_of<std::runtime_error>([&] { run.read(name); });
      CHECK(m.starts_with(file + ": "));
      CHECK(has(m, "damaged"));
    }
    write_file(file, write_json(parse_json(bytes, file)));  // laid out in another way
    CHECK(run.read(name) == value);
    write_file(file, write_json(value));  // as older versions wrote it
    CHECK(run.read(name) == value);
  }
}

TEST_CASE("a checkpoint of another model is refused and changes nothing") {
  const TempFolder folder;
  train(folder.path + "/run", false);
  struct Other : Module {
    Tensor weight = parameter({2, 3});
    Other() { weight.detach().fill_(4); }
    void visit(Visitor& v) override { v("weight", weight); }
  } other;
  Adam adam(other.named_parameters());
  {
    const std::string message = message_of<std::runtime_error>(
        [&] { load_checkpoint(folder.path + "/run/last.safetensors", other, adam); });
    CHECK(has(message, "last.safetensors"));
    CHECK(has(message, "bias"));
  }
  CHECK(other.weight.to_vector<float>()[0] == 4);
  {
    const std::string message = message_of<std::runtime_error>(
        [&] { load_checkpoint(folder.path + "/run/model.safetensors", other, adam); });
    CHECK(has(message, "not a checkpoint"));
  }
}

TEST_CASE("without a score the last epoch is the best one and patience has no effect") {
  const TempFolder folder;
  struct NotEvaluated : LineTask {
    Json evaluate() override { return Json::object(); }
  };
  const auto train_on = [&](RunFolder& run, bool resume, int64_t steps) {
    default_generator() = Generator(3);
    NotEvaluated task;
    Adam adam(task.line.named_parameters(), {.lr = 0.05});
    Trainer trainer(task, adam,
                    {.epochs = 4, .steps = steps, .patience = 1, .score = "", .quiet = true}, &run);
    if (resume) REQUIRE(trainer.resume());
    return trainer.run();
  };
  RunFolder whole = RunFolder::create(folder.path + "/whole");
  const TrainResult r = train_on(whole, false, 0);
  CHECK(r.best_epoch == 4);
  CHECK(r.reason == "all epochs are done");
  RunFolder parts = RunFolder::create(folder.path + "/parts");
  CHECK(train_on(parts, false, 10).best_epoch == 2);
  CHECK(train_on(parts, true, 0).best_epoch == 4);
  CHECK(read_safetensors(whole.file("model.safetensors")).tensors.at("weight").to_vector<float>() ==
        read_safetensors(parts.file("model.safetensors")).tensors.at("weight").to_vector<float>());
}

}  // namespace train_trainer_test
