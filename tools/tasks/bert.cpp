// SPDX-License-Identifier: MIT
// Checks the settings of a BERT, makes its options of them, and labels its attention.
#include "tools/tasks/bert.h"

#include "tools/tasks/text_settings.h"

namespace gradus::tools {

void set_bert_defaults(TrainSettings& common) {
  common.dim_feedforward = 0;
  common.norm_first = false;
  common.activation = Activation::gelu;
}

void check_bert(const Settings& s, TrainSettings& common) {
  for (const char* key : {"norm_first", "activation"})
    if (s.at(key).origin == Origin::flag)
      usage_error({s.at(key).option(), " cannot be chosen: a BERT is post-norm, with GELU"});
  if (s.at("dim_feedforward").origin == Origin::standard && common.dim_feedforward == 0)
    common.dim_feedforward = 4 * common.d_model;
}

BertOptions bert_options(const BertOptions& beyond, const TrainSettings& common,
                         const Tokenizer& tokenizer, int64_t block) {
  BertOptions o = beyond;
  o.vocab = tokenizer.size();
  o.block = block;
  o.d_model = common.d_model;
  o.nhead = common.nhead;
  o.layers = common.layers;
  o.dim_feedforward = common.dim_feedforward;
  o.dropout = common.dropout;
  return o;
}

AttentionPicture text_attention(Module& model, const std::function<void(const TokenBatch&)>& call,
                                const Tokenizer& tokenizer, const TokenBatch& one,
                                const AttentionChoice& choice) {
  AttentionPicture p = chosen_attention(recorded_attention(model, [&] { call(one); }),
                                        "bert.encoder.layer.", ".self_attn", choice);
  for (int64_t id : one.ids.to_vector<int64_t>()) p.rows.push_back(token_label(tokenizer, id));
  p.title = text({"example ", choice.example, ", ", p.title});
  p.cols = p.rows;
  p.row_axis = "reads";
  p.col_axis = "attends to";
  return p;
}

}  // namespace gradus::tools
