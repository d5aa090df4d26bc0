// SPDX-License-Identifier: MIT
// Each code is decoded with one table, sized for its longest code word. The stream is untrusted:
// distances are checked against the bytes written, and codes for validity, before they are used.
// Source: RFC 1951.
#include "io/inflate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "gradus/base/error.h"

namespace gradus {
namespace {

constexpr int longest = 15;

// The stream's bits, lowest bit of each byte first.
class Bits {
 public:
  explicit Bits(std::string_view from) : at_(from.data()), end_(from.data() + from.size()) {}

  // The next bits; zeros after the end.
  uint32_t peek(int count) {
    while (held_ <= 56 && at_ != end_) {
      bits_ |= uint64_t{static_cast<unsigned char>(*at_++)} << held_;
      held_ += 8;
    }
    return static_cast<uint32_t>(bits_ & ((uint64_t{1} << count) - 1));
  }
  void drop(int count) {
    if (count > held_) file_error({"the deflated data is truncated"});
    bits_ >>= count;
    held_ -= count;
  }
  uint32_t take(int count) {
    const uint32_t value = peek(count);
    drop(count);
    return value;
  }
  // Whole bytes, from the next byte boundary.
  void copy(char* to, size_t count) {
    drop(held_ % 8);
    at_ -= held_ / 8;
    bits_ = 0;
    held_ = 0;
    if (count > static_cast<size_t>(end_ - at_)) file_error({"the deflated data is truncated"});
    if (count) std::memcpy(to, at_, count);
    at_ += count;
  }
  size_t whole_bytes_left() const {
    return static_cast<size_t>(end_ - at_) + static_cast<size_t>(held_ / 8);
  }

 private:
  const char *at_, *end_;
  uint64_t bits_ = 0;
  int held_ = 0;
};

// A prefix code from the lengths of its words, 0 for symbols without one.
class Code {
 public:
  Code(std::span<const uint8_t> lengths, bool may_be_empty) {
    std::array<int, longest + 2> count{}, next{};
    for (uint8_t n : lengths) ++count[n];
    int used = 0, left = 1;
    for (int n = 1; n <= longest; ++n) {
      left = 2 * left - count[static_cast<size_t>(n)];
      if (left < 0) file_error({"a deflate code has too many code words"});
      if (count[static_cast<size_t>(n)]) width_ = n;
      used += count[static_cast<size_t>(n)];
      next[static_cast<size_t>(n) + 1] =
          (next[static_cast<size_t>(n)] + count[static_cast<size_t>(n)]) << 1;
    }
    const bool single = used == 1 && width_ == 1;
    if (left > 0 && !single && !(used == 0 && may_be_empty))
      file_error({"a deflate code has unused code words"});
    table_.assign(size_t{1} << width_, 0);
    for (size_t symbol = 0; symbol < lengths.size(); ++symbol)
      if (const int n = lengths[symbol]; n > 0)
        enter(symbol, n, static_cast<uint32_t>(next[static_cast<size_t>(n)]++));
  }

  uint32_t read(Bits& bits) const {
    const uint32_t entry = table_[bits.peek(width_)];
    if (entry == 0) file_error({"the deflated data contains an invalid code word"});
    bits.drop(static_cast<int>(entry & 15));
    return entry >> 4;
  }

