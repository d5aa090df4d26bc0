// SPDX-License-Identifier: MIT
// Two uses of softmax: a teacher's probabilities as targets, and random choices with a gradient.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/relaxed.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_gumbel {

constexpr int64_t features = 10, classes = 4, few = 40, many = 2000;

// Points, and the class of each: the largest of four linear functions.
struct Points {
  Tensor x, y;
};
Points points(int64_t n, const Tensor& truth, Generator& gen) {
  const Tensor x = randn({n, features}, gen);
  return {x, argmax(linear(x, truth), -1)};
}

// Against the targets alone if there is no teacher.
void train(Linear& student, const Points& data, const Linear* teacher) {
  Adam adam(student, 0.05);
  Tensor taught;
  if (teacher) {
    const NoGrad no_grad;
    taught = (*teacher)(data.x);
  }
  for (int step = 0; step < 200; ++step) {
    adam.zero_grad();
    const Tensor logits = student(data.x);
    (teacher ? distillation_loss(logits, taught, data.y, {.temperature = 2, .alpha = 0.9})
             : cross_entropy(logits, data.y))
        .backward();
    adam.step();
  }
}

double accuracy(const Linear& model, const Points& data) {
  const NoGrad no_grad;
  double right = 0;
  for (bool same : eq(argmax(model(data.x), -1), data.y).to_vector<bool>()) right += same;
  return right / static_cast<double>(data.y.numel());
}

struct Gain {
  double alone = 0, taught = 0;
};
// Means of five students; in the counter-experiment the teacher has not learned anything.
Gain distil(uint64_t seed, bool broken) {
  Gain mean;
  for (uint64_t i = 0; i < 5; ++i) {
    Generator gen(seed, i);
    const Tensor truth = randn({classes, features}, gen);
    const Points large = points(many, truth, gen), small = points(few, truth, gen);
    const Points test = points(many, truth, gen);
    Linear teacher({features, classes}, gen), student({features, classes}, gen);
    Linear pupil = student.clone();
    if (!broken) train(teacher, large, nullptr);
    train(student, small, nullptr);
    train(pupil, small, &teacher);
    mean.alone += accuracy(student, test) / 5;
    mean.taught += accuracy(pupil, test) / 5;
  }
  return mean;
}

// How often each class is drawn: with Gumbel's noise, or with normal noise.
std::vector<double> frequencies(const Tensor& logits, Generator& gen, bool broken) {
  constexpr int64_t draws = 40000;
  const Tensor many_logits = expand(logits, {draws, logits.size(0)});
  if (!broken)
    return mean(gumbel_softmax(many_logits, {.hard = true, .generator = &gen}), {0})
        .to_vector<double>();
  std::vector<double> count(static_cast<size_t>(logits.size(0)));
  const Tensor noisy = many_logits + randn(many_logits.shape(), gen);
  for (int64_t k : argmax(noisy, -1).to_vector<int64_t>())
    count[static_cast<size_t>(k)] += 1.0 / draws;
  return count;
}

void draw_dice(Experiment& e) {
  Generator gen(e.seed(), 9);
  const Tensor logits = tensor({1, 2, 3});
  const std::vector<double> p = softmax(logits, -1).to_vector<double>();
  const std::vector<double> seen = frequencies(logits, gen, e.broken());
  e.chart(BarChart{.title = "40,000 draws from softmax(1, 2, 3)",
                   .axis = "share of the draws",
                   .names = {"z = 1", "z = 2", "z = 3"},
                   .series = {{"softmax", p}, {"drawn", seen}}});
  Table table{.columns = {{"τ", 1}, {"sample of class 1", 3}, {"class 2", 3}, {"class 3", 3}},
              .title = "One draw, relaxed with temperature τ"};
  for (double tau : {5.0, 1.0, 0.1}) {
    Generator same(e.seed(), 10);
    const std::vector<double> y =
        gumbel_softmax(logits, {.tau = tau, .generator = &same}).to_vector<double>();
    table.rows.push_back({tau, y[0], y[1], y[2]});
  }
  e.table(table);
  e.below(42, "draws − softmax, largest difference", largest_difference(p, seen), 0.0075);
}

void run(Experiment& e) {
  const Gain gain = distil(e.seed(), e.broken());
  e.table({.columns = {{"a student of 40 examples"}, {"accuracy on 2,000 new ones", 3}},
           .rows = {{std::string("learns from the right classes"), gain.alone},
                    {std::string("and from a teacher's probabilities"), gain.taught}}});
  e.above(42, "accuracy gained from the teacher, 5 students", gain.taught - gain.alone, 0.05);
  draw_dice(e);
}

}  // namespace lab_gumbel

LabPage gumbel_page() {
  return {.name = "gumbel",
          .chapter = "softmax",
          .title = "A teacher's softmax, and random choices",
          .items = {42},
          .claim =
              "The probabilities of a trained model teach more than the right classes alone, and "
              "the largest of scores plus Gumbel noise is a draw from their softmax.",
          .formula =
              "loss = α T² KL(teacher(T) ‖ student(T)) + (1 − α) CE\n"
              "argmaxᵢ (zᵢ + gᵢ) ~ softmax(z)        g = −ln(−ln u)\n"
              "sample = softmax((z + g) / τ), which has a gradient",
          .breaks = "the teacher is untrained, and the noise is normal",
          .read = {{"src/nn/relaxed.cpp", "Tensor gumbel_softmax("},
                   {"src/nn/relaxed.cpp", "Tensor distillation_loss("}},
          .next = "lab temperature --answers",
          .questions =
              {{"What does the teacher add that the right class does not contain?",
                "How near the other classes are. One example with probabilities 0.6, 0.3, 0.1 and "
                "0 shows where three boundaries run; its class alone shows much less."},
               {"Why does the loss have a factor T²?",
                "Dividing by T shrinks the gradient of the teacher's part by about T². The factor "
                "keeps its weight against the other part when T changes."}},
          .run = lab_gumbel::run};
}

}  // namespace gradus::tools
