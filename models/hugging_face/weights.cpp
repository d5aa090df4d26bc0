// SPDX-License-Identifier: MIT
// Names and shapes of the tensors of GPT-2 and BERT, and their conversion.
#include "models/hugging_face/weights.h"

#include <cmath>
#include <set>

#include "gradus/autograd/node.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

std::string numbered(const char* before, int64_t layer) { return text({before, layer, "."}); }

// Appends tensors to a list; the prefixes of both sides are given once.
class Writer {
 public:
  Writer(ForeignLayout& out, std::string ours, std::string theirs)
      : out_(out), ours_(std::move(ours)), theirs_(std::move(theirs)) {}
  void one(const std::string& ours, const std::string& theirs, Shape shape, bool turned = false) {
    out_.push_back({ours_ + ours, {theirs_ + theirs}, shape, turned});
  }
  /// NAME.weight [size] and NAME.bias.
  void norm(const std::string& ours, const std::string& theirs, int64_t size) {
    one(ours + ".weight", theirs + ".weight", {size});
    one(ours + ".bias", theirs + ".bias", {size});
  }
  /// NAME.weight [to, from], or [from, to] for a Conv1D, and NAME.bias [to].
  void linear(const std::string& ours, const std::string& theirs, int64_t from, int64_t to,
              bool conv = false) {
    one(ours + ".weight", theirs + ".weight", conv ? Shape{from, to} : Shape{to, from}, conv);
    one(ours + ".bias", theirs + ".bias", {to});
  }
  /// Three matrices, which form one in_proj_weight in gradus.
  void projections(const std::string& ours, const std::string& theirs, int64_t width) {
    ForeignTensor weight{ours_ + ours + ".in_proj_weight", {}, {width, width}};
    ForeignTensor bias{ours_ + ours + ".in_proj_bias", {}, {width}};
    for (const char* part : {"query", "key", "value"}) {
      weight.theirs.push_back(theirs_ + theirs + part + ".weight");
      bias.theirs.push_back(theirs_ + theirs + part + ".bias");
    }
    out_.push_back(std::move(weight));
    out_.push_back(std::move(bias));
  }

 private:
  ForeignLayout& out_;
  std::string ours_, theirs_;
};

void gpt2_layer(ForeignLayout& out, const GptOptions& o, int64_t layer) {
  Writer w(out, numbered("layers.", layer), numbered("transformer.h.", layer));
  const int64_t C = o.d_model;
  w.norm("norm1", "ln_1", C);
  w.one("self_attn.in_proj_weight", "attn.c_attn.weight", {C, 3 * C}, true);
  w.one("self_attn.in_proj_bias", "attn.c_attn.bias", {3 * C});
  w.linear("self_attn.out_proj", "attn.c_proj", C, C, true);
  w.norm("norm2", "ln_2", C);
  w.linear("linear1", "mlp.c_fc", C, o.feed_forward(), true);
  w.linear("linear2", "mlp.c_proj", o.feed_forward(), C, true);
}

void check_gpt2(const GptOptions& o) {
  const char* why = o.position != GptPosition::learned ? "its positions are not learned"
                    : o.norm != NormKind::layer_norm   ? "its norms are RMSNorm"
                    : o.swiglu                         ? "its feed-forwards have gates (SwiGLU)"
                    : o.num_experts                    ? "it has experts"
                    : o.qk_norm || o.embed_norm ? "it normalises queries, keys or embedded tokens"
                    : o.logit_cap > 0           ? "its logits are capped"
                    : o.activation == Activation::relu_squared ? "it squares relu"
                    : o.kv_heads() != o.nhead                  ? "its heads share keys and values"
                    : o.linear                                 ? "its attention is linear"
                    : o.window                                 ? "its attention has a window"
                                                               : nullptr;
  if (why) argument_error({"gpt2_layout: this model is not a GPT-2: ", why});
}

}  // namespace

// ---- layouts

ForeignLayout gpt2_layout(const GptOptions& o) {
  check_gpt2(o);
  ForeignLayout all;
  Writer w(all, "", "");
  w.one("wte.weight", "transformer.wte.weight", {o.vocab, o.d_model});
  w.one("wpe.weight", "transformer.wpe.weight", {o.block, o.d_model});
  for (int64_t i = 0; i < o.layers; ++i) gpt2_layer(all, o, i);
  w.norm("ln_f", "transformer.ln_f", o.d_model);
  if (!o.tied) w.one("lm_head.weight", "lm_head.weight", {o.vocab, o.d_model});
  return all;
}

