// SPDX-License-Identifier: MIT
// The table of tasks, for `gradus train` and for a run's config.json.
#include "tools/tasks/tasks.h"

namespace gradus::tools {
namespace {

const std::vector<TaskInfo> all_tasks = {
    {"copy",
     "repeat a sequence of letters",
     copy_run,
     {"copy --epochs 5", "copy --model gru --attention luong-dot --steps 300"},
     "copy"},
    {"reverse",
     "reverse a sequence of letters",
     reverse_run,
     {"reverse --epochs 5", "reverse --model lstm --attention none --steps 300"},
     "reverse"},
    {"sort",
     "sort a sequence of letters",
     sort_run,
     {"sort --epochs 5", "sort --letters 20"},
     "sort"},
    {"recall",
     "given pairs of letters and the first of one pair, recall its second",
     recall_run,
     {"recall --epochs 5", "recall --min-length 2 --max-length 4 --steps 300"},
     "recall"},
    {"classify",
     "classify series in a CSV file (transformer, GRU, LSTM, RNN, TCN, MLP), or texts with "
     "--text FILE.tsv",
     classify_run,
     {"classify train.csv --test test.csv",
      "classify visits.csv --id patient --time day --label died"},
     "classify"},
    {"classify-text",
     "classify texts in a TSV file, the same as classify --text: BERT, from scratch or from "
     "train mlm",
     classify_text_run,
     {"classify --text reviews.tsv --test more.tsv",
      "classify --text reviews.tsv --init runs/mlm-1"},
     "classify --text reviews.tsv"},
    {"regress",
     "predict numbers from series or rows in a CSV file (transformer, GRU, LSTM, RNN, TCN, MLP, "
     "ridge regression)",
     regress_run,
     {"regress houses.csv --target price",
      "regress visits.csv --id patient --time day --target "
      "weight --loss quantile"},
     "regress houses.csv"},
    {"forecast",
     "predict the next step of series in a CSV file: transformer, GRU, LSTM, RNN or TCN",
     forecast_run,
     {"forecast train.csv --test test.csv", "forecast train.csv --model gru --window 100"},
     "forecast"},
    {"lm",
     "predict the next token (a character or more) of a text: GPT",
     lm_run,
     {"lm book.txt --preset nanogpt-cpu", "lm names.txt --lines --epochs 12"},
     "lm"},
    {"mlm",
     "predict masked tokens of a text: BERT",
     mlm_run,
     {"mlm book.txt --preset shakespeare", "mlm book.txt --tokenizer word --vocab 5000"},
     "mlm"},
    {"translate",
     "translate sentences, from a file of pairs: encoder-decoder",
     translate_run,
     {"translate train.tsv --valid valid.tsv --test test.tsv",
      "translate train.tsv --model gru --attention bahdanau --vocab 4000"},
     "translate"}};

}  // namespace

const std::vector<TaskInfo>& tasks() { return all_tasks; }

std::string task_meant(const std::string& task, const std::vector<std::string>& words) {
  const std::string option = "--text";
  for (const std::string& word : words) {
    if (word == "--") break;
    if (task == "classify" && (word == option || word.starts_with(option + "=")))
      return "classify-text";
  }
  return task;
}

std::unique_ptr<TaskRun> run_of(const Json& config, const std::string& file) {
  const Json& name = config.at("task");
  for (const TaskInfo& task : tasks())
    if (name == Json(task.name)) return task.make();
  if (name == Json("encoder")) return encoder_run();
  file_error({file, ": the task ", printable(write_json(name)), " is unknown to this program"});
}

}  // namespace gradus::tools
