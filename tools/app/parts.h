// SPDX-License-Identifier: MIT
// What a run can do besides having settings and a model. A task derives from the parts that it has.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gradus/data/tokenizer.h"
#include "gradus/train/trainer.h"
#include "tools/app/example.h"
#include "tools/app/task_run.h"
#include "tools/draw/attention_picture.h"

namespace gradus {
struct Bert;
struct BertForMaskedLM;
struct BeamOptions;
struct Gpt;
struct LanguageData;
struct SentenceOptions;
struct TranslationTokenizers;
}  // namespace gradus

namespace gradus::tools {

struct Answers;
struct Explained;

/// The figure that selects the best epoch, and how many last epochs are averaged; 0: none.
struct Selection {
  std::string score = "valid_loss";
  bool higher_is_better = false;
  int64_t average = 0;
};

/// Trains on data, and computes figures: for train, its dry run, and eval. The functions are called
/// in this order.
class Trains {
 public:
  virtual ~Trains() = default;
  /// Reads or generates the data. `recorded` is null, or data() of the run to resume: throws
  /// std::runtime_error if the data differ.
  virtual void read_data(const Json& recorded) = 0;
  /// Identifies the data, for config.json.
  virtual Json data() const { return Json::object(); }
  /// Describes the data, in lines.
  virtual std::string data_text() const = 0;
  /// Samples per epoch, and the bytes they occupy.
  virtual int64_t samples() const = 0;
  virtual double epoch_bytes() const { return 0; }
  /// Samples in the largest set that figures are computed on.
  virtual int64_t evaluated() const = 0;
  /// The loss of the `count` longest samples, to measure its memory.
  virtual Tensor probe(int64_t count) = 0;
  /// Loads weights to start from, if the settings name some.
  virtual void take_weights() {}
  /// Steps per epoch, once there is a model; by default samples() in batches of --batch-size.
  virtual std::optional<int64_t> batches() const { return {}; }
  virtual Selection selection() const { return {}; }
  /// Trains at once, for models that need no steps; else nothing.
  virtual std::optional<TrainResult> fit() { return {}; }
  /// What the trainer steps through.
  virtual Task& task() = 0;
  /// Evaluates one batch to measure its time and returns its share of an evaluation by the trainer;
  /// by default nothing: the whole evaluation is measured, or its first part.
  virtual std::optional<double> try_evaluation() { return {}; }
  /// The duration of figures(), in evaluations by the trainer.
  virtual double report_cost() const { return 1; }
  /// All figures of the current model; deterministic.
  virtual Json figures() = 0;
  /// Outputs to show after training.
  virtual std::vector<std::string> examples() { return {}; }
};

/// Finds settings by trial runs, before a new run is trained.
class Searches {
 public:
  virtual ~Searches() = default;
  /// Reports on stderr.
  virtual void search() = 0;
  /// The approximate cost of search(), in training runs.
  virtual double search_cost() const = 0;
  /// The result of search() for config.json, in addition to the settings it changed; null if none.
  virtual Json found() const = 0;
  virtual void take_found(const Json& found) = 0;
};

/// Reads files other than the training data, and predicts them.
class Predicts {
 public:
  virtual ~Predicts() = default;
  /// Reads only this file, by the schema, instead of the training data; with labels to evaluate on,
  /// or without.
  virtual void read_new(const Json& schema, const std::string& path, bool labelled) = 0;
  /// The predictions for the data of read_new(), as CSV.
  virtual std::string predictions() = 0;
};

/// Explains predictions for the series that Predicts has read.
class Explains {
 public:
  virtual ~Explains() = default;
  virtual Explained explained() = 0;  // tools/draw/explain.h
};

/// Writes its weights for other programs.
class Exports {
 public:
  virtual ~Exports() = default;
  /// Inputs drawn from a fixed seed, and the current model's outputs: see example.h.
  virtual Example example() = 0;
  /// Whether Hugging Face's libraries have such a model.
  virtual bool has_hugging_face_form() const { return false; }
};

/// Shows its answers on the data that figures() is about, one by one.
class ShowsAnswers {
 public:
  virtual ~ShowsAnswers() = default;
  virtual Answers answers() = 0;  // tools/app/answers.h
};

/// Draws attention.
class Attends {
 public:
  virtual ~Attends() = default;
  /// Whether this kind of model has any.
  virtual bool has_attention() const { return true; }
  virtual AttentionPicture attention(const AttentionChoice& choice) = 0;
  /// The effect of leaving out each column of that picture, alone, on the answer; the title names
  /// the answer and the unit. Without steps for a model that reads none.
  virtual StepTable left_out(const AttentionChoice& choice) = 0;
};

/// Shows the importance of each step of a series for a prediction.
class ShowsSteps {
 public:
  virtual ~ShowsSteps() = default;
  virtual StepTable steps(const AttentionChoice& choice) = 0;
};

/// Continues texts.
class Generates {
 public:
  virtual ~Generates() = default;
  virtual const Gpt& gpt() const = 0;
  virtual const LanguageData& language() const = 0;
};

/// Translates sentences.
class Translates {
 public:
  virtual ~Translates() = default;
  virtual const Seq2SeqModel& translator() const = 0;
  virtual const TranslationTokenizers& tokenizers() const = 0;
  virtual int64_t max_length() const = 0;
  virtual BeamOptions beam() const = 0;
  /// Cross-attention of the predicted tokens to the source.
  virtual AttentionPicture alignment(const Tokens& source, const Tokens& predicted,
                                     const AttentionChoice& choice) = 0;
};

/// Turns texts into vectors.
class Encodes {
 public:
  virtual ~Encodes() = default;
  virtual const Bert& encoder() const = 0;
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
  /// How the vectors of the tokens become the vector of a text.
  virtual SentenceOptions sentence() const = 0;
};

/// Predicts masked tokens.
class Fills {
 public:
  virtual ~Fills() = default;
  virtual const BertForMaskedLM& bert() const = 0;
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
};

}  // namespace gradus::tools
