// SPDX-License-Identifier: MIT
// Random choices with a gradient, by straight_through of ops/elementwise.h, and learning from
// another model's probabilities.
// Next: nn/moe.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

struct GumbelSoftmax {
  double tau = 1;     // temperature: towards 0 samples become one-hot
  bool hard = false;  // one-hot, with the gradient of the soft sample
  int axis = -1;
  Generator* generator = nullptr;  // default_generator() by default
};
/// A random sample near a one-hot vector of class c with probability softmax(logits)_c:
///   y = softmax((logits + g) / tau),  g = -log(-log(u)), u uniform in (0, 1)
/// logits: any shape with that axis -> y: the same; f32, f64. Throws std::invalid_argument:
/// tau <= 0, axis. Source: Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017.
Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmax& options = {});

struct Distillation {
  double temperature = 2;  // T
  double alpha = 0.5;      // share of the teacher; 1: alone
  int64_t ignore_index = -100;
};
/// How far a student is from a teacher and, where given, from the targets:
///   alpha T^2 KL(softmax(teacher / T) || softmax(student / T)) + (1 - alpha) cross_entropy
/// T^2 keeps gradients as large for any T. student, teacher: logits [N, V], targets: [N] i64, or
/// undefined for alpha = 1 -> scalar, the mean over rows. Nothing flows to the teacher.
/// Throws std::invalid_argument: shapes, T <= 0, alpha outside 0..1, targets missing.
/// Source: Hinton, Vinyals, Dean 2015, section 2.
Tensor distillation_loss(const Tensor& student, const Tensor& teacher, const Tensor& targets = {},
                         const Distillation& options = {});

}  // namespace gradus
