// SPDX-License-Identifier: MIT
// --init RUN: a training that begins with the weights, tokenizer and sizes of another run.
#pragma once
#include <memory>

#include "gradus/data/tokenizer.h"
#include "gradus/nn/module.h"
#include "models/bert.h"
#include "models/gpt.h"
#include "tools/cli/settings.h"

namespace gradus::tools {

struct InitSettings {
  std::string path;

  void list(Settings& s, const std::string& help);
  bool given() const { return !path.empty(); }
  /// Throws UsageError for flags that choose a tokenizer, which is that of the run.
  void check(const Settings& s) const;
  /// These settings of the run, and its block; for an imported one a low rate. A run of another
  /// task throws UsageError.
  std::map<std::string, Json> implied(const std::vector<std::string>& tasks,
                                      std::vector<std::string> keys) const;
  Json schema() const;
  std::shared_ptr<const Tokenizer> tokenizer() const;
  /// The tensors of its best model.
  StateDict weights() const;
  /// Loads them into a model, which may have fewer rows in its table of positions, `positions`.
  /// Throws std::runtime_error with the run's file and all that does not fit.
  void load(Module& model, StateDict state, const std::string& positions) const;
};

/// What a model is beside the settings of its training, for schema.json: activation, eps, biases,
/// segments, a pooler; and back. What a schema does not say stays as it is.
Json model_schema(const BertOptions& options);
Json model_schema(const GptOptions& options);
void read_model_schema(const Json& schema, BertOptions& options);
void read_model_schema(const Json& schema, GptOptions& options);

}  // namespace gradus::tools