ForeignLayout bert_layout(const BertOptions& o, const std::string& ours,
                          const std::string& before) {
  ForeignLayout all;
  const int64_t C = o.d_model;
  Writer w(all, ours, before);
  const auto table = [&](const std::string& name, int64_t rows) {
    w.one("embeddings." + name, "embeddings." + name, {rows, C});
  };
  table("word_embeddings.weight", o.vocab);
  table("position_embeddings.weight", o.block);
  if (o.segments) table("token_type_embeddings.weight", o.segments);
  w.norm("embeddings.LayerNorm", "embeddings.LayerNorm", C);
  for (int64_t i = 0; i < o.layers; ++i) {
    const std::string at = numbered("encoder.layer.", i);
    Writer layer(all, ours + at, before + at);
    layer.projections("self_attn", "attention.self.", C);
    layer.linear("self_attn.out_proj", "attention.output.dense", C, C);
    layer.norm("norm1", "attention.output.LayerNorm", C);
    layer.linear("linear1", "intermediate.dense", C, o.feed_forward());
    layer.linear("linear2", "output.dense", o.feed_forward(), C);
    layer.norm("norm2", "output.LayerNorm", C);
  }
  if (o.pooler) w.linear("pooler.dense", "pooler.dense", C, C);
  return all;
}

ForeignLayout masked_lm_layout(const BertOptions& o) {
  ForeignLayout all = bert_layout(o, "bert.", "bert.");
  Writer w(all, "cls.predictions.", "cls.predictions.");
  w.one("bias", "bias", {o.vocab});
  w.linear("transform.dense", "transform.dense", o.d_model, o.d_model);
  w.norm("transform.LayerNorm", "transform.LayerNorm", o.d_model);
  return all;
}

