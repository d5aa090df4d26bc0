// SPDX-License-Identifier: MIT
// gradus compare positions: language models with different position encodings, trained on short
// pieces of a text and evaluated on longer ones.
#include <cmath>
#include <memory>

#include "gradus/autograd/node.h"
#include "gradus/ops/view.h"
#include "models/tasks/language_task.h"
#include "tools/app/train.h"
#include "tools/cli/data_file.h"
#include "tools/compare/compare.h"

namespace gradus::tools {
namespace {

struct PositionsArguments {
  std::string file, lengths = "32,64,128,256,512";
  int64_t block = 64, steps = 400, width = 64, layers = 2, heads = 4, batch_size = 16;
  int64_t characters = 20000, seed = 0;
  double lr = 3e-3;
  CompareOutput output{};
};

struct PositionKind {
  const char* name;
  GptPosition position;
};
constexpr PositionKind position_kinds[] = {{"learned", GptPosition::learned},
                                           {"sinusoidal", GptPosition::sinusoidal},
                                           {"rope", GptPosition::rope},
                                           {"alibi", GptPosition::alibi},
                                           {"none", GptPosition::none}};

// Nats per character over the start of the held-out text, in windows of `length`; learned positions
// end with the block.
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

GptOptions options_of(const PositionsArguments& args, const LanguageData& data,
                      GptPosition position) {
  return {.vocab = data.tokenizer->size(),
          .block = args.block,
          .d_model = args.width,
          .nhead = args.heads,
          .layers = args.layers,
          .position = position};
}

LanguageData read_text(const PositionsArguments& args) {
  const auto seed = static_cast<uint64_t>(args.seed);
  const std::string text = read_data(args.file);
  LanguageData data = from_options([&] {
    return LanguageData::from_texts({&text, 1}, {.held_out = 0.1, .seed = seed});
  });
  if (static_cast<int64_t>(data.train.size()) <= args.block + 1)
    usage_error({args.file, " has ", data.train.size(), " characters to train on, --block is ",
                 args.block});
  if (args.width % args.heads != 0 || args.width / args.heads % 2 != 0)
    usage_error(
        {"--width ", args.width, " does not divide into ", args.heads, " heads of even width"});
  return data;
}

int run(const PositionsArguments& args) {
  args.output.check();
  const std::vector<int64_t> lengths = number_list("--lengths", args.lengths, 1, 100000);
  const LanguageData data = read_text(args);
  Table table{.columns = {{"length", 0}}};
  LineChart chart{.title = text({"loss by length; trained on ", args.block, " characters"}),
                  .x_axis = "length",
                  .y_axis = "nats per character",
                  .log_x = true,
                  .from_zero = false};
  for (int64_t length : lengths) table.rows.push_back({static_cast<double>(length)});
  Runs runs(static_cast<int64_t>(std::size(position_kinds)), args.steps, args.output.quiet);
  for (const PositionKind& kind : position_kinds) {
    const auto seed = static_cast<uint64_t>(args.seed);
    manual_seed(seed);
    LanguageTask task(data, Gpt(options_of(args, data, kind.position)), args.batch_size, seed);
    runs.train(task, {.lr = args.lr, .weight_decay = 0.1});
    table.columns.push_back({kind.name, 3});
    LineChart::Line line{kind.name};
    for (auto& row : table.rows) {
      const auto length = static_cast<int64_t>(row[0].value);
      row.push_back(loss_at(*task.gpt, data.valid, length, args.characters));
      line.x.push_back(row[0].value);
      line.y.push_back(row.back().value);
    }
    chart.lines.push_back(std::move(line));
  }
  args.output.write({table}, table, chart);
  return 0;
}

}  // namespace

Command positions_comparison() {
  const auto args = std::make_shared<PositionsArguments>();
  return {.name = "positions",
          .summary = "loss beyond the training length, by kind of position encoding",
          .examples = {"compare positions book.txt --out positions.csv --out positions.svg",
                       "compare positions book.txt --block 32 --lengths 32,64,128"},
          .options =
              [args](Options& o) {
                PositionsArguments& a = *args;
                o.argument("FILE.txt", a.file, "text, UTF-8; its last tenth is held out");
                o.value("--block", a.block, "length of the training pieces, in characters", 2,
                        65536);
                o.value("--lengths", a.lengths, "lengths of the evaluated pieces");
                o.value("--steps", a.steps, "training steps per model", 1, 1000000);
                o.value("--width", a.width, "width of all models", 4, 4096);
                o.value("--layers", a.layers, "layers of all models", 1, 64);
                o.value("--heads", a.heads, "heads of all models", 1, 256);
                o.value("--batch-size", a.batch_size, "pieces per step", 1, 100000);
                o.value("--lr", a.lr, "learning rate", 0, 10);
                o.value("--characters", a.characters, "maximum characters to evaluate on", 1,
                        100000000);
                o.value("--seed", a.seed, "seed of initial weights and pieces", 0);
                a.output.declare(o);
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
