// SPDX-License-Identifier: MIT
// Files compressed by gzip: several members, damage, and the limit.
#include "gradus/io/gzip.h"

#include <zlib.h>

#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace io_gzip_test {

std::string gzip(const std::string& content) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, content.size()) + 32, 0);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string refusal(const std::string& bytes, size_t limit = 1 << 20) {
  return message_of<std::runtime_error>([&] { gunzip(bytes, "a.gz", limit); });
}

TEST_CASE("gunzip: content of any size and several members", "[gzip]") {
  std::string large;
  for (int i = 0; i < 50000; ++i) large += std::to_string(i * 7919) + ",";
  for (const std::string& content : {std::string(), std::string("a"), large}) {
    CHECK(is_gzip(gzip(content)));
    CHECK(gunzip(gzip(content), "a.gz") == content);
    CHECK(gunzip(gzip("first\n") + gzip(content), "a.gz") == "first\n" + content);
  }
  CHECK(!is_gzip("id,time"));
}

TEST_CASE("gunzip: damage is an error that names the file", "[gzip]") {
  const std::string bytes = gzip("id,time,x\n1,0,0.5\n1,1,0.25\n");
  for (size_t n = 2; n < bytes.size(); ++n) {
    INFO(n);
    CHECK(refusal(bytes.substr(0, n)).starts_with("a.gz: "));
  }
  std::string flipped = bytes;
  flipped[bytes.size() - 6] ^= 1;  // the checksum
  CHECK(refusal(flipped).starts_with("a.gz: "));
  CHECK(refusal(bytes + "more") == "a.gz: 4 bytes follow the compressed data");
  CHECK(refusal(gzip(std::string(1 << 16, 'x')), 1000) == "a.gz: unpacks to more than 1000 bytes");
}

}  // namespace io_gzip_test
