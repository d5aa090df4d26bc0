// SPDX-License-Identifier: MIT
// The winner compared with the noise; simple models used like any other model.
#include "tools/app/conclusion.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "gradus/data/csv.h"
#include "gradus/io/file.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tools;
using namespace gradus::tests;

namespace tools_conclusion_test {

Json concluded(const Contest& against_logistic, int64_t samples,
               const std::string& where = "test") {
  Json f;
  conclude(
      f, {.model = "gru",
          .evaluated_on = where,
          .samples = samples,
          .training = 500,
          .rivals = {
              majority_rival(
                  {"AUC", against_logistic.of_model, 0.5, {against_logistic.of_model - 0.5, 0.01}}),
              logistic_rival(against_logistic)}});
  return f;
}

// Series of two classes whose mean of x differs; `noise` of it does not.
std::string series(int count, int seed) {
  Generator gen(static_cast<uint64_t>(seed));
  std::string all = "id,time,x,label\n";
  for (int i = 0; i < count; ++i) {
    const bool yes = i % 3 == 0;
    const double level = gen.normal() + (yes ? 1.5 : 0);
    for (int t = 0; t < 4; ++t)
      all += text({"s", i, ",", t, ",", level + 0.3 * gen.normal(), yes ? ",out\n" : ",in\n"});
  }
  return all;
}

TEST_CASE("the conclusion names the winner and the figures and the noise", "[tools]") {
  Json f = concluded({"AUC", 0.812, 0.732, {0.080, 0.059}}, 200);
  CHECK(f.at("winner").string() == "gru");
  CHECK(f.at("conclusion").string() ==
        "The gru wins: its AUC of 0.812 is 0.080 above the 0.732 of logistic regression (95% "
        "interval of the difference 0.021 to 0.139).");
  f = concluded({"AUC", 0.644, 0.732, {-0.088, 0.05}}, 200);
  CHECK(f.at("winner").string() == "logistic");
  CHECK(has(f.at("conclusion").string(),
            "Logistic regression wins: its AUC of 0.732 is 0.088 above the 0.644 of the gru"));
  CHECK(has(f.at("conclusion").string(), "--model logistic keeps it"));
  CHECK(has(f.at("conclusion").string(), "500 samples to train on are too few"));
  CHECK(has(f.at("conclusion").string(), "of the difference 0.038 to 0.138)"));  // of its lead
  f = concluded({"AUC", 0.74, 0.732, {0.008, 0.05}}, 200);
  CHECK(f.at("winner").string() == "none");
  CHECK(has(f.at("conclusion").string(), "No winner"));
  f = concluded({"AUC", 0.74, 0.732, {0.008, NAN}}, 200);
  CHECK(f.at("winner").string() == "none");
  CHECK(has(f.at("conclusion").string(), "cannot be compared"));
  CHECK(!has(f.at("conclusion").string(), "less than the noise"));
}

TEST_CASE("a conclusion about losses names the lower one as winner", "[tools]") {
  const auto concluded = [](const std::string& model, double of_model, double of_rival,
                            int64_t training) {
    Json f;
    conclude(f, {.model = model,
                 .evaluated_on = "test",
                 .samples = 100,
                 .training = training,
                 .rivals = {{"mean",
                             "the mean",
                             true,
                             {"loss", of_model, of_rival, {of_model - of_rival, 0.1}, true}}}});
    return f.at("conclusion").string();
  };
  CHECK(concluded("gru", 0.5, 0.8, 0) ==
        "The gru wins: its loss of 0.500 is 0.300 below the 0.800 of the mean (95% interval of "
        "the difference 0.200 to 0.400).");
  CHECK(concluded("gru", 0.8, 0.5, 0) ==
        "The mean wins: its loss of 0.500 is 0.300 below the 0.800 of the gru (95% interval of "
        "the difference 0.200 to 0.400); --model mean keeps it.");
  CHECK(has(concluded("gru", 0.8, 0.5, 1), "1 sample to train on is too few"));
  CHECK(!has(concluded("last_value", 0.8, 0.5, 50), "too few"));
  CHECK(has(concluded("last_value", 0.8, 0.5, 50), "of the last value ("));
}

TEST_CASE("a conclusion without the logistic regression says so", "[tools]") {
  const auto words = [](bool without, std::vector<Conclusion::Rival> rivals) {
    Json f;
    conclude(f, {.model = "gru",
                 .evaluated_on = "test",
                 .samples = 100,
                 .training = 0,
                 .rivals = std::move(rivals),
                 .without_logistic = without});
    return f.at("conclusion").string();
  };
  const Contest contest{"AUC", 0.9, 0.5, {0.4, 0.1}};
  CHECK(words(true, {majority_rival(contest)})
            .ends_with(
                "Compared with the majority class alone: the run keeps no logistic regression."));
  CHECK(!has(words(false, {majority_rival(contest)}), "alone"));
}

TEST_CASE("figures from fewer than 20 samples are called meaningless", "[tools]") {
  const Contest clear{"AUC", 0.9, 0.6, {0.3, 0.1}};
  CHECK(concluded(clear, 20).at("winner").string() == "gru");
  const Json f = concluded(clear, 19);
  CHECK(f.at("winner").string() == "none");
  CHECK(has(f.at("conclusion").string(), "from 19 samples are meaningless"));
  CHECK(has(concluded(clear, 200, "train").at("conclusion").string(), "training data itself"));
}

TEST_CASE("two models on the same samples: by AUC and by accuracy", "[tools]") {
  const std::vector<int64_t> labels{0, 0, 1, 1};
  const Tensor truth = tensor({0, 0, 1, 1}).to(DType::i64);
  const ClassifyFigures good = figures_of(tensor({{2, 0}, {1, 0}, {0, 1}, {0, 2}}), truth);
  const ClassifyFigures bad = figures_of(tensor({{0, 2}, {1, 0}, {0, 1}, {2, 0}}), truth);
  REQUIRE(have_auc(good, bad));
  const Contest by_auc = contest_of(good, bad, labels, true);
  CHECK(by_auc.of_model == 1);
  CHECK(by_auc.of_rival == 0.25);
  CHECK(by_auc.difference.mean == 0.75);
  const Contest by_accuracy = contest_of(good, bad, labels, false);
  CHECK(by_accuracy.metric == "accuracy");
  CHECK(by_accuracy.difference.mean == 0.5);
  const Contest folds =
      contest_of_folds({{"AUC", 0.8, 0.7, {}}, {"AUC", 0.9, 0.7, {}}, {"AUC", 0.7, 0.7, {}}});
  CHECK(std::abs(folds.of_model - 0.8) < 1e-9);
  CHECK(std::abs(folds.difference.mean - 0.1) < 1e-9);
  CHECK(std::abs(folds.difference.half - 4.303 * 0.1 / std::sqrt(3.0)) < 1e-3);
}

TEST_CASE("logistic and majority train and fold and predict and evaluate and resume and export",
          "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", series(60, 1));
  p.put("b.csv", series(45, 2));
  for (const std::string model : {"logistic", "majority"}) {
    const Json r =
        p.json("train classify a.csv --test b.csv --quiet --out " + model + " --model " + model);
    INFO(write_json(r, 2));
    CHECK(p.json("eval " + model).at("test_loss") == r.at("test_loss"));
    const Json again = p.json("eval " + model + " b.csv");
    CHECK(again.at("accuracy") == r.at("accuracy"));
    if (model == "logistic") {  // the model is the baseline
      CHECK(std::abs(r.at("auc").number() - r.at("logistic_auc").number()) < 1e-6);
      CHECK(r.at("accuracy") == r.at("logistic_accuracy"));
      CHECK(r.at("auc").number() > 0.7);
      CHECK(r.at("winner").string() == "logistic");
    } else {
      CHECK(r.at("accuracy") == r.at("baseline_accuracy"));
      CHECK(r.at("auc").number() == 0.5);
    }
    const CsvTable output = CsvTable::parse(p("predict " + model + " b.csv").out, "said");
    CHECK(output.rows() == 45);
    CHECK(p("train --resume " + model).status == 0);
    CHECK(p("info " + model).status == 0);
    CHECK(p("export " + model + " w.npz --example e.npz").status == 0);
    const Finished steps = p("attention " + model);
    CHECK(steps.status == (model == "logistic" ? 0 : 2));
    CHECK(has(steps.out + steps.err,
              model == "logistic" ? "lost without it" : "does not read the series"));
    const Finished why = p("explain " + model + " b.csv");
    CHECK(why.status == (model == "logistic" ? 0 : 2));
    if (model == "majority") CHECK(has(why.err, "there is nothing to explain"));
    const Finished drawn = p("attention " + model + " --out x.csv");
    CHECK(drawn.status == 2);
    CHECK(has(drawn.err, "--model " + model + " has no attention"));
  }
}