 private:
  // Code words are stored highest bit first, everything else lowest bit first.
  void enter(size_t symbol, int length, uint32_t word) {
    uint32_t reversed = 0;
    for (int i = 0; i < length; ++i) reversed |= (word >> i & 1) << (length - 1 - i);
    for (size_t at = reversed; at < table_.size(); at += size_t{1} << length)
      table_[at] = static_cast<uint32_t>(symbol << 4) | static_cast<uint32_t>(length);
  }
  int width_ = 0;
  std::vector<uint32_t> table_;  // symbol * 16 + length of its word; 0: none
};

struct Codes {
  Code symbols, distances;
};

Codes fixed_codes() {
  std::array<uint8_t, 288> symbols;
  for (size_t i = 0; i < 288; ++i) symbols[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  std::array<uint8_t, 32> distances;
  distances.fill(5);
  return {Code(symbols, false), Code(distances, false)};
}

Codes read_codes(Bits& bits) {
  constexpr size_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const size_t symbols = bits.take(5) + 257, distances = bits.take(5) + 1;
  const size_t given = bits.take(4) + 4;
  if (symbols > 286 || distances > 30) file_error({"a deflate code has too many symbols"});
  std::array<uint8_t, 19> of_lengths{};
  for (size_t i = 0; i < given; ++i) of_lengths[order[i]] = static_cast<uint8_t>(bits.take(3));
  const Code code(of_lengths, false);
  std::vector<uint8_t> lengths;
  while (lengths.size() < symbols + distances) {
    const uint32_t word = code.read(bits);
    if (word < 16) {
      lengths.push_back(static_cast<uint8_t>(word));
      continue;
    }
    if (word == 16 && lengths.empty()) file_error({"a deflate code repeats a missing length"});
    const size_t times = word == 16   ? 3 + bits.take(2)
                         : word == 17 ? 3 + bits.take(3)
                                      : 11 + bits.take(7);
    lengths.insert(lengths.end(), times, word == 16 ? lengths.back() : uint8_t{0});
  }
  if (lengths.size() > symbols + distances)
    file_error({"a deflate code has more lengths than declared"});
  if (lengths[256] == 0) file_error({"a deflate code has no end-of-block symbol"});
  const std::span<const uint8_t> all(lengths);
  return {Code(all.first(symbols), false), Code(all.subspan(symbols), true)};
}

class Output {
 public:
  Output(char* to, size_t size) : to_(to), size_(size) {}
  size_t done() const { return done_; }
  void literal(char c) {
    room(1);
    to_[done_++] = c;
  }
  void stored(Bits& bits) {
    char head[4];
    bits.copy(head, 4);
    uint16_t count, inverse;
    std::memcpy(&count, head, 2);
    std::memcpy(&inverse, head + 2, 2);
    if (count != static_cast<uint16_t>(~inverse))
      file_error({"the length of a stored block is damaged"});
    room(count);
    bits.copy(to_ + done_, count);
    done_ += count;
  }
  void match(size_t length, size_t distance) {
    if (distance > done_) file_error({"the deflated data refers to bytes before its start"});
    room(length);
    for (size_t i = 0; i < length; ++i) to_[done_ + i] = to_[done_ + i - distance];
    done_ += length;
  }

 private:
  void room(size_t count) const {
    if (count > size_ - done_)
      file_error({"the deflated data unpacks to more than its recorded size"});
  }
  char* to_;
  size_t size_, done_ = 0;
};

void unpack_block(Bits& bits, const Codes& codes, Output& out) {
  constexpr int lengths[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                             31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  constexpr int distances[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                               33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                               1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  for (;;) {
    const uint32_t symbol = codes.symbols.read(bits);
    if (symbol < 256) {
      out.literal(static_cast<char>(symbol));
      continue;
    }
    if (symbol == 256) return;
    if (symbol > 285) file_error({"the deflated data contains an invalid length"});
    const uint32_t l = symbol - 257;
    const int more = l < 8 || l == 28 ? 0 : static_cast<int>(l / 4 - 1);
    const size_t length = static_cast<size_t>(lengths[l]) + bits.take(more);
    const uint32_t d = codes.distances.read(bits);
    if (d > 29) file_error({"the deflated data contains an invalid distance"});
    const int further = d < 4 ? 0 : static_cast<int>(d / 2 - 1);
    out.match(length, static_cast<size_t>(distances[d]) + bits.take(further));
  }
}

}  // namespace

void inflate(std::string_view from, char* to, size_t size) {
  Bits bits(from);
  Output out(to, size);
  for (bool last = false; !last;) {
    last = bits.take(1);
    switch (bits.take(2)) {
      case 0: out.stored(bits); break;
      case 1: unpack_block(bits, fixed_codes(), out); break;
      case 2: unpack_block(bits, read_codes(bits), out); break;
      default: file_error({"the deflated data contains a block of unknown type"});
    }
  }
  if (out.done() != size)
    file_error({"the deflated data unpacks to ", out.done(), " bytes; expected ", size});
  if (const size_t rest = bits.whole_bytes_left())
    file_error({rest, " bytes follow the deflated data"});
}

}  // namespace gradus
