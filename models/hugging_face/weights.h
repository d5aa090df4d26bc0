// SPDX-License-Identifier: MIT
// Weights of GPT-2 and BERT as the files of Hugging Face hold them, and as gradus does.
// Next: models/hugging_face/config.h
#pragma once
#include <functional>

#include "models/bert.h"
#include "models/gpt.h"

namespace gradus {

/// One parameter of gradus, and the tensors of a file that it is made of, one above the other.
struct ForeignTensor {
  std::string name;                 // "layers.0.self_attn.in_proj_weight"
  std::vector<std::string> theirs;  // one, or three: query, key, value
  Shape shape;                      // of each of theirs
  bool transposed = false;          // theirs is [in, out], as a Conv1D of GPT-2 has it
};
using ForeignLayout = std::vector<ForeignTensor>;

/// transformer.wte.weight, transformer.h.0.attn.c_attn.weight, ...; lm_head.weight unless tied.
/// All with biases. Throws std::invalid_argument for options that no GPT-2 has: positions that are
/// not learned, RMSNorm, SwiGLU, experts, heads in groups, linear attention, windows.
ForeignLayout gpt2_layout(const GptOptions& options);
/// embeddings.*, encoder.layer.0.attention.self.query.weight, ..., of a BertModel. `ours` stands
/// before the names of gradus, `before` before theirs.
ForeignLayout bert_layout(const BertOptions& options, const std::string& ours = "",
                          const std::string& before = "");
/// bert.*, cls.predictions.*, of a BertForMaskedLM.
ForeignLayout masked_lm_layout(const BertOptions& options);

/// A file's tensors under the names of gpt2_layout() or bert_layout(): "transformer." is added,
/// "bert." taken away, gamma and beta become weight and bias, buffers (causal masks, numbers of
/// positions) go, and so do a decoder and its bias that are equal to what they are tied to.
/// Tensors that no name is known for stay as they are. Throws std::invalid_argument for a tensor
/// under two names, and for a tied one that is not equal.
StateDict gpt2_names(const StateDict& file, bool tied);
StateDict bert_names(const StateDict& file);
/// The same with "bert." before all but cls.*. A head for next sentences (cls.seq_relationship.*),
/// which no masked token needs, is taken out and named in `left_out`.
StateDict masked_lm_names(const StateDict& file, std::vector<std::string>& left_out);

/// How a file spells a name of gpt2_names(), bert_names() or masked_lm_names(); of one that it has
/// not, how it would by the prefix of the others.
std::string name_in_file(const StateDict& file, const std::string& name);
using NameInFile = std::function<std::string(const std::string& name)>;

/// What does not fit, a line each: "\n  NAME is missing", "... has shape [3], expected [4]",
/// "... is not a part of the model"; "" where all does.
/// `shown` tells the names for the message.
std::string misfits(const StateDict& theirs, const ForeignLayout& layout,
                    const NameInFile& shown = {});
/// Theirs, under the names and in the shapes of gradus. Throws std::invalid_argument with all
/// misfits() in one message.
StateDict from_hugging_face(const StateDict& theirs, const ForeignLayout& layout,
                            const NameInFile& shown = {});
/// And back. Biases that a GPT does without, and segments that a BERT does without, are zeros.
StateDict to_hugging_face(const StateDict& ours, const ForeignLayout& layout);

}  // namespace gradus
