// SPDX-License-Identifier: MIT
// gradus translate: what a model of train translate says for each line of standard input.
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

#include "data/unicode.h"
#include "gradus/data/text.h"
#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/translate/task.h"

namespace gradus::tools {
namespace {

struct Asked {
  std::string run;
  int64_t beam = 0, layer = -1, head = -1;
  double length_penalty = 1;
  bool show_attention = false;
  std::optional<Options> options{};
};

// In one line, and well-formed, whatever bytes the model has said.
std::string one_line(const std::string& said) {
  std::string line;
  for (const std::string& c : utf8_characters(said)) line += c == "\n" || c == "\r" ? " " : c;
  return line;
}

// Pieces put together into words; a piece begins one after a blank and around punctuation.
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

// A line a word that is said: where its pieces looked, the most first, from a tenth on.
void show(const AttentionPicture& p, const Words& said, const Words& source) {
  const size_t rows = said.texts.size(), cols = source.texts.size();
  std::vector<double> sums(rows * cols), pieces(rows);
  const std::vector<double> w = p.weights.to_vector<double>();
  for (size_t r = 0; r < said.of.size(); ++r) {
    ++pieces[said.of[r]];
    for (size_t c = 0; c < source.of.size(); ++c)
      sums[said.of[r] * cols + source.of[c]] += w[r * source.of.size() + c];
  }
  print_text(stdout, "  " + p.title + "\n");
  for (size_t r = 0; r < rows; ++r) {
    std::vector<size_t> order = {};
    for (size_t c = 0; c < cols; ++c)
      if (sums[r * cols + c] >= 0.1 * pieces[r]) order.push_back(c);
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return sums[r * cols + a] > sums[r * cols + b]; });
    std::string line = "  " + one_line(said.texts[r]);
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
  Lines(TranslationTrainingRun& run, const Asked& asked) : run_(run), asked_(asked) {
    beam_ = run.beam();
    if (asked.beam > 0) beam_.beam = asked.beam;
    if (asked.options->given("--length-penalty")) beam_.length_penalty = asked.length_penalty;
  }

  // A line without words stays one.
  void say(const std::vector<std::string>& lines) {
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
    std::vector<Tokens> said = translate(run_.translator(), sources, beam_);
    size_t next = 0;
    for (const std::string& line : lines) {
      if (line.find_first_not_of(" \t") == std::string::npos) {
        std::printf("\n");
        continue;
      }
      print_data(one_line(run_.tokenizers().target->decode(said[next])) + "\n");
      if (asked_.show_attention) {
        const AttentionPicture p =
            run_.alignment(sources[next], said[next], {.layer = asked_.layer, .head = asked_.head});
        said[next].push_back(SpecialTokens{}.end);
        show(p, words_of(*run_.tokenizers().target, said[next]),
             words_of(*run_.tokenizers().source, sources[next]));
      }
      ++next;
    }
    std::fflush(stdout);
  }

 private:
  TranslationTrainingRun& run_;
  const Asked& asked_;
  BeamOptions beam_{};
  int64_t number_ = 0;
};

int run(const Asked& asked) {
  const auto t = model_in<TranslationTrainingRun>(asked.run, "translate", "train translate");
  Lines lines(*t, asked);
  const size_t at_a_time = isatty(STDIN_FILENO) ? 1 : 512;
  std::vector<std::string> waiting;
  bool first = true;
  for (std::string line; std::getline(std::cin, line);) {
    if (std::exchange(first, false) && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.ends_with('\r')) line.pop_back();
    waiting.push_back(std::move(line));
    if (waiting.size() < at_a_time) continue;
    lines.say(waiting);
    waiting.clear();
  }
  lines.say(waiting);
  return 0;
}

}  // namespace

Command translate_command() {
  const auto asked = std::make_shared<Asked>();
  return {
      .name = "translate",
      .summary = "what a model of train translate says for each line of standard input",
      .examples = {"translate runs/translate-1 < in.txt > out.txt",
                   "translate runs/translate-1 --beam 10 --show-attention < in.txt"},
      .options =
          [asked](Options& o) {
            asked->options.emplace(o);
            o.argument("RUN", asked->run, "the folder of a run of train translate");
            o.value("--beam", asked->beam, "hypotheses a sentence; 0: as in its training", 0, 1000);
            o.value("--length-penalty", asked->length_penalty,
                    "a: a hypothesis of n tokens scores log P / n^a; unless given, as in training",
                    -100, 100);
            o.flag("--show-attention", asked->show_attention,
                   "below each line, where the decoder looked for each word that it says");
            o.value("--layer", asked->layer, "that looks; -1: the last", -1);
            o.value("--head", asked->head, "that looks; -1: the mean of all", -1);
            o.threads();
          },
      .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
