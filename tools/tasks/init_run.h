// SPDX-License-Identifier: MIT
// --init RUN: training starts from the weights, tokenizer and sizes of another run.
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
  /// Throws UsageError for flags that choose a tokenizer: it is that of the run.
  void check(const Settings& s) const;
  /// The run's values of the settings `keys`, and its block; for an imported run a low learning
  /// rate. Throws UsageError if the run's task is not one of `tasks`.
  std::map<std::string, Json> implied(const std::vector<std::string>& tasks,
                                      std::vector<std::string> keys) const;
  Json schema() const;
  std::shared_ptr<const Tokenizer> tokenizer() const;
  /// The tensors of the run's best model.
  StateDict weights() const;
  /// Loads the weights into a model; its position table, `positions`, may have fewer rows. Throws
  /// std::runtime_error with the file and everything that does not fit.
  void load(Module& model, StateDict state, const std::string& positions) const;
};

/// The architecture beyond the training settings, for schema.json: activation, layer norm eps,
/// biases, segments, pooler; and back. Keys that a schema lacks leave the options unchanged.
Json model_schema(const BertOptions& options);
Json model_schema(const GptOptions& options);
void read_model_schema(const Json& schema, BertOptions& options);
void read_model_schema(const Json& schema, GptOptions& options);

}  // namespace gradus::tools