// ---- names
namespace {

bool equal(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         a.to_vector<double>() == b.to_vector<double>();
}

void put(StateDict& all, const std::string& name, const Tensor& x) {
  if (!all.emplace(name, x).second)
    argument_error({"the file has ", printable(name, 200), " under two names"});
}

// Removes `copy`, a tied copy of `to`; if `to` is missing, renames `copy` to it.
void untie(StateDict& all, const std::string& copy, const std::string& to) {
  const auto at = all.find(copy);
  if (at == all.end()) return;
  const Tensor x = at->second;
  all.erase(at);
  const auto [original, was_missing] = all.emplace(to, x);
  if (!was_missing && !equal(x, original->second))
    argument_error({copy, " differs from ", to, ", to which the model ties it"});
}

// Maps gamma and beta, the names in LayerNorms of early checkpoints, to weight and bias.
std::string newer(const std::string& name) {
  for (const auto& [old, now] : {std::pair(".gamma", ".weight"), {".beta", ".bias"}})
    if (name.ends_with(old))
      return name.substr(0, name.size() - std::string_view(old).size()) + now;
  return name;
}

bool starts(const std::string& name, const char* with) { return name.starts_with(with); }

bool is_causal_mask(const std::string& name) {
  return starts(name, "transformer.h.") &&
         (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
}

bool counts_places(const std::string& name) {
  return name == "embeddings.position_ids" || name == "embeddings.token_type_ids";
}

}  // namespace

StateDict gpt2_names(const StateDict& file, bool tied) {
  StateDict all;
  for (const auto& [name, x] : file) {
    const bool bare =
        starts(name, "wte.") || starts(name, "wpe.") || starts(name, "h.") || starts(name, "ln_f.");
    const std::string full = bare ? text({"transformer.", name}) : name;
    if (!is_causal_mask(full)) put(all, full, x);
  }
  if (tied) untie(all, "lm_head.weight", "transformer.wte.weight");
  return all;
}

StateDict bert_names(const StateDict& file) {
  StateDict all;
  for (const auto& [name, x] : file) {
    const std::string plain = newer(starts(name, "bert.") ? name.substr(5) : name);
    if (!counts_places(plain)) put(all, plain, x);
  }
  return all;
}

StateDict masked_lm_names(const StateDict& file, std::vector<std::string>& left_out) {
  StateDict all;
  for (const auto& [name, x] : bert_names(file)) {
    const bool encoder =
        starts(name, "embeddings.") || starts(name, "encoder.") || starts(name, "pooler.");
    if (starts(name, "cls.seq_relationship.")) left_out.push_back(name);
    else put(all, encoder ? text({"bert.", name}) : name, x);
  }
  untie(all, "cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight");
  untie(all, "cls.predictions.decoder.bias", "cls.predictions.bias");
  return all;
}

// ---- conversion
namespace {

int64_t first_not_finite(const Tensor& x) {
  const float* v = x.data<float>();
  for (int64_t i = 0; i < x.numel(); ++i)
    if (!std::isfinite(v[i])) return i;
  return -1;
}

}  // namespace

std::string name_in_file(const StateDict& file, const std::string& name) {
  for (const std::string before : {"bert.", "transformer."}) {
    const bool has = starts(name, before.c_str());
    const std::string other = has ? name.substr(before.size()) : before + name;
    for (const std::string& one : {name, other}) {
      if (file.contains(one)) return one;
      for (const auto& [now, old] : {std::pair(".weight", ".gamma"), {".bias", ".beta"}})
        if (one.ends_with(now))
          if (const std::string early = one.substr(0, one.rfind('.')) + old; file.contains(early))
            return early;
    }
    // It is missing: use the prefix if the other names of the file have it.
    const auto of_prefix = [&](const auto& entry) { return starts(entry.first, before.c_str()); };
    const bool prefixed = std::any_of(file.begin(), file.end(), of_prefix);
    if (has != prefixed && (has || before == "bert.") && !starts(name, "cls.")) return other;
    if (has) return name;
  }
  return name;
}

// ---- mismatches
namespace {

// The problem with a tensor of the file, or "".
std::string misfit(const Tensor& x, const Shape& expected) {
  if (x.shape() != expected) return text({" has shape ", x.shape(), ", expected ", expected});
  if (x.dtype() != DType::f32) return text({" is ", name(x.dtype()), ", expected f32"});
  const int64_t bad = first_not_finite(x);
  return bad < 0 ? std::string() : text({" has ", x.data<float>()[bad], " at ", bad});
}

}  // namespace

std::string misfits(const StateDict& theirs, const ForeignLayout& layout, const NameInFile& shown) {
  const NameInFile show = shown ? shown : [](const std::string& name) { return name; };
  std::set<std::string> known;
  std::string problems;
  for (const ForeignTensor& t : layout)
    for (const std::string& name : t.theirs) {
      known.insert(name);
      const auto at = theirs.find(name);
      const std::string wrong = at == theirs.end() ? " is missing" : misfit(at->second, t.shape);
      if (!wrong.empty()) problems += "\n  " + show(name) + wrong;
    }
  for (const auto& [name, x] : theirs)
    if (!known.count(name)) {
      const std::string near = nearest_of(name, known);
      problems += "\n  " + printable(show(name), 200) + " is not part of the model";
      if (!near.empty() && !theirs.count(near)) problems += "; the nearest name is " + show(near);
    }
  return problems;
}

StateDict from_hugging_face(const StateDict& theirs, const ForeignLayout& layout,
                            const NameInFile& shown) {
  if (const std::string problems = misfits(theirs, layout, shown); !problems.empty())
    argument_error({"nothing was imported:", problems});
  const NoGrad no_grad;
  StateDict ours;
  for (const ForeignTensor& t : layout) {
    std::vector<Tensor> parts;
    for (const std::string& name : t.theirs) parts.push_back(theirs.at(name));
    const Tensor whole = parts.size() == 1 ? parts[0] : cat(parts, 0);
    ours[t.name] = t.transposed ? transpose(whole, 0, 1).contiguous_data() : whole;
  }
  return ours;
}

StateDict to_hugging_face(const StateDict& ours, const ForeignLayout& layout) {
  const NoGrad no_grad;
  StateDict theirs;
  for (const ForeignTensor& t : layout) {
    const auto at = ours.find(t.name);
    const bool may_lack =
        t.name.ends_with("bias") || t.name.ends_with("token_type_embeddings.weight");
    if (at == ours.end() && !may_lack)
      argument_error({"to_hugging_face: the model has no ", t.name});
    const int64_t rows = t.transposed ? t.shape[1] : t.shape[0];
    for (size_t i = 0; i < t.theirs.size(); ++i) {
      Tensor part = zeros(t.shape);
      if (at != ours.end()) part = narrow(at->second, 0, static_cast<int64_t>(i) * rows, rows);
      if (at != ours.end() && t.transposed) part = transpose(part, 0, 1);
      theirs[t.theirs[i]] = part.contiguous_data();
    }
  }
  return theirs;
}

}  // namespace gradus
