// SPDX-License-Identifier: MIT
// Unevenly sampled series: real times as positions against the numbers of the steps.
#include <algorithm>

#include "gradus/autograd/node.h"
#include "gradus/nn/position.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "models/sequence_classifier.h"
#include "tools/lab/fit.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_times {

constexpr int64_t steps = 8;
constexpr double half = 12, day = 24;

struct Sample {
  Tensor values, times, labels;
  std::vector<int64_t> lengths;
};
// One of 8 records shows a fault: value 1. Class 1 if it was in the second half of the day; the
// position of that record, first to last, is no clue.
Sample sample(int64_t rows, Generator& gen) {
  Sample s{zeros({rows, steps, 1}), zeros({rows, steps}, DType::f64), randint(0, 2, {rows}, gen),
           std::vector<int64_t>(static_cast<size_t>(rows), steps)};
  float* values = s.values.mutable_data<float>();
  double* times = s.times.mutable_data<double>();
  for (int64_t r = 0; r < rows; ++r, times += steps, values += steps) {
    const int64_t at = gen.below(steps);
    const double fault = half * (static_cast<double>(s.labels.data<int64_t>()[r]) + gen.uniform());
    for (int64_t i = 0; i < steps; ++i)
      times[i] = i < at ? fault * gen.uniform() : fault + (day - fault) * gen.uniform();
    times[at] = fault;
    std::sort(times, times + steps);
    values[at] = 1;
  }
  return s;
}

double accuracy(const Experiment& e, SeriesPosition position) {
  Generator gen(e.seed());
  SequenceClassifier model({.encoder = {.features = 1,
                                        .d_model = 32,
                                        .layers = 1,
                                        .dim_feedforward = 64,
                                        .dropout = 0,
                                        .position = position},
                            .classes = 2},
                           gen);
  fit(model, {.steps = e.reduced() ? 300 : 600, .lr = 5e-3}, [&](int64_t) {
    const Sample s = sample(64, gen);
    return cross_entropy(model(s.values, s.times, s.lengths), s.labels);
  });
  const NoGrad no_grad;
  const Sample s = sample(1000, gen);
  return sum(argmax(model(s.values, s.times, s.lengths), -1) == s.labels).item() / 1000;
}

void run(Experiment& e) {
  const Tensor by_time = sinusoidal(arange(0, 8, 1, DType::f64), 16);
  const double integer = largest_difference(by_time, sinusoidal(8, 16));
  const DefaultDType narrow(DType::f32);
  const double step = accuracy(e, SeriesPosition::step);
  const double time = e.broken() ? step : accuracy(e, SeriesPosition::time);
  const double learned = e.broken() ? step : accuracy(e, SeriesPosition::learned_time);
  Table table{.columns = {{"position"}, {"accuracy", 3}},
              .rows = {{std::string("time of the record"), time},
                       {std::string("learned code of the time"), learned},
                       {std::string("number of the step"), step}},
              .title = "Was the fault in the second half of the day? (guessing: 0.5)"};
  e.table(table);
  e.above(14, "accuracy with real times", time, 0.95);
  e.below(14, "accuracy with step numbers", step, 0.7);
  e.below(14, "codes of times 0 … 7 − codes of steps 0 … 7", integer, 1e-12);
}

}  // namespace lab_times

LabPage times_page() {
  return {.name = "times",
          .chapter = "training",
          .title = "Uneven series need real times",
          .items = {14},
          .claim =
              "When records come at uneven times, the number of a record does not say when it "
              "was made. A transformer can use the time itself as position; for times 0, 1, "
              "2, … that is the usual encoding.",
          .formula = "PE(t)₂ᵢ = sin(t / 10000^(2i/d)),  PE(t)₂ᵢ₊₁ = cos(…)     t any real number",
          .breaks = "all models use the number of the step",
          .read = {{"include/gradus/nn/position.h", "Tensor sinusoidal(const Tensor& times"},
                   {"models/series_encoder.h", "enum class SeriesPosition"}},
          .next = "train classify --help",
          .questions = {{"Could an LSTM use the times?",
                         "Yes, as an input column: the gap since the last record, which gradus "
                         "adds when times are uneven (--time-gap)."},
                        {"The unit of time matters. Why?",
                         "The fastest sine turns once in 6.3 units. Times in seconds over years "
                         "turn it millions of times: choose a unit of about one record."}},
          .correction =
              "text 000 calls series of uneven times impossible for LSTM and TCN; with "
              "the gap as an input column both read them.",
          .reduced = "300 steps instead of 600",
          .run = lab_times::run};
}

}  // namespace gradus::tools
