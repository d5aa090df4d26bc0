// SPDX-License-Identifier: MIT
// Gumbel softmax, distillation.
#include "gradus/nn/relaxed.h"

#include "gradus/autograd/node.h"
#include "gradus/ops/check.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"

namespace gradus {

Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmax& o) {
  check_float("gumbel_softmax", "logits", logits);
  if (!(o.tau > 0)) argument_error({"gumbel_softmax: tau ", o.tau, " must be positive"});
  constexpr double least = 0x1p-54;  // keeps u strictly between 0 and 1
  Tensor noise;
  {
    const NoGrad no_grad;
    Generator& gen = o.generator ? *o.generator : default_generator();
    const Tensor u = add(rand(logits.shape(), gen, DType::f64), least);
    noise = neg(log(neg(log(u)))).to(logits.dtype());
  }
  const Tensor soft = softmax(div(add(logits, noise), o.tau), o.axis);
  if (!o.hard) return soft;
  const Tensor index = argmax(soft, o.axis, true);
  const Tensor zero = zeros(soft.shape(), soft.dtype());
  return straight_through(scatter(zero, o.axis, index, ones(index.shape(), soft.dtype())), soft);
}

Tensor distillation_loss(const Tensor& student, const Tensor& teacher, const Tensor& targets,
                         const Distillation& o) {
  constexpr const char* op = "distillation_loss";
  check_float(op, "student", student);
  check_same_dtype(op, "teacher", teacher, "student", student);
  if (student.dim() != 2 || teacher.shape() != student.shape())
    argument_error({op, ": student ", student.shape(), " and teacher ", teacher.shape(),
                    " must both be [N, V]"});
  if (!(o.temperature > 0) || !(o.alpha >= 0 && o.alpha <= 1))
    argument_error({op, ": temperature ", o.temperature, " must be positive, alpha ", o.alpha,
                    " from 0 to 1"});
  if (o.alpha < 1 && !targets.defined())
    argument_error({op, ": targets are undefined; alpha ", o.alpha, " below 1 needs them"});
  const double T = o.temperature;
  const Tensor goal = log_softmax(div(teacher.detach(), T), -1);
  Tensor loss = mul(kl_div(log_softmax(div(student, T), -1), goal,
                           {.log_target = true, .reduction = Reduction::batchmean}),
                    o.alpha * T * T);
  if (o.alpha < 1)
    loss = add(loss,
               mul(cross_entropy(student, targets, {.ignore_index = o.ignore_index}), 1 - o.alpha));
  return loss;
}

}  // namespace gradus
