// SPDX-License-Identifier: MIT
// Byte pair encoding: learns the merges.
#include <algorithm>
#include <queue>

#include "gradus/base/phase.h"
#include "gradus/data/bpe.h"

namespace gradus {
namespace {

using Pair = std::pair<int64_t, int64_t>;

// The distinct runs of the texts, as words, with their counts. Pair counts are updated after each
// merge; a queued candidate whose count has decreased is queued again with the new count.
class Merger {
 public:
  Merger(std::span<const std::string> texts, std::span<const int64_t> bytes) {
    std::unordered_map<std::string_view, size_t> numbers;
    Phase phase("texts read for the vocabulary", std::ssize(texts));
    for (const std::string& text : texts) {
      phase.next();
      for (std::string_view run : byte_level_words(text)) {
        const auto [at, is_new] = numbers.emplace(run, runs_.size());
        if (is_new) {
          runs_.push_back({{}, 0});
          for (char b : run) runs_.back().words.push_back(bytes[static_cast<uint8_t>(b)]);
        }
        ++runs_[at->second].count;
      }
    }
    for (size_t i = 0; i < runs_.size(); ++i) count(i, 1);
    for (const auto& [k, pair] : pairs_) waiting_.push({pair.count, k});
  }

  // The most frequent pair, or a count of 0.
  std::pair<Pair, int64_t> top() {
    while (!waiting_.empty()) {
      const Candidate c = waiting_.top();
      const int64_t now = pairs_.at(c.pair).count;
      if (c.count == now && now > 0)
        return {{static_cast<int64_t>(c.pair >> 32), static_cast<int64_t>(c.pair & 0xFFFFFFFFu)},
                now};
      waiting_.pop();
      if (now > 0) waiting_.push({now, c.pair});
    }
    return {{0, 0}, 0};
  }

  // This pair is never merged.
  void forbid(const Pair& pair) { pairs_.at(key(pair)).count = INT64_MIN / 2; }

  void merge(const Pair& pair, int64_t result) {
    const std::vector<size_t> where = std::move(pairs_.at(key(pair)).runs);
    for (size_t i : where) {
      std::vector<int64_t>& w = runs_[i].words;
      count(i, -1);
      size_t to = 0;
      for (size_t from = 0; from < w.size(); ++from, ++to) {
        const bool both =
            from + 1 < w.size() && w[from] == pair.first && w[from + 1] == pair.second;
        w[to] = both ? result : w[from];
        from += both;
      }
      w.resize(to);
      count(i, 1, result);
    }
    for (uint64_t k : grown_) waiting_.push({pairs_.at(k).count, k});
    grown_.clear();
  }

 private:
  struct Run {
    std::vector<int64_t> words;
    int64_t count;
  };
  struct Counted {
    int64_t count = 0;
    std::vector<size_t> runs{};  // that contain or contained it
  };
  struct Candidate {
    int64_t count;
    uint64_t pair;
    bool operator<(const Candidate& o) const {
      return count != o.count ? count < o.count : pair > o.pair;
    }
  };
  static uint64_t key(const Pair& p) {
    return static_cast<uint64_t>(p.first) << 32 | static_cast<uint64_t>(p.second);
  }
  // Adds or removes the pairs of a run; `fresh` is a word that forms new pairs.
  void count(size_t run, int64_t sign, int64_t fresh = -1) {
    const Run& r = runs_[run];
    for (size_t i = 0; i + 1 < r.words.size(); ++i) {
      const uint64_t k = key({r.words[i], r.words[i + 1]});
      Counted& c = pairs_[k];
      c.count += sign * r.count;
      if (sign < 0) continue;
      const bool is_new = r.words[i] == fresh || r.words[i + 1] == fresh;
      if (is_new) grown_.push_back(k);
      if ((is_new || fresh < 0) && (c.runs.empty() || c.runs.back() != run)) c.runs.push_back(run);
    }
  }

  std::vector<Run> runs_;
  std::unordered_map<uint64_t, Counted> pairs_;
  std::priority_queue<Candidate> waiting_;
  std::vector<uint64_t> grown_;
};

// The bytes sorted by their spellings, as in other trainers.
std::vector<std::pair<std::string, char>> spelled_bytes() {
  std::vector<std::pair<std::string, char>> order;
  for (int b = 0; b < 256; ++b) {
    const char byte = static_cast<char>(b);
    order.emplace_back(byte_level_spelling({&byte, 1}), byte);
  }
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace

BpeTokenizer BpeTokenizer::train(std::span<const std::string> texts, const BpeTraining& o) {
  std::vector<std::string> words = o.specials;
  const auto specials = static_cast<int64_t>(o.specials.size());
  if (o.size < specials + 256 || o.size > INT32_MAX)
    argument_error({"BpeTokenizer: a vocabulary of ", o.size, "; expected at least ",
                    specials + 256, ", for 256 bytes and ", specials, " special words"});
  std::array<int64_t, 256> bytes{};
  std::unordered_map<std::string, int64_t> known;
  for (const std::string& word : words) known[word] = -1;
  for (const auto& [spelling, byte] : spelled_bytes()) {
    bytes[static_cast<uint8_t>(byte)] = static_cast<int64_t>(words.size());
    known[{byte}] = static_cast<int64_t>(words.size());
    words.push_back({byte});
  }
  Merger merger(texts, bytes);
  std::vector<Merge> merges;
  Phase phase("words of the vocabulary", o.size);
  while (static_cast<int64_t>(words.size()) < o.size) {
    phase.at(std::ssize(words));
    const auto [pair, count] = merger.top();
    if (count < std::max<int64_t>(o.min_count, 1)) break;
    const std::string both =
        words[static_cast<size_t>(pair.first)] + words[static_cast<size_t>(pair.second)];
    const auto [at, is_new] = known.emplace(both, static_cast<int64_t>(words.size()));
    if (at->second < 0) {  // text that looks like a special word stays text
      merger.forbid(pair);
      continue;
    }
    if (is_new) words.push_back(both);
    merges.push_back(pair);
    merger.merge(pair, at->second);
  }
  return BpeTokenizer(std::move(words), first_ids(o.specials.size()), std::move(merges));
}

}  // namespace gradus
