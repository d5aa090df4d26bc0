// SPDX-License-Identifier: MIT
// Compares the models and words the conclusion.
#include "tools/app/conclusion.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "gradus/base/error.h"

namespace gradus::tools {
namespace {

std::string rounded(double v) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3f", v);
  return std::string(out) == "-0.000" ? "0.000" : out;
}

std::string capital(std::string words) {
  words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
  return words;
}

}  // namespace

bool have_auc(const ClassifyFigures& model, const ClassifyFigures& rival) {
  return model.confusion.size() == 4 && model.auc && rival.auc;
}

Contest contest_of(const ClassifyFigures& model, const ClassifyFigures& rival,
                   const std::vector<int64_t>& labels, bool by_auc) {
  if (by_auc) {
    std::vector<bool> positive;
    std::vector<double> own, other;
    for (size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] < 0) continue;  // a class that is not in the training data
      positive.push_back(labels[i] == 1);
      own.push_back(model.probabilities[2 * i + 1]);
      other.push_back(rival.probabilities[2 * i + 1]);
    }
    const auto difference = auc_difference(own, other, positive);
    return {"AUC", *model.auc, *rival.auc, *difference};
  }
  std::vector<double> differences;
  for (size_t i = 0; i < labels.size(); ++i)
    differences.push_back((model.predicted[i] == labels[i]) - (rival.predicted[i] == labels[i]));
  return {"accuracy", model.accuracy, rival.accuracy, t_interval(differences)};
}

Contest contest_of_folds(const std::vector<Contest>& folds) {
  Contest all{.metric = folds[0].metric};
  const auto count = static_cast<double>(folds.size());
  std::vector<double> differences;
  for (const Contest& fold : folds) {
    all.of_model += fold.of_model / count;
    all.of_rival += fold.of_rival / count;
    differences.push_back(fold.of_model - fold.of_rival);
  }
  all.difference = t_interval(differences);
  return all;
}

namespace {

std::string name_of(const std::string& model) {
  if (model == "logistic") return "logistic regression";
  if (model == "last_value") return "the last value";
  return model == "majority" ? "the majority class" : "the " + model;
}

bool is_simple(const std::string& model) {
  for (const char* one : {"logistic", "majority", "last_value", "mean"})
    if (model == one) return true;
  return false;
}

std::string interval_text(double low, double high) {
  return text({" (95% interval of the difference ", rounded(low), " to ", rounded(high), ")"});
}

// "The gru wins: its AUC of 0.8 is 0.1 above the 0.7 of logistic regression (95% interval of the
// difference 0.05 to 0.15)": the interval is of the winner's lead, so its signs match the sentence.
std::string win_text(const Contest& m, const std::string& name, double winner,
                     const std::string& other, double loser) {
  const double mean = std::abs(m.difference.mean), half = m.difference.half;
  return text({capital(name), " wins: its ", m.metric, " of ", rounded(winner), " is ",
               rounded(std::abs(winner - loser)), m.lower_is_better ? " below" : " above", " the ",
               rounded(loser), " of ", other, interval_text(mean - half, mean + half)});
}

std::string no_winner_text(const Contest& m, const std::string& model, const std::string& rival) {
  const Interval& d = m.difference;
  const std::string both = text({"No winner: ", model, " with ", m.metric, " ", rounded(m.of_model),
                                 " and ", rival, " with ", rounded(m.of_rival)});
  if (!std::isfinite(d.half))
    return both +
           " cannot be compared: one value does not show how much of the difference is "
           "noise.";
  return both + " differ by less than the noise" + interval_text(d.mean - d.half, d.mean + d.half) +
         ".";
}

std::string few_text(const Conclusion& c) {
  constexpr int64_t enough_series = 2000;
  if (is_simple(c.model) || c.training < 1 || c.training >= enough_series) return "";
  return text({" ", c.training, " ", c.unit, c.training == 1 ? "" : "s", " to train on ",
               c.training == 1 ? "is" : "are", " too few for this network to learn more."});
}

}  // namespace

Contest contest_of_losses(const std::vector<double>& model, const std::vector<double>& rival,
                          double of_model, double of_rival) {
  std::vector<double> differences;
  for (size_t i = 0; i < model.size(); ++i) differences.push_back(model[i] - rival[i]);
  return {"loss", of_model, of_rival, t_interval(differences), true};
}

Conclusion::Rival majority_rival(const Contest& contest, bool choice) {
  return {"majority", name_of("majority"), choice, contest};
}
Conclusion::Rival logistic_rival(const Contest& contest, bool choice) {
  return {"logistic", name_of("logistic"), choice, contest};
}

void conclude(Json& figures, const Conclusion& c) {
  std::string winner = "none", words;
  const auto best =
      std::max_element(c.rivals.begin(), c.rivals.end(), [](const auto& a, const auto& b) {
        return (a.contest.of_rival < b.contest.of_rival) != a.contest.lower_is_better;
      });
  const std::string model = name_of(c.model);
  if (c.evaluated_on == "train") {
    words =
        "These figures are of the training data itself and do not show how good the model is on "
        "other data: give --test, --valid or --folds.";
  } else if (c.samples < enough_samples) {
    words = text({"Figures from ", c.samples, c.samples == 1 ? " sample" : " samples",
                  " are meaningless; no winner is named below ", enough_samples, "."});
  } else if (best == c.rivals.end()) {
    words = capital(model) + " is the simplest model: every other one has to beat it.";
  } else {
    const Contest& m = best->contest;
    const Interval& d = m.difference;
    const bool known = std::isfinite(d.half);
    const double lead_of_model = m.lower_is_better ? -d.mean : d.mean;
    if (known && lead_of_model > d.half) {
      winner = c.model;
      words = win_text(m, model, m.of_model, best->name, m.of_rival) + ".";
    } else if (known && lead_of_model < -d.half) {
      winner = best->model;
      words = text({win_text(m, best->name, m.of_rival, model, m.of_model),
                    best->choice ? "; --model " + best->model + " keeps it." : ".", few_text(c)});
    } else {
      words = no_winner_text(m, model, best->name) + (lead_of_model <= 0 ? few_text(c) : "");
    }
  }
  if (c.without_logistic && best != c.rivals.end())
    words += " Compared with the majority class alone: the run keeps no logistic regression.";
  figures["winner"] = winner;
  figures["conclusion"] = words;
}

}  // namespace gradus::tools
