// SPDX-License-Identifier: MIT
// Byte pair encoding: splits text into runs, and merges. Training is in bpe_training.cpp.
#include "gradus/data/bpe.h"

#include <queue>

#include "data/unicode.h"

namespace gradus {

// ---- runs
namespace {

enum class Kind { space, letter, number, other, end };

struct Next {
  Kind kind;
  size_t length;
};
Next next_kind(std::string_view text) {
  if (text.empty()) return {Kind::end, 0};
  const unicode::Character c = unicode::first(text);
  if (c.bad) return {Kind::other, 1};
  if (unicode::is_letter(c.code)) return {Kind::letter, c.length};
  if (unicode::is_number(c.code)) return {Kind::number, c.length};
  return {unicode::is_space(c.code) ? Kind::space : Kind::other, c.length};
}

// The end of the run of characters of one kind that starts at `at`.
size_t run_end(std::string_view text, size_t at, Kind kind) {
  for (;;) {
    const Next next = next_kind(text.substr(at));
    if (next.kind != kind) return at;
    at += next.length;
  }
}

// White space, without the last character if a token follows.
size_t spaces_end(std::string_view text) {
  size_t at = 0, last = 0;
  for (;;) {
    const Next next = next_kind(text.substr(at));
    if (next.kind == Kind::space) {
      last = at;
      at += next.length;
    } else {
      return next.kind == Kind::end || last == 0 ? at : last;
    }
  }
}

size_t run_length(std::string_view text) {
  for (const char* suffix : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(suffix)) return std::string_view(suffix).size();
  const size_t blank = text[0] == ' ' ? 1 : 0;
  const Kind kind = next_kind(text.substr(blank)).kind;
  return kind == Kind::space || kind == Kind::end ? spaces_end(text) : run_end(text, blank, kind);
}

}  // namespace

std::vector<std::string_view> byte_level_words(std::string_view text) {
  std::vector<std::string_view> all;
  while (!text.empty()) {
    const size_t length = run_length(text);
    all.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return all;
}

// ---- spelling
namespace {

// Printable characters of Latin-1 spell themselves, the others are numbered from 256.
const std::array<char32_t, 256>& spellings() {
  static const auto all = [] {
    std::array<char32_t, 256> codes{};
    char32_t next = 256;
    for (char32_t b = 0; b < 256; ++b) {
      const bool itself = (b > ' ' && b < 0x7F) || (b > 0xA0 && b != 0xAD);
      codes[b] = itself ? b : next++;
    }
    return codes;
  }();
  return all;
}

}  // namespace

std::string byte_level_spelling(std::string_view bytes) {
  std::string all;
  for (char b : bytes) all += unicode::utf8(spellings()[static_cast<uint8_t>(b)]);
  return all;
}

namespace {

// The byte spelled by a character, or -1.
int byte_of(const unicode::Character& c) {
  static const auto back = [] {
    std::unordered_map<char32_t, int> map;
    for (int b = 0; b < 256; ++b) map[spellings()[static_cast<size_t>(b)]] = b;
    return map;
  }();
  const auto found = back.find(c.code);
  return c.bad || found == back.end() ? -1 : found->second;
}

}  // namespace

bool spells_bytes(std::string_view spelling) {
  for (; !spelling.empty(); spelling.remove_prefix(unicode::first(spelling).length))
    if (byte_of(unicode::first(spelling)) < 0) return false;
  return true;
}

std::string bytes_of_spelling(std::string_view spelling) {
  std::string bytes;
  for (std::string_view rest = spelling; !rest.empty();) {
    const unicode::Character c = unicode::first(rest);
    const int byte = byte_of(c);
    if (byte < 0)
      argument_error(
          {"bytes_of_spelling: ", printable(spelling),
           " has a character that spells no byte: ", printable(rest.substr(0, c.length))});
    bytes += static_cast<char>(byte);
    rest.remove_prefix(c.length);
  }
  return bytes;
}

// ---- merging
namespace {
uint64_t key(int64_t left, int64_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint64_t>(right);
}
}  // namespace

BpeTokenizer::BpeTokenizer(std::vector<std::string> words, const std::vector<int64_t>& specials,
                           std::vector<Merge> merges, bool prefix_space)
    : Tokenizer(std::move(words), specials),
      merges_(std::move(merges)),
      prefix_space_(prefix_space) {
  learn_rules();
}

BpeTokenizer::BpeTokenizer(std::vector<std::string> words, BpeSettings settings)
    : Tokenizer(std::move(words), AddedWords(std::move(settings.added), {})),
      merges_(std::move(settings.merges)),
      prefix_space_(settings.prefix_space),
      ignore_merges_(settings.ignore_merges) {
  learn_rules();
}

void BpeTokenizer::learn_rules() {
  for (size_t b = 0; b < 256; ++b) {
    const char byte = static_cast<char>(b);
    bytes_[b] = model_id({&byte, 1});
    if (bytes_[b] < 0 || !in_text(bytes_[b]))
      argument_error({"BpeTokenizer: the vocabulary has no word for byte ", b});
  }
  for (const auto& [left, right] : merges_) {
    if (!in_text(left) || !in_text(right))
      argument_error({"BpeTokenizer: merge ", rules_.size() + 1, " contains a special word"});
    const std::string both = word(left) + word(right);
    const int64_t result = model_id(both);
    if (result < 0 || !in_text(result))
      argument_error({"BpeTokenizer: merge ", rules_.size() + 1, " gives ", printable(both),
                      ", which is not in the vocabulary"});
    if (!rules_.emplace(key(left, right), Rule{static_cast<int64_t>(rules_.size()), result}).second)
      argument_error({"BpeTokenizer: merge ", rules_.size() + 1, " is listed twice"});
  }
}

// Parts are a linked list; candidates are queued by rank, then by position. A candidate whose parts
// have changed is skipped. O(n log n), since a malicious run may be a megabyte long.
void BpeTokenizer::encode_word(std::string_view word, Ids& out) const {
  struct Part {
    int64_t id, before, after;
  };
  struct Candidate {
    int64_t rank, at, left, right, result;
    bool operator>(const Candidate& o) const { return rank != o.rank ? rank > o.rank : at > o.at; }
  };
  const auto count = static_cast<int64_t>(word.size());
  std::vector<Part> parts;
  for (int64_t i = 0; i < count; ++i)
    parts.push_back({bytes_[static_cast<uint8_t>(word[static_cast<size_t>(i)])], i - 1, i + 1});
  const auto part = [&](int64_t i) -> Part& { return parts[static_cast<size_t>(i)]; };
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> waiting;
  const auto consider = [&](int64_t at) {
    if (at < 0 || part(at).after >= count) return;
    const int64_t left = part(at).id, right = part(part(at).after).id;
    if (const auto rule = rules_.find(key(left, right)); rule != rules_.end())
      waiting.push({rule->second.rank, at, left, right, rule->second.result});
  };
  for (int64_t i = 0; i + 1 < count; ++i) consider(i);
  while (!waiting.empty()) {
    const Candidate c = waiting.top();
    waiting.pop();
    Part& left = part(c.at);
    if (left.id != c.left || left.after >= count || part(left.after).id != c.right) continue;
    Part& right = part(left.after);
    left.id = c.result;
    left.after = right.after;
    right.id = -1;
    if (left.after < count) part(left.after).before = c.at;
    consider(left.before);
    consider(c.at);
  }
  for (int64_t i = 0; i < count; i = part(i).after) out.push_back(part(i).id);
}

void BpeTokenizer::encode_part(std::string_view text, Ids& out) const {
  std::string with_blank;
  if (prefix_space_ && !text.starts_with(' ')) text = with_blank.append(1, ' ').append(text);
  for (std::string_view run : byte_level_words(text)) {
    const int64_t whole = ignore_merges_ ? model_id(run) : -1;
    if (whole >= 0 && in_text(whole)) out.push_back(whole);
    else encode_word(run, out);
  }
}

Tokenizer::Ids BpeTokenizer::encode(std::string_view text) const {
  Ids all;
  added().cut(
      text, [&](int64_t id) { all.push_back(id); },
      [&](std::string_view part) { encode_part(part, all); });
  return all;
}

std::string BpeTokenizer::decode(std::span<const int64_t> ids) const {
  std::string text;
  for (int64_t id : ids)
    if (const std::string& bytes = word(id); !is_special(id)) text += bytes;
  return prefix_space_ && text.starts_with(' ') ? text.substr(1) : text;
}

}  // namespace gradus
