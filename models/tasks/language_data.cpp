// SPDX-License-Identifier: MIT
// Splits texts into training and held-out parts, and into tokens.
#include "models/tasks/language_data.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/stream.h"
#include "gradus/base/phase.h"
#include "gradus/base/utf8.h"
#include "gradus/data/batch.h"
#include "gradus/data/bpe.h"
#include "gradus/data/text.h"
#include "gradus/data/wordpiece.h"

namespace gradus {
namespace {

template <class T> std::shared_ptr<const Tokenizer> shared(T tokenizer) {
  return std::make_shared<const T>(std::move(tokenizer));
}

int64_t count_characters(std::string_view text) {
  int64_t n = 0;
  for (size_t i = 0; i < text.size(); ++n) i += std::max<size_t>(1, utf8_length(text.substr(i)));
  return n;
}

}  // namespace

// ---- tokens

std::shared_ptr<const Tokenizer> learn_tokenizer(std::span<const std::string> texts,
                                                 const VocabularyOptions& o) {
  if (o.kind == "bpe")
    return shared(BpeTokenizer::train(texts, {.size = o.size, .specials = o.specials}));
  std::vector<std::string> specials = o.specials;
  if (o.kind == "word") {
    specials.insert(specials.begin(), {"<unk>", "\n"});
    return shared(WordTokenizer::train(texts, o.size, std::move(specials)));
  }
  if (o.kind != "char")
    argument_error({"learn_tokenizer: kind is ", o.kind, "; expected char, word or bpe"});
  std::set<std::string> characters;
  for (const std::string& text : texts)
    for (std::string& character : utf8_characters(text)) characters.insert(std::move(character));
  return shared(CharTokenizer({characters.begin(), characters.end()}, std::move(specials)));
}

// ---- data
namespace {

// The training and held-out texts; by lines, each line is a text.
struct Parts {
  std::vector<std::string> train{}, valid{};
};

Parts cut_ends(std::span<const std::string> texts, double held_out) {
  Parts p;
  int64_t count = 0;
  for (const std::string& text : texts) {
    const int64_t characters = count_characters(text);
    const auto kept =
        static_cast<int64_t>(std::floor(static_cast<double>(characters) * (1 - held_out) + 1e-9));
    const std::string_view all = text;
    size_t cut = 0;
    for (int64_t n = 0; n < kept; ++n) cut += std::max<size_t>(1, utf8_length(all.substr(cut)));
    p.train.emplace_back(all.substr(0, cut));
    p.valid.emplace_back(all.substr(cut));
    count += characters;
  }
  if (count < 6) argument_error({"LanguageData: expected 6 characters or more, got ", count});
  return p;
}

Parts draw_lines(std::span<const std::string> texts, const TextSplit& split, bool words) {
  std::vector<std::string> lines;
  for (std::string_view rest : texts)
    while (!rest.empty()) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool blank = words && line.find_first_not_of(" \t\v\f\r") == line.npos;
      if (!line.empty() && !blank) lines.emplace_back(line);
    }
  Generator gen(split.seed, stream::language_split);
  const auto count = static_cast<int64_t>(lines.size());
  const auto held = static_cast<int64_t>(std::lround(static_cast<double>(count) * split.held_out));
  if (held < 1 || held >= count)
    argument_error(
        {"LanguageData: expected 2 lines or more, since some are held out; got ", count});
  const std::vector<int64_t> order = permutation(count, gen);
  Parts p;
  for (int64_t i = 0; i < count; ++i)
    (i < held ? p.valid : p.train)
        .push_back(std::move(lines[static_cast<size_t>(order[static_cast<size_t>(i)])]));
  return p;
}

// A character tokenizer needs the characters of both parts.
std::shared_ptr<const Tokenizer> tokenizer_of(const Parts& parts, bool by_lines,
                                              const VocabularyOptions& vocabulary) {
  if (vocabulary.kind != "char") return learn_tokenizer(parts.train, vocabulary);
  std::vector<std::string> all = parts.train;
  all.insert(all.end(), parts.valid.begin(), parts.valid.end());
  if (by_lines) all.emplace_back("\n");
  return learn_tokenizer(all, vocabulary);
}

// Replaces each byte that is not valid UTF-8 by U+FFFD.
std::string repaired(const std::string& text, int64_t& count) {
  if (is_utf8(text)) return text;
  std::string out;
  for (const std::string& character : utf8_characters(text, &count)) out += character;
  return out;
}

}  // namespace