TEST_CASE("logistic and majority: folds; a dry run; flags that do not apply to them", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", series(60, 1));
  for (const std::string model : {"logistic", "majority"}) {
    const Json folds =
        p.json("train classify a.csv --quiet --out f-" + model + " --model " + model);
    CHECK(folds.at("evaluated_on").string() == "folds");
    CHECK(folds.at("fold_auc").items().size() == 5);
    CHECK(p("train classify a.csv --dry-run --quiet --model " + model).status == 0);
    const Finished odd = p("train classify a.csv --out never --lr 0.1 --model " + model);
    CHECK(odd.status == 2);
    CHECK(has(odd.err, "--lr is for --model transformer"));
  }
}

TEST_CASE("a logistic run that was never fitted is fitted when it is resumed", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", series(60, 1));
  const Json r = p.json("train classify a.csv --valid 0.3 --quiet --out run --model logistic");
  for (const char* file : {"report.json", "model.safetensors", "metrics.jsonl"})
    std::filesystem::remove(p.path(std::string("run/") + file));
  CHECK(p.json("train --resume run").at("valid_loss") == r.at("valid_loss"));
}

TEST_CASE("--model auto keeps the best kind by folds or by validation", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", series(50, 1));
  p.put("b.csv", series(45, 2));
  for (const std::string how : {"--folds 2", "--valid 0.4", "--folds 2 --test b.csv"}) {
    const Json r = p.json(
        "train classify a.csv --epochs 1 --d-model 4 --nhead 1 --layers 1 "
        "--quiet --force --out run --model auto " +
        how);
    INFO(how << write_json(r, 2));
    const Json& tried = r.at("tried");
    REQUIRE(tried.members().size() == 4);
    const std::string kept = parse_json(read_file(p.path("run/config.json")), "config")
                                 .at("settings")
                                 .at("model")
                                 .string();
    for (const auto& [kind, score] : tried.members())
      CHECK(score.number() <= tried.at(kept).number());
    CHECK(has(p("info run").out, kept));
    CHECK(p.json("eval run").at("accuracy") == r.at("accuracy"));
    CHECK(p("predict run b.csv").status == 0);
  }
  const Finished none = p("train classify a.csv --model auto --folds 0 --valid 0 --out never");
  CHECK(none.status == 2);
  CHECK(has(none.err, "give --folds or --valid"));
}

TEST_CASE("every report of a classifier ends with its conclusion", "[tools]") {
  const ProgramFolder p;
  p.put("a.csv", series(60, 1));
  p.put("few.csv", series(12, 2));
  const std::string gru = " --model gru --d-model 4 --epochs 2 --quiet --force --out run";
  for (const std::string how : {"--folds 2", "--valid 0.4", "--test few.csv", "--valid 0"}) {
    const Finished f = p("train classify a.csv " + how + gru);
    REQUIRE(f.status == 0);
    const Json r = parse_json(read_file(p.path("run/report.json")), "report");
    std::string end = f.out.substr(f.out.rfind("\n\n") + 2);
    std::replace(end.begin(), end.end(), '\n', ' ');  // it is folded
    CHECK(end == r.at("conclusion").string() + " ");
    if (how == "--test few.csv") CHECK(has(f.out, "from 12 samples are meaningless"));
    if (how == "--valid 0") CHECK(has(f.out, "training data itself"));
  }
  CHECK(has(p("eval run few.csv").out, "from 12 samples are meaningless"));
}

}  // namespace tools_conclusion_test
