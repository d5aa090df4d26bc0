// SPDX-License-Identifier: MIT
// Files of weights and checkpoints that do not fit: one message for all, and no change.
#include "gradus/train/checkpoint.h"

#include "gradus/io/npz.h"
#include "gradus/nn/basic.h"
#include "gradus/optim/adam.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace train_checkpoint_test {

struct Two : Module {
  Linear first, second;
  explicit Two(double value) : first({3, 2}), second({2, 1}) {
    for (Tensor p : parameters()) p.detach().fill_(value);
  }
  void visit(Visitor& v) override { v("first", first), v("second", second); }
};

// Changes the tensors of a file.
void change(const std::string& path, const std::function<void(StateDict&)>& f) {
  TensorFile file = read_safetensors(path);
  f(file.tensors);
  write_safetensors(path, file);
}

bool all_are(const Module& m, double value) {
  for (const auto& [name, x] : m.state_dict())
    for (double v : x.to_vector<double>())
      if (v != value) return false;
  return true;
}

TEST_CASE("a file of weights that does not fit gives one full message and changes nothing",
          "[train]") {
  const TempFolder folder;
  const std::string path = folder.path + "/w.safetensors";
  Two from(1), to(2);
  save_weights(path, from);
  change(path, [](StateDict& t) {
    t.erase("first.bias"), t.erase("second.bias");
    t["first.weight"] = zeros({3, 2});
    t["second.weigth"] = t["second.weight"];
    t["second.weight"] = zeros({1, 2}, DType::i64);
    t["extra"] = zeros({1});
  });
  const std::string message = message_of<std::runtime_error>([&] { load_weights(path, to); });
  for (const char* part :
       {"w.safetensors: ", "first.bias is missing", "second.bias is missing",
        "first.weight has shape [3, 2], expected [2, 3]", "second.weight is i64",
        "second.weigth is not a part of the module; the nearest name is second.weight",
        "extra is not a part of the module"})
    CHECK(has(message, part));
  CHECK(all_are(to, 2));
  write_safetensors(path, {from.state_dict(), {}}, FloatForm::bf16);
  load_weights(path, to);  // bf16 represents 1 exactly
  CHECK(all_are(to, 1));
  Two third(3);
  write_tensors(folder.path + "/w.npz", {third.state_dict(), {}}, FloatForm::f16);
  load_weights(folder.path + "/w.npz", to);
  CHECK(all_are(to, 3));
  write_tensors(folder.path + "/w", {from.state_dict(), {}});
  CHECK(read_safetensors(folder.path + "/w").tensors.size() == 4);
}

TEST_CASE("a checkpoint that does not fit names parts of model and optimiser", "[train]") {
  const TempFolder folder;
  const std::string path = folder.path + "/c.safetensors";
  Two from(1), to(2);
  Adam trained(from.named_parameters()), fresh(to.named_parameters());
  for (Tensor p : from.parameters()) p.set_grad(ones_like(p));
  trained.step();
  const auto refused = [&](const std::function<void(StateDict&)>& f) {
    save_checkpoint(path, from, trained, Json::object());
    change(path, f);
    const std::string message =
        message_of<std::runtime_error>([&] { load_checkpoint(path, to, fresh); });
    CHECK(all_are(to, 2));
    CHECK(fresh.state_dict().empty());
    CHECK(has(message, "c.safetensors: "));
    return message;
  };
  const auto model = [](StateDict& t) { t.erase("model.first.bias"); };
  const auto optimizer = [](StateDict& t) {
    t.erase("optimizer.second.bias.exp_avg");
    t["optimizer.other"] = ones({1});
  };
  CHECK(has(refused(model), "first.bias is missing"));
  CHECK(has(refused(optimizer), "second.bias.exp_avg is missing"));
  const std::string both = refused([&](StateDict& t) { model(t), optimizer(t); });
  for (const char* part :
       {"first.bias is missing", "second.bias.exp_avg is missing", "other belongs to no parameter"})
    CHECK(has(both, part));
}

}  // namespace train_checkpoint_test
