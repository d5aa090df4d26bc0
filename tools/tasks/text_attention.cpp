// SPDX-License-Identifier: MIT
// Records and labels the attention of a text encoder.
#include "tools/tasks/text_attention.h"

#include "tools/tasks/text_settings.h"

namespace gradus::tools {

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
