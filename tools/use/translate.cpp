// SPDX-License-Identifier: MIT
// gradus translate: translates each line of standard input.
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

#include "data/unicode.h"
#include "gradus/data/text.h"
#include "models/tasks/translation_task.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

struct TranslateArguments {
  std::string run;
  int64_t beam = 0, layer = -1, head = -1;
  double length_penalty = 1;
  bool show_attention = false;
  std::optional<Options> options{};
};

// Makes the output one line of valid UTF-8.
std::string one_line(const std::string& text) {
  std::string line;
  for (const std::string& c : utf8_characters(text)) line += c == "\n" || c == "\r" ? " " : c;
  return line;
}

// Joins pieces into words; a word starts after a blank and at punctuation.
struct Words {
  std::vector<std::string> texts{};
  std::vector<size_t> of{};  // the word of each piece
};
Words words_of(const Tokenizer& t, const Tokens& ids) {
  Words w;
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
  };
  std::string last = " ";
  for (int64_t id : ids) {
    const std::string& piece = t.word(id);
    const bool goes_on = in_word(piece[0]) && (in_word(last.back()) || last == " ");
    if (w.texts.empty() || t.is_special(id) || !goes_on) w.texts.emplace_back();
    w.texts.back() += piece[0] == ' ' ? piece.substr(1) : piece;
    w.of.push_back(w.texts.size() - 1);
    last = piece;
  }
  return w;
}

// One line per predicted word: the source words its pieces attend to, largest share first, down to
// a tenth.
void show(const AttentionPicture& p, const Words& predicted, const Words& source) {
  const size_t rows = predicted.texts.size(), cols = source.texts.size();
  std::vector<double> sums(rows * cols), pieces(rows);
  const std::vector<double> w = p.weights.to_vector<double>();
  for (size_t r = 0; r < predicted.of.size(); ++r) {
    ++pieces[predicted.of[r]];
    for (size_t c = 0; c < source.of.size(); ++c)
      sums[predicted.of[r] * cols + source.of[c]] += w[r * source.of.size() + c];
  }
  print_text(stdout, "  " + p.title + "\n");
  for (size_t r = 0; r < rows; ++r) {
    std::vector<size_t> order = {};
    for (size_t c = 0; c < cols; ++c)
      if (sums[r * cols + c] >= 0.1 * pieces[r]) order.push_back(c);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return sums[r * cols + a] > sums[r * cols + b]; });
    std::string line = "  " + one_line(predicted.texts[r]);
    line +=
        std::string(static_cast<size_t>(std::max<int64_t>(1, 20 - unicode::columns(line))), ' ');
    for (size_t c : order) {
      char share[16];
      std::snprintf(share, sizeof share, " %.2f  ", sums[r * cols + c] / pieces[r]);
      line += one_line(source.texts[c]) + share;
    }
    print_text(stdout, line.substr(0, line.find_last_not_of(' ') + 1) + "\n");
  }
}

class Lines {
 public:
  Lines(Translates& run, const TranslateArguments& args) : run_(run), args_(args) {
    beam_ = run.beam();
    if (args.beam > 0) beam_.beam = args.beam;
    if (args.options->given("--length-penalty")) beam_.length_penalty = args.length_penalty;
  }

  // An empty line gives an empty line.
  void translate_all(const std::vector<std::string>& lines) {
    std::vector<Tokens> sources;
    for (const std::string& line : lines) {
      ++number_;
      if (line.find_first_not_of(" \t") == std::string::npos) continue;
      sources.push_back(run_.tokenizers().source->encode(line));
      if (const auto most = static_cast<size_t>(run_.max_length()); sources.back().size() > most) {
        std::fprintf(stderr, "line %lld: has %zu tokens; cut after %zu\n",
                     static_cast<long long>(number_), sources.back().size(), most);
        sources.back().resize(most);
      }
      sources.back().push_back(SpecialTokens{}.end);
    }
    std::vector<Tokens> predicted = translate(run_.translator(), sources, beam_);
    size_t next = 0;
    for (const std::string& line : lines) {
      if (line.find_first_not_of(" \t") == std::string::npos) {
        std::printf("\n");
        continue;
      }
      print_data(one_line(run_.tokenizers().target->decode(predicted[next])) + "\n");
      if (args_.show_attention) {
        const AttentionPicture p = run_.alignment(sources[next], predicted[next],
                                                  {.layer = args_.layer, .head = args_.head});
        predicted[next].push_back(SpecialTokens{}.end);
        show(p, words_of(*run_.tokenizers().target, predicted[next]),
             words_of(*run_.tokenizers().source, sources[next]));
      }
      ++next;
    }
    std::fflush(stdout);
  }

 private:
  Translates& run_;
  const TranslateArguments& args_;
  BeamOptions beam_{};
  int64_t number_ = 0;
};

int run(const TranslateArguments& args) {
  const auto t = part_in(args.run, &Parts::translates, "translate", "train translate");
  Lines lines(*t, args);
  const size_t at_a_time = isatty(STDIN_FILENO) ? 1 : 512;
  std::vector<std::string> waiting;
  bool first = true;
  for (std::string line; std::getline(std::cin, line);) {
    if (std::exchange(first, false) && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.ends_with('\r')) line.pop_back();
    waiting.push_back(std::move(line));
    if (waiting.size() < at_a_time) continue;
    lines.translate_all(waiting);
    waiting.clear();
  }
  lines.translate_all(waiting);
  return 0;
}

}  // namespace

Command translate_command() {
  const auto args = std::make_shared<TranslateArguments>();
  return {.name = "translate",
          .summary = "translate each line of standard input with a model of train translate",
          .examples = {"translate runs/translate-1 < in.txt > out.txt",
                       "translate runs/translate-1 --beam 10 --show-attention < in.txt"},
          .options =
              [args](Options& o) {
                args->options.emplace(o);
                o.argument("RUN", args->run, "run folder of train translate");
                o.value("--beam", args->beam, "beam width; 0: as in training", 0, 1000);
                o.value("--length-penalty", args->length_penalty,
                        "a: a hypothesis of n tokens scores log P / n^a; default: as in training",
                        -100, 100);
                o.flag("--show-attention", args->show_attention,
                       "print the decoder's attention for each predicted word");
                o.value("--layer", args->layer, "attention layer to show; -1: the last", -1);
                o.value("--head", args->head, "attention head to show; -1: mean of all", -1);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
