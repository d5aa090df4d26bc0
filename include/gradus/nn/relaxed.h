// SPDX-License-Identifier: MIT
// Differentiable random choices (with straight_through of ops/elementwise.h), and distillation.
// Next: nn/moe.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

struct GumbelSoftmax {
  double tau = 1;     // temperature: samples approach one-hot as it goes to 0
  bool hard = false;  // one-hot, with the gradient of the soft sample
  int axis = -1;
  Generator* generator = nullptr;  // default_generator() by default
};
/// A relaxed random sample: approximates a one-hot vector of a class drawn from softmax(logits).
///   y = softmax((logits + g) / tau),  g = -log(-log(u)), u uniform in (0, 1)
/// logits: any shape with that axis -> y: the same; f32, f64. Throws std::invalid_argument:
/// tau <= 0, axis. Source: Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017.
Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmax& options = {});

struct Distillation {
  double temperature = 2;  // T
  double alpha = 0.5;      // weight of the teacher; 1: teacher only
  int64_t ignore_index = -100;
};
/// The loss of a student against a teacher and, if given, the targets:
///   alpha T^2 KL(softmax(teacher / T) || softmax(student / T)) + (1 - alpha) cross_entropy
/// T^2 makes the gradient magnitude independent of T. student, teacher: logits [N, V], targets: [N]
/// i64, or undefined for alpha = 1 -> scalar, the mean over rows. The teacher gets no gradient.
/// Throws std::invalid_argument: shapes, T <= 0, alpha outside 0..1, targets missing.
/// Source: Hinton, Vinyals, Dean 2015, section 2.
Tensor distillation_loss(const Tensor& student, const Tensor& teacher, const Tensor& targets = {},
                         const Distillation& options = {});

}  // namespace gradus
