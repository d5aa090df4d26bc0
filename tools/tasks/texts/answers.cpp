// SPDX-License-Identifier: MIT
// Shows texts with their classes, and classifies a text again without each token.
#include "tools/tasks/texts/answers.h"

#include "gradus/autograd/node.h"
#include "gradus/ops/softmax.h"
#include "models/bert_words.h"
#include "tools/app/left_out.h"
#include "tools/tasks/class_report.h"
#include "tools/tasks/text_settings.h"

namespace gradus::tools {

Answers text_answers(const TextTask& task, const std::vector<std::string>& classes) {
  const TextSet& on = task.data.evaluated();
  return class_answers(task.data.evaluated_name(), classes, on.labels, task.figures(on),
                       [&](size_t i) {
                         return ShownAnswer{.name = text({"text ", i}), .input = on.texts[i]};
                       });
}

StepTable token_effects(const TextTask& task, const std::vector<std::string>& classes,
                        int64_t example) {
  const NoGrad no_grad;
  const BertWords words = BertWords::of(*task.tokenizer);
  const Tokens& tokens = task.data.evaluated().tokens[static_cast<size_t>(example)];
  const Tokens ids = bert_batch(words, {&tokens, 1}).ids.to_vector<int64_t>();
  const auto answer = [&](const Tokens& one) {
    const Tensor logits = (*task.bert)(pad({&one, 1}, words.pad).ids, {std::ssize(one)});
    return softmax(logits, -1).to_vector<double>();
  };
  const auto predicted = static_cast<size_t>(predicted_class(answer(ids), {}));
  StepTable t{.title = "fall of the probability of " + printable(classes[predicted], 20)};
  for (int64_t id : ids) t.steps.push_back(token_label(*task.tokenizer, id));
  t.effect = left_out_effects(
      ids, [&](const Tokens& one) { return answer(one)[predicted]; }, 1, 1);
  return t;
}

}  // namespace gradus::tools
