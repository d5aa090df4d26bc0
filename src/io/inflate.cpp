// SPDX-License-Identifier: MIT
// Calls zlib, and turns its errors into messages.
#include "io/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "gradus/base/error.h"
#include "gradus/io/gzip.h"

namespace gradus {
namespace {

// Reports bytes that are not a complete deflate stream.
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A decompressing stream. zlib's counters have 32 bits, so large data are passed in parts.
class Unpacker {
 public:
  Unpacker(std::string_view from, int format) : rest_(from) {
    if (inflateInit2(&stream_, format) != Z_OK) throw std::runtime_error("zlib could not start");
  }
  ~Unpacker() { inflateEnd(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Unpacks at most `size` bytes and returns how many there were; ended() is true afterwards if
  /// they were the last ones.
  size_t unpack(char* to, size_t size) {
    size_t done = 0;
    while (done < size && !ended_) {
      const size_t given = part(rest_.size()), room = part(size - done);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = reinterpret_cast<Bytef*>(to + done);
      stream_.avail_out = static_cast<uInt>(room);
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      rest_.remove_prefix(given - stream_.avail_in);
      done += room - stream_.avail_out;
      if (status == Z_STREAM_END) ended_ = true;
      else if (status == Z_BUF_ERROR || (status == Z_OK && rest_.empty() && stream_.avail_out > 0))
        throw Damaged("the deflated data is truncated");
      else if (status != Z_OK)
        throw Damaged(
            text({"the deflated data is damaged: ", stream_.msg ? stream_.msg : "unknown fault"}));
    }
    return done;
  }
  bool ended() const { return ended_; }
  std::string_view rest() const { return rest_; }

 private:
  static size_t part(size_t bytes) { return std::min(bytes, size_t{1} << 30); }
  std::string_view rest_;
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

void inflate(std::string_view from, char* to, size_t size) {
  Unpacker unpacker(from, -MAX_WBITS);
  const size_t done = unpacker.unpack(to, size);
  char more = 0;
  if (!unpacker.ended() && unpacker.unpack(&more, 1) > 0)
    throw std::runtime_error("the deflated data gives more bytes than the entry's size");
  if (done != size)
    throw std::runtime_error(
        text({"the deflated data gives ", done, " bytes, the entry's size is ", size}));
  if (!unpacker.rest().empty())
    throw std::runtime_error(
        text({unpacker.rest().size(), " bytes follow the end of the deflated data"}));
}

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::string gunzip(std::string_view bytes, const std::string& name, size_t limit) {
  std::string all;
  for (size_t member = 0; member == 0 || !bytes.empty(); ++member) {
    if (member > 0 && !is_gzip(bytes))
      file_error({printable(name, 400), ": ", bytes.size(), " bytes follow the compressed data"});
    try {
      Unpacker unpacker(bytes, MAX_WBITS + 16);
      while (!unpacker.ended()) {
        const size_t before = all.size(), room = std::max(before, size_t{1} << 16);
        all.resize(before + room);
        all.resize(before + unpacker.unpack(all.data() + before, room));
        if (all.size() > limit)
          file_error({printable(name, 400), ": unpacks to more than ", limit, " bytes"});
      }
      bytes = unpacker.rest();
    } catch (const Damaged& e) {
      file_error({printable(name, 400), ": ", e.what()});
    }
  }
  return all;
}

}  // namespace gradus
