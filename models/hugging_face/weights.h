// SPDX-License-Identifier: MIT
// Conversion of the weights of GPT-2 and BERT between Hugging Face's files and gradus.
// Next: models/hugging_face/config.h
#pragma once
#include <functional>

#include "models/bert.h"
#include "models/gpt.h"

namespace gradus {

/// One parameter of gradus, and the tensors of a file that are stacked to form it.
struct ForeignTensor {
  std::string name;                 // "layers.0.self_attn.in_proj_weight"
  std::vector<std::string> theirs;  // one, or three: query, key, value
  Shape shape;                      // shape of each of theirs
  bool transposed = false;          // theirs is [in, out], as in a Conv1D of GPT-2
};
using ForeignLayout = std::vector<ForeignTensor>;

/// transformer.wte.weight, transformer.h.0.attn.c_attn.weight, ...; lm_head.weight unless tied.
/// All have biases. Throws std::invalid_argument for options that GPT-2 does not have: positions
/// that are not learned, RMSNorm, SwiGLU, experts, grouped heads, linear attention, windows.
ForeignLayout gpt2_layout(const GptOptions& options);
/// embeddings.*, encoder.layer.0.attention.self.query.weight, ..., of a BertModel. `ours` is the
/// prefix of gradus's names, `before` of theirs.
ForeignLayout bert_layout(const BertOptions& options, const std::string& ours = "",
                          const std::string& before = "");
/// bert.*, cls.predictions.*, of a BertForMaskedLM.
ForeignLayout masked_lm_layout(const BertOptions& options);

/// A file's tensors under the names of gpt2_layout() or bert_layout(): "transformer." is added,
/// "bert." is removed, gamma and beta become weight and bias; buffers (causal masks, position ids)
/// are dropped, as are a decoder and its bias that equal the tensors they are tied to. Unknown
/// names are kept. Throws std::invalid_argument for a tensor under two names and for a tied one
/// that differs.
StateDict gpt2_names(const StateDict& file, bool tied);
StateDict bert_names(const StateDict& file);
/// The same with the prefix "bert." for all but cls.*. A next-sentence head
/// (cls.seq_relationship.*), which masked tokens do not need, is removed and named in `left_out`.
StateDict masked_lm_names(const StateDict& file, std::vector<std::string>& left_out);

/// The name in the file for a name of gpt2_names(), bert_names() or masked_lm_names(). A missing
/// tensor gets the prefix of the others.
std::string name_in_file(const StateDict& file, const std::string& name);
using NameInFile = std::function<std::string(const std::string& name)>;

/// Everything that does not fit, one line each: "\n  NAME is missing", "... has shape [3], expected
/// [4]", "... is not part of the model"; "" if everything fits. `shown` gives the names for the
/// message.
std::string misfits(const StateDict& theirs, const ForeignLayout& layout,
                    const NameInFile& shown = {});
/// Converts their tensors to the names and shapes of gradus. Throws std::invalid_argument with all
/// misfits() in one message.
StateDict from_hugging_face(const StateDict& theirs, const ForeignLayout& layout,
                            const NameInFile& shown = {});
/// Converts back. Biases that a GPT lacks, and segments that a BERT lacks, are zeros.
StateDict to_hugging_face(const StateDict& ours, const ForeignLayout& layout);

}  // namespace gradus
