// SPDX-License-Identifier: MIT
// Checks the settings of a BERT, and makes its options of them.
#include "tools/tasks/bert_settings.h"

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

}  // namespace gradus::tools
