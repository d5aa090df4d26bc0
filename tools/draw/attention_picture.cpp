// SPDX-License-Identifier: MIT
// Picks the attention of one layer and head.
#include "tools/draw/attention_picture.h"

#include "gradus/autograd/node.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/train/answers.h"
#include "tools/cli/cli.h"

namespace gradus::tools {

AttentionRecords recorded_attention(Module& model, const std::function<void()>& call) {
  const NoGrad no_grad;
  model.eval();
  model.set_names();
  AttentionRecorder seen;
  call();
  return std::move(seen.records);
}

void check_example(const AttentionChoice& choice, int64_t count) {
  if (choice.example >= count)
    usage_error({"--example ", choice.example, ": expected 0 to ", count - 1});
}

AttentionPicture chosen_attention(const AttentionRecords& seen, const std::string& before,
                                  const std::string& after, const AttentionChoice& choice) {
  std::vector<Tensor> layers;
  for (const auto& [name, weights] : seen)
    if (name.starts_with(before) && name.ends_with(after)) layers.push_back(weights);
  const auto count = static_cast<int64_t>(layers.size());
  if (count == 0)
    usage_error(
        {"the model has no attention layers; without --out, the importance of each step is "
         "computed in other ways"});
  if (choice.layer >= count)
    usage_error({"--layer ", choice.layer, ": the model has ", count, ", from 0 to ", count - 1});
  const int64_t layer = choice.layer < 0 ? count - 1 : choice.layer;
  const Tensor heads = select(layers[static_cast<size_t>(layer)], 0, 0);  // [H, T, S]
  const int64_t head_count = heads.size(0);
  if (choice.head >= head_count)
    usage_error(
        {"--head ", choice.head, ": the layer has ", head_count, ", from 0 to ", head_count - 1});
  check_answers(heads, "head");
  AttentionPicture p;
  p.weights = choice.head < 0 ? mean(heads, {0}) : select(heads, 0, choice.head);
  p.layers = count;
  p.heads = head_count;
  p.layer = layer;
  p.head = choice.head;
  p.title =
      text({"layer ", layer, ", "}) +
      (choice.head < 0 ? text({"mean of ", head_count, " heads"}) : text({"head ", choice.head}));
  return p;
}

}  // namespace gradus::tools