LanguageData LanguageData::from_texts(std::span<const std::string> given, const TextSplit& split,
                                      const VocabularyOptions& vocabulary,
                                      std::shared_ptr<const Tokenizer> tokenizer) {
  if (!(split.held_out > 0 && split.held_out < 1))
    argument_error({"LanguageData: the held-out share is ", split.held_out, "; expected 0 to 1"});
  LanguageData d;
  d.by_lines = split.by_lines;
  d.tokenizer = std::move(tokenizer);
  std::vector<std::string> texts(given.begin(), given.end());
  const std::string kind = d.tokenizer ? d.tokenizer->kind() : vocabulary.kind;
  if (kind != "bpe")
    for (std::string& text : texts) text = repaired(text, d.replaced);
  const Parts parts =
      d.by_lines ? draw_lines(texts, split, kind == "word") : cut_ends(texts, split.held_out);
  if (!d.tokenizer) d.tokenizer = tokenizer_of(parts, d.by_lines, vocabulary);
  const auto take = [&](const std::vector<std::string>& from, Tokens& text,
                        std::vector<Tokens>& lines, int64_t& count) {
    Phase phase("texts cut into tokens", std::ssize(from));
    for (const std::string& part : from) {
      phase.next();
      const Tokens ids = encode_text(*d.tokenizer, part);
      if (d.by_lines && ids.empty()) continue;  // other kinds of whitespace
      count += count_characters(part) + d.by_lines;
      if (d.by_lines) lines.push_back(ids);
      else text.insert(text.end(), ids.begin(), ids.end());
    }
  };
  take(parts.train, d.train, d.train_lines, d.characters);
  take(parts.valid, d.valid, d.valid_lines, d.held_out);
  if (!d.by_lines && (d.train.size() < 3 || d.valid.size() < 3))
    argument_error({"LanguageData: expected 3 tokens or more in each part, got ", d.train.size(),
                    " to train on and ", d.valid.size(), " held out"});
  if (d.by_lines && (d.train_lines.empty() || d.valid_lines.empty()))
    argument_error({"LanguageData: the lines of one part have no words"});
  return d;
}

int64_t LanguageData::longest() const {
  size_t most = 0;
  for (const auto* lines : {&train_lines, &valid_lines})
    for (const Tokens& line : *lines) most = std::max(most, line.size());
  return static_cast<int64_t>(most) + 1;
}

int64_t LanguageData::tokens(bool training) const {
  if (!by_lines) return static_cast<int64_t>((training ? train : valid).size());
  int64_t n = 0;
  for (const Tokens& line : training ? train_lines : valid_lines)
    n += static_cast<int64_t>(line.size()) + 1;
  return n;
}

int64_t LanguageData::held_out_size(int64_t block) const {
  if (by_lines) return static_cast<int64_t>(valid_lines.size());
  return (tokens(false) - 1 + block - 1) / block;
}

int64_t LanguageData::epoch_size(int64_t block) const {
  if (by_lines) return static_cast<int64_t>(train_lines.size());
  return std::max<int64_t>(1, tokens(true) / block);
}

int64_t LanguageData::predicted_characters() const {
  if (by_lines) return held_out;
  const std::string& first = tokenizer->word(valid.at(0));  // it may end inside a character
  return held_out -
         std::count_if(first.begin(), first.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

double LanguageData::unknown_share() const {
  const int64_t unknown = unknown_id(*tokenizer);
  auto n = static_cast<double>(std::count(valid.begin(), valid.end(), unknown));
  for (const Tokens& line : valid_lines)
    n += static_cast<double>(std::count(line.begin(), line.end(), unknown));
  return n / static_cast<double>(std::max<int64_t>(1, tokens(false)));
}

// ---- baselines by counting
namespace {

// Calls f(before, token) for each token of a part; `before` of the first is a newline, or -1 for
// none.
template <class F> void each_pair(const LanguageData& d, bool training, F f) {
  if (!d.by_lines) {
    const Tokens& text = training ? d.train : d.valid;
    for (size_t i = 0; i < text.size(); ++i) f(i ? text[i - 1] : -1, text[i]);
    return;
  }
  for (const Tokens& line : training ? d.train_lines : d.valid_lines) {
    int64_t before = d.newline();
    for (int64_t token : line) f(before, token), before = token;
    f(before, d.newline());
  }
}

double count_loss(const LanguageData& d, bool pairs) {
  const int64_t V = d.tokenizer->size();
  std::unordered_map<int64_t, double> counts,
      totals;  // sparse: a table of all pairs could be large
  const auto row = [&](int64_t before) { return pairs ? before + 1 : 0; };
  each_pair(d, true, [&](int64_t before, int64_t token) {
    ++counts[row(before) * V + token];
    ++totals[row(before)];
  });
  const auto of = [](const auto& all, int64_t key) {
    const auto found = all.find(key);
    return found == all.end() ? 0 : found->second;
  };
  double loss = 0, n = 0;
  each_pair(d, false, [&](int64_t before, int64_t token) {
    loss -= std::log((of(counts, row(before) * V + token) + 1) /
                     (of(totals, row(before)) + static_cast<double>(V)));
    ++n;
  });
  return loss / n;
}

}  // namespace

double unigram_loss(const LanguageData& d) { return count_loss(d, false); }
double bigram_loss(const LanguageData& d) { return count_loss(d, true); }

}  // namespace gradus
