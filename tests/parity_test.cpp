// SPDX-License-Identifier: MIT
// Compares gradus with PyTorch's results: tests/parity/cases, made by make_cases.py beside them,
// and the shared cases if they are available.
#include "check/parity.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "gradus/tensor/tensor.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;
namespace fs = std::filesystem;

namespace parity_test {

using check::ParityResult;
using check::run_parity;
using Verdict = ParityResult::Verdict;

std::vector<std::string> cases_in(const std::string& folder) {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") all.push_back(entry.path().string());
  std::sort(all.begin(), all.end());
  return all;
}
const std::string own = "tests/parity/cases";

// A case with one change, in its own file.
ParityResult changed(const std::string& name, const std::function<void(TensorFile&)>& change) {
  TempFolder folder;
  TensorFile file = read_safetensors(own + "/" + name + ".safetensors");
  change(file);
  write_safetensors(folder.path + "/case.safetensors", file);
  return run_parity(folder.path + "/case.safetensors");
}

// The reason why a changed case is unknown.
std::string reason(const char* name, const std::function<void(TensorFile&)>& change) {
  const ParityResult r = changed(name, change);
  CHECK(r.verdict == Verdict::unknown);
  return r.reason;
}

std::function<void(TensorFile&)> with(const char* key, const char* value) {
  return [=](TensorFile& f) { f.metadata[key] = value; };
}

std::function<void(TensorFile&)> one_more(const char* name) {
  return [=](TensorFile& f) { f.tensors[name] = ones({1}, DType::f64); };
}

TEST_CASE("every own case passes and every target has one", "[parity]") {
  std::set<std::string> targets;
  const std::vector<std::string> files = cases_in(own);
  CHECK(files.size() >= 400);
  for (const std::string& path : files) {
    const ParityResult r = run_parity(path);
    INFO(r.name << ": " << r.worst << " " << r.tensor << " " << r.reason);
    CHECK(r.verdict == (r.torch.starts_with("<") ? Verdict::unknown : Verdict::pass));
    std::string target = read_safetensors(path).metadata.at("target");
    if (const std::string method = "torch.Tensor."; target.starts_with(method))
      target = "torch." + target.substr(method.size());
    targets.insert(target);
  }
  const std::set<std::string> same = {// other names of targets that have cases
                                      "torch.absolute",
                                      "torch.broadcast_to",
                                      "torch.clip",
                                      "torch.concat",
                                      "torch.concatenate",
                                      "torch.contiguous",
                                      "torch.divide",
                                      "torch.multiply",
                                      "torch.negative",
                                      "torch.nn.functional.relu",
                                      "torch.nn.functional.sigmoid",
                                      "torch.nn.functional.tanh",
                                      "torch.nn.LogSigmoid",
                                      "torch.special.expit",
                                      "torch.subtract",
                                      "torch.swapaxes",
                                      "torch.true_divide",
                                      "torch.view"};
  for (const std::string& target : check::parity_targets()) {
    INFO(target);
    CHECK((targets.count(target) || same.count(target)));
  }
}

TEST_CASE("a case names the versions of PyTorch it is for if they differ", "[parity]") {
  int before = 0, from = 0;
  for (const std::string& path : cases_in(own)) {
    const std::string name = fs::path(path).stem().string();
    const ParityResult r = run_parity(path);
    INFO(name << ": " << r.reason);
    CHECK(has(r.source, "torch 2.1"));
    if (r.torch.empty()) continue;
    if (r.torch == "<2.14") {
      ++before;
      CHECK(has(r.reason, "the case is for torch <2.14; gradus follows 2.14"));
      // The versions do differ here.
      const auto forget = [](TensorFile& f) { f.metadata.erase("torch"); };
      CHECK(changed(name, forget).verdict == Verdict::fail);
    } else {
      ++from;
      CHECK(r.torch == ">=2.14");
      CHECK(r.verdict == Verdict::pass);
    }
  }
  CHECK(before >= 10);
  CHECK(before == from);
  const auto verdict_for = [](const char* range) {
    return changed("mul_same", with("torch", range)).verdict;
  };
  for (const char* range : {">=2.14", ">=2.9", ">=1.20", "<2.15", "<3.0"})
    CHECK(verdict_for(range) == Verdict::pass);
  for (const char* range : {">=2.15", ">=3.0", "<2.14", "<1.99"})
    CHECK(verdict_for(range) == Verdict::unknown);
  for (const char* range : {"2.14", ">=2", "=2.14", ">=2.14.1", ">=two.x"})
    CHECK(has(reason("mul_same", with("torch", range)), "not a version range"));
}

TEST_CASE("gradus parity reports which version of PyTorch computed a case", "[parity]") {
  const auto printed = [](const std::string& name) {
    return run(gradus_program() + " parity " + own + "/" + name + ".safetensors").out;
  };
  CHECK(has(printed("clamp_at_min"), "pass clamp_at_min 0.0e+00 out/0 (for torch >=2.14)"));
  CHECK(has(printed("clamp_at_min_before_2_14"),
            "unknown clamp_at_min_before_2_14 the case is for torch <2.14; gradus follows 2.14"));
  TempFolder folder;
  TensorFile file = read_safetensors(own + "/clamp_at_min_before_2_14.safetensors");
  file.metadata.erase("torch");
  write_safetensors(folder.path + "/old.safetensors", file);
  const Finished old = run(gradus_program() + " parity " + folder.path + "/old.safetensors");
  CHECK(old.status == 1);
  CHECK(has(old.out, "FAIL old"));
  CHECK(has(old.out, "(computed by torch 2.13.0+cpu; gradus follows torch 2.14)"));
}

TEST_CASE("the shared parity cases pass", "[parity]") {
  for (const std::string& path : cases_in(shared_folder("parity"))) {
    const ParityResult r = run_parity(path);
    INFO(r.name << ": " << r.worst << " " << r.tensor << " " << r.reason);
    CHECK(r.verdict == Verdict::pass);
  }
}

TEST_CASE("a wrong number in any tensor fails and names the tensor", "[parity]") {
  for (const char* name : {"nn_Linear", "nn_LSTM_2_2_both_batch_bias", "F_cross_entropy_mean"})
    for (const auto& [tensor, x] : read_safetensors(own + "/" + name + ".safetensors").tensors) {
      if (!tensor.starts_with("out/") && !tensor.starts_with("grad/")) continue;
      const ParityResult r = changed(name, [&](TensorFile& f) {
        Tensor& t = f.tensors.at(tensor);
        t = t.clone_data();
        t.mutable_data<double>()[t.numel() - 1] += 1e-7;
      });
      INFO(name << " " << tensor);
      CHECK(r.verdict == Verdict::fail);
      CHECK(r.tensor == tensor);
    }
}

TEST_CASE("anything unknown makes a case unknown and gives the reason", "[parity]") {
  CHECK(has(reason("nn_Linear", with("target", "torch.nn.Bilinear")), "target torch.nn.Bilinear"));
  CHECK(has(reason("nn_Linear", with("mode", "warm")), "mode warm"));
  CHECK(has(reason("nn_Linear", with("forward", "{\"fast\": true}")), "argument fast"));
  CHECK(has(reason("F_softmax_1", with("config", "{\"dim\": 1, \"sharp\": 2}")), "argument sharp"));
  CHECK(has(reason("F_softmax_1", with("config", "{\"dim\": 1.5}")), "an integer"));
  CHECK(
      has(reason("nn_Linear", [](TensorFile& f) { f.tensors["in/scale"] = ones({1}, DType::f64); }),
          "in/scale is not used"));
  CHECK(has(
      reason("mul_same", [](TensorFile& f) { f.tensors["grad/in/third"] = ones({1}, DType::f64); }),
      "grad/in/third"));
  const ParityResult fewer =
      changed("nn_Linear", [](TensorFile& f) { f.tensors.erase("param/bias"); });
  CHECK(fewer.verdict == Verdict::fail);
  CHECK(has(fewer.reason, "bias"));
  CHECK(has(message_of<std::runtime_error>([] { run_parity("tests/parity/make_cases.py"); }),
            "make_cases.py"));
}

TEST_CASE("an unused tensor or a case without expected values is unknown", "[parity]") {
  CHECK(has(reason("mul_same", one_more("zork")), "zork is not part of a case"));
  CHECK(has(reason("mul_same", one_more("out/x")), "out/x is not part of a case"));
  CHECK(has(reason("mul_same", one_more("cot/9")), "cot/9 belongs to no output"));
  CHECK(has(reason("optim_Adam_0", one_more("param/c")), "param/c is missing in every step"));
  CHECK(has(reason("optim_Adam_0", one_more("step/0/grad/c")), "step/0/grad/c is not part"));
  CHECK(has(reason("mul_same",
                   [](TensorFile& f) {
                     for (const char* name : {"out/0", "grad/in/input", "grad/in/other"})
                       f.tensors.erase(name);
                   }),
            "no expected values"));
  CHECK(has(reason("optim_Adam_0", with("config", "{\"betas\": [0.9]}")), "two numbers"));
  CHECK(has(reason("nn_Linear", with("config",
                                     "{\"in_features\": 4, \"out_features\": 3, "
                                     "\"dtype\": \"torch.float32\"}")),
            "dtype"));
  CHECK(changed("nn_Linear", with("config", "3")).verdict == Verdict::fail);
  CHECK(has(
      reason("clip_grad_norm_0",
             [](TensorFile& f) { f.tensors.erase("in/grads.0"), f.tensors.erase("in/grads.1"); }),
      "in/grads.0"));
  const ParityResult several = changed("nn_Linear", [](TensorFile& f) {
    f.tensors.erase("param/bias"), f.tensors.erase("param/weight");
  });
  CHECK(has(several.reason, "bias"));
  CHECK(has(several.reason, "weight"));
  CHECK(several.reason.find('\n') == std::string::npos);
}

}  // namespace parity_test
