// SPDX-License-Identifier: MIT
// gradus compare positions: language models that differ in how they know places, trained on short
// pieces of a text and judged on longer ones.
#include <cmath>
#include <memory>

#include "gradus/autograd/node.h"
#include "gradus/io/file.h"
#include "gradus/ops/view.h"
#include "models/tasks/language_task.h"
#include "tools/app/train.h"
#include "tools/compare/compare.h"

namespace gradus::tools {
namespace {

struct Asked {
  std::string file, lengths = "32,64,128,256,512";
  int64_t block = 64, steps = 400, width = 64, layers = 2, heads = 4, batch_size = 16;
  int64_t characters = 20000, seed = 0;
  double lr = 3e-3;
  CompareOutput output{};
};

struct Kind {
  const char* name;
  GptPosition position;
};
constexpr Kind kinds[] = {{"learned", GptPosition::learned},
                          {"sinusoidal", GptPosition::sinusoidal},
                          {"rope", GptPosition::rope},
                          {"alibi", GptPosition::alibi},
                          {"none", GptPosition::none}};

// Nats a character over the beginning of the held-out text, in windows of `length`; learned
// positions end with the block.
double loss_at(const Gpt& model, const Tokens& text, int64_t length, int64_t characters) {
  if (model.wpe && length > model.options.block) return NAN;
  const NoGrad no_grad;
  double sum = 0, count = 0;
  const int64_t last = std::min(characters, static_cast<int64_t>(text.size()) - 1);
  for (int64_t at = 0; at + length <= last; at += length) {
    const std::vector<double> ids(text.begin() + at, text.begin() + at + length + 1);
    const Tensor window = tensor(ids, {1, length + 1}, DType::i64);
    sum += model.loss(narrow(window, 1, 0, length), narrow(window, 1, 1, length)).item();
    ++count;
  }
  return count > 0 ? sum / count : NAN;
}

GptOptions options_of(const Asked& asked, const LanguageData& data, GptPosition position) {
  return {.vocab = data.tokenizer->size(),
          .block = asked.block,
          .d_model = asked.width,
          .nhead = asked.heads,
          .layers = asked.layers,
          .position = position};
}

LanguageData read_text(const Asked& asked) {
  const auto seed = static_cast<uint64_t>(asked.seed);
  const std::string text = read_file(asked.file);
  LanguageData data = from_options(
      [&] { return LanguageData::from_texts({&text, 1}, {.held_out = 0.1, .seed = seed}); });
  if (static_cast<int64_t>(data.train.size()) <= asked.block + 1)
    usage_error({asked.file, " has ", data.train.size(), " characters to train on, --block is ",
                 asked.block});
  if (asked.width % asked.heads != 0 || asked.width / asked.heads % 2 != 0)
    usage_error({"--width ", asked.width, " does not give ", asked.heads, " heads of even width"});
  return data;
}

int run(const Asked& asked) {
  asked.output.check();
  const std::vector<int64_t> lengths = number_list("--lengths", asked.lengths, 1, 100000);
  const LanguageData data = read_text(asked);
  Table table{.columns = {{"length", 0}}};
  LineChart chart{.title = text({"loss by length; trained on ", asked.block, " characters"}),
                  .x_axis = "length",
                  .y_axis = "nats a character",
                  .log_x = true,
                  .from_zero = false};
  for (int64_t length : lengths) table.rows.push_back({static_cast<double>(length)});
  Runs runs(static_cast<int64_t>(std::size(kinds)), asked.steps, asked.output.quiet);
  for (const Kind& kind : kinds) {
    const auto seed = static_cast<uint64_t>(asked.seed);
    manual_seed(seed);
    Gpt model(options_of(asked, data, kind.position));
    LanguageTraining task(data, model, asked.batch_size, seed);
    runs.train(task, {.lr = asked.lr, .weight_decay = 0.1});
    table.columns.push_back({kind.name, 3});
    LineChart::Line line{kind.name};
    for (auto& row : table.rows) {
      const auto length = static_cast<int64_t>(row[0].value);
      row.push_back(loss_at(model, data.valid, length, asked.characters));
      line.x.push_back(row[0].value), line.y.push_back(row.back().value);
    }
    chart.lines.push_back(std::move(line));
  }
  asked.output.write({table}, table, chart);
  return 0;
}

}  // namespace

Command positions_comparison() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "positions",
          .summary = "language models beyond the length they were trained on, by kind of position",
          .examples = {"compare positions book.txt --out positions.csv --out positions.svg",
                       "compare positions book.txt --block 32 --lengths 32,64,128"},
          .options =
              [asked](Options& o) {
                Asked& a = *asked;
                o.argument("FILE.txt", a.file, "text, UTF-8; its last tenth is held out");
                o.value("--block", a.block, "characters that training sees at a time", 2, 65536);
                o.value("--lengths", a.lengths, "of the pieces that are judged");
                o.value("--steps", a.steps, "of each training", 1, 1000000);
                o.value("--width", a.width, "of all models", 4, 4096);
                o.value("--layers", a.layers, "of all models", 1, 64);
                o.value("--heads", a.heads, "of all models", 1, 256);
                o.value("--batch-size", a.batch_size, "pieces at a time", 1, 100000);
                o.value("--lr", a.lr, "learning rate", 0, 10);
                o.value("--characters", a.characters, "to judge on, at most", 1, 100000000);
                o.value("--seed", a.seed, "of weights and pieces", 0);
                a.output.declare(o);
              },
          .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
