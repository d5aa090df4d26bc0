// SPDX-License-Identifier: MIT
// NaN scores and outputs have no rank and no class: every metric refuses them.
#include "gradus/train/answers.h"

#include <cmath>

#include "gradus/train/metrics.h"
#include "models/tasks/classify_task.h"
#include "models/tasks/language_task.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("metrics of ranks refuse NaN and name its position", "[metrics]") {
  const std::vector<double> scores{0.5, NAN, 0.25, NAN};
  const std::vector<double> numbers{1, 2, 3, 4};
  const std::vector<int64_t> labels{0, 1};
  const std::vector<bool> positive{true, false, true, false};
  const auto refuses = [](const std::function<void()>& f) {
    const std::string message = message_of(f);
    INFO(message);
    CHECK(has(message, " 1 is nan"));
  };
  refuses([&] { auc(scores, positive); });
  refuses([&] { average_precision(scores, positive); });
  refuses([&] { best_threshold(scores, positive, ThresholdAim::f1); });
  refuses([&] { best_threshold(scores, positive, ThresholdAim::balanced); });
  refuses([&] { brier_score(scores, positive); });
  refuses([&] { rank_correlation(scores, numbers); });
  refuses([&] { rank_correlation(numbers, scores); });
  const std::vector<double> rows{0.5, 0.5, 0.5, NAN};
  CHECK(has(message_of([&] { macro_auc(rows, labels, 2); }), "is nan"));
  CHECK(has(message_of([&] { best_threshold(numbers, {true}, ThresholdAim::f1); }),
            "4 probabilities for 1 labels"));
}

TEST_CASE("infinite scores have a rank", "[metrics]") {
  CHECK(auc(std::vector<double>{-INFINITY, 0, INFINITY, INFINITY}, {false, false, true, true}) ==
        1.0);
}

TEST_CASE("outputs that are not finite are refused with the name of their row", "[metrics]") {
  const Tensor good = tensor({{1, 2}, {3, 4}, {5, 6}});
  CHECK_NOTHROW(check_answers(good, "text"));
  CHECK_NOTHROW(check_answers(zeros({0, 2}), "text"));
  for (const double bad : std::initializer_list<double>{NAN, INFINITY, -INFINITY}) {
    const Tensor x = tensor({{1, 2}, {3, bad}, {5, bad}});
    const std::string message =
        message_of<std::runtime_error>([&] { check_answers(x, "text", 10); });
    CHECK(has(message, "text 12: the model's output is "));
    CHECK(!has(message, "-nan"));
    CHECK(has(message_of<std::runtime_error>([&] {
                check_answers(x, [](int64_t row) { return text({"series c", row}); });
              }),
              "series c1: "));
  }
}

TEST_CASE("NaN gives no prediction: metrics; thresholds; sampling a token", "[metrics]") {
  const Tensor logits = tensor({{1, 2}, {NAN, 0}}), labels = tensor({0, 1}).to(DType::i64);
  CHECK(has(message_of<std::runtime_error>([&] { figures_of(logits, labels); }), "sample 2"));
  CHECK(has(message_of<std::runtime_error>(
                [&] { best_threshold(logits, labels, ThresholdAim::balanced); }),
            "sample 2"));
  Generator gen(1);
  for (const double bad : std::initializer_list<double>{NAN, INFINITY})
    for (const double temperature : {0.0, 1.0})
      CHECK(has(message_of([&] {
                  sample_token({0, bad, 1}, {.temperature = temperature}, gen);
                }),
                "the logit of token 1 is "));
  const double never = -INFINITY;
  CHECK(sample_token({never, 0, never}, {.temperature = 1}, gen) == 1);
}
