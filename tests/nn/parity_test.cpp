// SPDX-License-Identifier: MIT
// Layers against PyTorch's own results, forward and backward, from the shared parity cases.
#include <cmath>
#include <filesystem>

#include "gradus/autograd/autograd.h"
#include "gradus/io/json.h"
#include "gradus/io/safetensors.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

// One case of parity/README.md.
struct Case {
  explicit Case(const std::string& name)
      : file(read_safetensors(shared_folder("parity") + "/" + name + ".safetensors")),
        config(parse_json(file.metadata.at("config"), name)) {}

  Tensor at(const std::string& name) const { return file.tensors.at(name); }
  Tensor leaf(const std::string& name) {
    return inputs["in/" + name] = at("in/" + name).requires_grad_();
  }
  void load(Module& m) {
    m.to(DType::f64);
    StateDict state;
    for (const auto& [name, x] : file.tensors)
      if (name.starts_with("param/")) state[name.substr(6)] = x;
    m.load_state_dict(state);
    for (const auto& [name, p] : m.named_parameters()) inputs["param/" + name] = p;
  }
  // Outputs and gradients against the file's.
  void check(const std::vector<Tensor>& outputs) {
    std::vector<Tensor> leaves, cotangents;
    for (size_t k = 0; k < outputs.size(); ++k) {
      close("out/" + std::to_string(k), outputs[k]);
      cotangents.push_back(at("cot/" + std::to_string(k)));
    }
    for (const auto& [name, x] : inputs) leaves.push_back(x);
    const std::vector<Tensor> grads = grad(outputs, leaves, cotangents);
    size_t k = 0;
    for (const auto& [name, x] : inputs) close("grad/" + name, grads[k++]);
  }
  void close(const std::string& name, const Tensor& x) const {
    double scale = 1;
    for (double v : at(name).to_vector<double>()) scale = std::max(scale, 1 + std::abs(v));
    const double worst = worst_gap(x, at(name)) / scale;
    INFO(name << ": error " << worst);
    CHECK(worst <= 1e-10);
  }
  // True = hidden, [B, S] -> for all queries.
  Mask key_padding(const std::string& name) const {
    return Mask::hidden(unsqueeze(at("in/" + name), 1));
  }

  TensorFile file;
  Json config;
  std::map<std::string, Tensor> inputs;
};

}  // namespace

TEST_CASE("torch.nn.Linear", "[parity]") {
  Case c("linear");
  Linear layer({c.config.at("in_features").integer(), c.config.at("out_features").integer()});
  c.load(layer);
  c.check({layer(c.leaf("input"))});
}

TEST_CASE("torch.nn.MultiheadAttention with padding and weights", "[parity]") {
  Case c("mha_padding");
  MultiheadAttention layer({.embed_dim = c.config.at("embed_dim").integer(),
                            .num_heads = c.config.at("num_heads").integer()});
  c.load(layer);
  const Tensor q = c.leaf("query"), k = c.leaf("key"), v = c.leaf("value");
  const Mask mask = c.key_padding("key_padding_mask");
  const auto [output, weights] = layer.with_weights(q, k, v, mask, false);
  c.check({output, weights});
  c.close("out/0", layer(q, k, v, mask));
}

TEST_CASE("torch.nn.Transformer, pre-norm, with masks", "[parity]") {
  Case c("transformer_prenorm");
  Transformer model({.d_model = c.config.at("d_model").integer(),
                     .nhead = c.config.at("nhead").integer(),
                     .num_encoder_layers = c.config.at("num_encoder_layers").integer(),
                     .num_decoder_layers = c.config.at("num_decoder_layers").integer(),
                     .dim_feedforward = c.config.at("dim_feedforward").integer(),
                     .dropout = c.config.at("dropout").number(),
                     .activation = Activation::gelu,
                     .norm_first = c.config.at("norm_first").boolean()});
  c.load(model);
  const Tensor src = c.leaf("src"), tgt = c.leaf("tgt");
  c.check({model(src, tgt,
                 {.src = c.key_padding("src_key_padding_mask"),
                  .tgt = Mask::hidden(c.at("in/tgt_mask")),
                  .memory = c.key_padding("memory_key_padding_mask")})});
}

TEST_CASE("torch.nn.functional.softmax and cross_entropy", "[parity]") {
  Case s("softmax_dim1");
  s.check({softmax(s.leaf("input"), static_cast<int>(s.config.at("dim").integer()))});
  Case c("cross_entropy_ignore");
  c.check({cross_entropy(c.leaf("input"), c.at("in/target"),
                         {.ignore_index = c.config.at("ignore_index").integer(),
                          .label_smoothing = c.config.at("label_smoothing").number()})});
}

TEST_CASE("torch.nn.GRU, two layers, both directions, and torch.nn.LSTM", "[parity]") {
  Case g("gru_bidirectional");
  GRU gru({.input_size = 3, .hidden_size = 4, .num_layers = 2, .bidirectional = true});
  g.load(gru);
  const RecurrentResult r = gru(g.leaf("input"), {}, g.leaf("hx"));
  g.check({r.output, r.h_n});
  Case l("lstm");
  LSTM lstm({.input_size = 3, .hidden_size = 4});
  l.load(lstm);
  const LstmResult s = lstm(l.leaf("input"), {}, l.leaf("hx.0"), l.leaf("hx.1"));
  l.check({s.output, s.h_n, s.c_n});
}
