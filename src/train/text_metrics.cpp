// SPDX-License-Identifier: MIT
// BLEU and chrF, by counting n-grams.
#include "gradus/train/text_metrics.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "data/unicode.h"
#include "gradus/base/error.h"

namespace gradus {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_point(char c) { return c == '.' || c == ','; }
// Punctuation except - . , and the apostrophe.
bool stands_alone(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
         (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

// Inserts blanks at each position where `matches` is true for a byte and the next one, from the
// left and without overlap: `gap` gives the blanks before, between and after the two.
template <class F> std::string spaced(const std::string& text, const bool (&gap)[3], F matches) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool both = i + 1 < text.size() && matches(text[i], text[i + 1]);
    if (both && gap[0]) out += ' ';
    out += text[i];
    if (!both) continue;
    if (gap[1]) out += ' ';
    out += text[++i];
    if (gap[2]) out += ' ';
  }
  return out;
}

std::vector<std::string> words_of(std::string_view rest) {
  std::vector<std::string> words;
  for (;;) {
    const std::string_view word = unicode::next_word(rest);
    if (word.empty()) return words;
    words.emplace_back(word);
  }
}

}  // namespace

std::vector<std::string> tokenize_13a(std::string line) {
  replace_all(line, "<skipped>", "");
  replace_all(line, "-\n", "");
  replace_all(line, "\n", " ");
  replace_all(line, "&quot;", "\"");
  replace_all(line, "&amp;", "&");
  replace_all(line, "&lt;", "<");
  replace_all(line, "&gt;", ">");
  std::string text = " ";
  for (char c : line) {
    if (stands_alone(c)) text += {' ', c, ' '};
    else text += c;
  }
  text += "  ";  // as in " line ", whose blanks also separate
  text =
      spaced(text, {false, true, true}, [](char a, char b) { return !is_digit(a) && is_point(b); });
  text =
      spaced(text, {true, true, false}, [](char a, char b) { return is_point(a) && !is_digit(b); });
  text = spaced(text, {false, true, true}, [](char a, char b) { return is_digit(a) && b == '-'; });
  return words_of(text);
}

namespace {

void check_lengths(const char* name, size_t hypotheses, size_t references) {
  if (hypotheses != references)
    argument_error({name, ": ", hypotheses, " hypotheses for ", references, " references"});
}

// The count of each n-gram. Words are separated by a blank, characters are not.
std::unordered_map<std::string, int64_t> ngrams(const std::vector<std::string>& parts, size_t n,
                                                const char* between) {
  std::unordered_map<std::string, int64_t> counts;
  for (size_t i = 0; i + n <= parts.size(); ++i) {
    std::string gram;
    for (size_t k = i; k < i + n; ++k) gram += parts[k] + between;
    ++counts[gram];
  }
  return counts;
}

struct Matches {
  int64_t hypothesis = 0, reference = 0, both = 0;
};
void count(Matches& m, const std::vector<std::string>& hypothesis,
           const std::vector<std::string>& reference, size_t n, const char* between) {
  const auto found = ngrams(hypothesis, n, between), expected = ngrams(reference, n, between);
  for (const auto& [gram, times] : found) {
    m.hypothesis += times;
    if (const auto at = expected.find(gram); at != expected.end())
      m.both += std::min(times, at->second);
  }
  for (const auto& [gram, times] : expected) m.reference += times;
}

double share(int64_t part, int64_t all) {
  return static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

Bleu corpus_bleu(std::span<const std::string> hypotheses, std::span<const std::string> references) {
  check_lengths("corpus_bleu", hypotheses.size(), references.size());
  Bleu b{};
  Matches orders[4];
  for (size_t i = 0; i < hypotheses.size(); ++i) {
    const auto hypothesis = tokenize_13a(hypotheses[i]), reference = tokenize_13a(references[i]);
    b.hypothesis_words += static_cast<int64_t>(hypothesis.size());
    b.reference_words += static_cast<int64_t>(reference.size());
    for (size_t n = 1; n <= 4; ++n) count(orders[n - 1], hypothesis, reference, n, " ");
  }
  const bool shorter = b.hypothesis_words < b.reference_words;
  b.brevity = !shorter ? 1
              : b.hypothesis_words == 0
                  ? 0
                  : std::exp(1 - share(b.reference_words, b.hypothesis_words));
  if (orders[0].both == 0) return b;
  double smooth = 1, logs = 0;
  for (size_t n = 0; n < 4; ++n) {
    const Matches& m = orders[n];
    if (m.hypothesis == 0) return b;
    b.precisions[n] = m.both > 0 ? 100 * share(m.both, m.hypothesis)
                                 : 100 / ((smooth *= 2) * static_cast<double>(m.hypothesis));
    logs += std::log(b.precisions[n]);
  }
  b.score = b.brevity * std::exp(logs / 4);
  return b;
}

double corpus_chrf(std::span<const std::string> hypotheses,
                   std::span<const std::string> references) {
  check_lengths("corpus_chrf", hypotheses.size(), references.size());
  const auto characters = [](std::string_view text) {
    std::vector<std::string> all;
    for (const std::string& word : words_of(text))
      for (std::string_view rest = word; !rest.empty();) {
        const size_t n = unicode::first(rest).length;
        all.emplace_back(rest.substr(0, n));
        rest.remove_prefix(n);
      }
    return all;
  };
  Matches orders[6];
  for (size_t i = 0; i < hypotheses.size(); ++i) {
    const auto hypothesis = characters(hypotheses[i]), reference = characters(references[i]);
    for (size_t n = 1; n <= 6; ++n)  // a reference too short for the order is ignored
      if (reference.size() >= n) count(orders[n - 1], hypothesis, reference, n, "");
  }
  double precision = 0, recall = 0, used = 0;
  for (const Matches& m : orders)
    if (m.hypothesis > 0 && m.reference > 0) {
      precision += share(m.both, m.hypothesis);
      recall += share(m.both, m.reference);
      ++used;
    }
  if (precision + recall == 0) return 0;
  precision /= used;
  recall /= used;
  return 100 * 5 * precision * recall / (4 * precision + recall);
}

}  // namespace gradus
