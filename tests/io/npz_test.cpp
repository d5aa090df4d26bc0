// SPDX-License-Identifier: MIT
// npy and npz: round trips, files written by NumPy, and messages for hostile files.
#include "gradus/io/npz.h"

#include <cstring>
#include <filesystem>

#include "gradus/io/file.h"
#include "io/half.h"
#include "io/inflate.h"
#include "io/zip.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;
using namespace std::string_literals;

namespace io_npz_test {

// An array from its header text and data; version 1 by default.
std::string npy(std::string head, const std::string& data, int version = 1) {
  std::string bytes = "\x93NUMPY"s + static_cast<char>(version) + '\0';
  const auto n = static_cast<uint32_t>(head.size());
  bytes.append(reinterpret_cast<const char*>(&n), version == 1 ? 2 : 4);
  return bytes + head + data;
}
std::string words(const std::string& descr, const std::string& shape,
                  const std::string& columns_first = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + columns_first + ", 'shape': " + shape +
         ", }\n";
}
Tensor read(const std::string& bytes) { return parse_npy(bytes, "x.npy", {.halves = true}); }
std::vector<double> numbers(const std::string& bytes) { return read(bytes).to_vector<double>(); }
std::string refusal(const std::string& bytes) {
  return message_of<std::runtime_error>([&] { parse_npy(bytes, "x.npy"); });
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

// NumPy 2.4: np.savez_compressed(a=np.arange(6, dtype="f4").reshape(2, 3), k=[1, -2] as ">i4").
const std::string deflated = from_hex(
    "504b03042d0000000800000021004fe9002affffffffffffffff05001400612e6e7079010010009800000000000000"
    "55000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94"
    "920a12774bcc294e058a17672416a402f91a463a0ac69a3a0ab50a64032e063068b007120e4004c40d40bcc0010050"
    "4b03042d00000008000000210059d4fa59ffffffffffffffff050014006b2e6e707901001000880000000000000"
    "04d000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9769a2aea3a09e965f54529498179f5f9"
    "4920a12774bcc294e058a17672416a402f91a463a9a3a0ab50a14002e060606c6ffffffff0300504b01022d032d000"
    "0000800000021004fe9002a5500000098000000050000000000000000000000800100000000612e6e7079504b01022"
    "d032d00000008000000210059d4fa594d0000008800000005000000000000000000000080018c0000006b2e6e70795"
    "04b0506000000000200020066000000100100000000");

TensorFile small() {
  Generator gen(4);
  return {{{"layers.0.weight", randn({3, 2}, gen, DType::f32)},
           {"b", randn({2}, gen, DType::f64)},
           {"ids", arange(-2, 3)},
           {"mask", tensor({1, 0, 1}, DType::boolean)},
           {"\xED\x95\x9C", full({}, 0.5)},
           {"", zeros({0, 4})}},
          {}};
}
bool same(const TensorFile& a, const TensorFile& b) {
  if (a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, x] : a.tensors) {
    const auto at = b.tensors.find(name);
    if (at == b.tensors.end() || !identical(x, at->second)) return false;
  }
  return true;
}
std::string written(const TensorFile& file, FloatForm floats = FloatForm::as_is) {
  const TempFolder folder;
  write_npz(folder.path + "/x.npz", file, floats);
  CHECK(same(read_npz(folder.path + "/x.npz", {.halves = true}),
             parse_npz(read_file(folder.path + "/x.npz"), "x.npz", {.halves = true})));
  return read_file(folder.path + "/x.npz");
}
TensorFile read_archive(const std::string& bytes) { return parse_npz(bytes, "x.npz"); }
std::string archive_refusal(const std::string& bytes) {
  const int64_t before = live_bytes();
  reset_peak_bytes();
  const std::string message = message_of<std::runtime_error>([&] { read_archive(bytes); });
  CHECK(message.starts_with("x.npz: "));
  CHECK(message.size() < 400);
  CHECK(peak_bytes() - before < 1 << 16);
  return message;
}
// An archive of one entry with changed bytes: those of the header first, then the directory.
std::string changed(const std::vector<std::pair<size_t, std::string>>& changes,
                    const std::string& name = "a.npy") {
  const std::string array = npy(words("<f4", "(1,)"), "abcd");
  ZipWriter zip;
  std::string bytes = zip.begin(name, array.size(), crc32(0, array)) + array;
  bytes += zip.end();
  for (const auto& [at, what] : changes) bytes.replace(at, what.size(), what);
  return bytes;
}
// The offsets of that archive's directory and end record.
size_t list_at() { return changed({}).find("PK\1\2"); }
size_t end_at() { return changed({}).find("PK\5\6"); }

TEST_CASE("npy: dtypes and byte orders and both orders of axes", "[npz]") {
  const std::string six = "\1\0\2\0\3\0\4\0\5\0\6\0"s;
  CHECK(numbers(npy(words("<i2", "(2, 3)"), six)) == std::vector<double>{1, 2, 3, 4, 5, 6});
  const Tensor columns = read(npy(words("<i2", "(2, 3)", "True"), six));
  CHECK(columns.to_vector<double>() == std::vector<double>{1, 3, 5, 2, 4, 6});
  CHECK(columns.is_contiguous());
  CHECK(numbers(npy(words(">i2", "(2,)"), "\1\0\xFF\xFE"s)) == std::vector<double>{256, -2});
  CHECK(numbers(npy(words(">f4", "()"), "\x3F\x80\0\0"s)) == std::vector<double>{1});
  CHECK(numbers(npy(words(">f8", "()"), "\xC0\0\0\0\0\0\0\0"s)) == std::vector<double>{-2});
  CHECK(numbers(npy(words("<f2", "(2,)"), "\0\x3C\1\0"s)) == std::vector<double>{1, 0x1p-24});
  CHECK(numbers(npy(words(">f2", "(1,)"), "\x3C\0"s)) == std::vector<double>{1});
  CHECK(numbers(npy(words("|u1", "(1,)"), "\xFF")) == std::vector<double>{255});
  CHECK(numbers(npy(words("|i1", "(1,)"), "\xFF")) == std::vector<double>{-1});
  CHECK(numbers(npy(words("<u4", "(1,)"), "\xFF\xFF\xFF\xFF")) == std::vector<double>{4294967295});
  CHECK(numbers(npy(words("<i4", "(1,)"), "\xFE\xFF\xFF\xFF")) == std::vector<double>{-2});
  CHECK(read(npy(words("<i8", "(0, 3)"), "")).str() == "i64 [0, 3]");
  CHECK(read(npy(words("|b1", "(2,)"), "\1\0"s)).str() == "bool [2]");
  // Other spellings: versions 2 and 3, other quotes and order, the long integers of Python 2.
  CHECK(numbers(npy(words("<i2", "(1,)"), "\7\0"s, 2)) == std::vector<double>{7});
  CHECK(numbers(npy(words("<i2", "(1,)"), "\7\0"s, 3)) == std::vector<double>{7});
  CHECK(read(npy("{\"shape\":(1L,2L),\"fortran_order\":False,\"descr\":\"<i2\"}", "\7\0\7\0"s))
            .shape() == Shape{1, 2});
}

TEST_CASE("npy: written as by np.save and read back", "[npz]") {
  const TempFolder folder;
  const std::string path = folder.path + "/x.npy";
  for (const auto& [name, x] : small().tensors) {
    write_npy(path, x);
    CHECK(identical(read_npy(path), x));
  }
  write_npy(path, zeros({2, 3}));
  CHECK(read_file(path) ==
        "\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"s +
            std::string(58, ' ') + "\n" + std::string(24, '\0'));
  write_npy(path, zeros({3}, DType::boolean));
  CHECK(has(read_file(path), "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }"));
  write_npy(path, tensor({1, 0.1}), FloatForm::f16);
  CHECK(read_npy(path, {.halves = true}).to_vector<float>()[1] == from_f16(to_f16(0.1f)));
  CHECK(has(message_of<std::runtime_error>([&] { read_npy(path); }), "only if ReadTensors"));
  CHECK(has(message_of([&] { write_npy(path, tensor({1}), FloatForm::bf16); }), "no bf16"));
  CHECK(has(message_of([&] { write_npy(path, tensor({1e6}), FloatForm::f16); }), "contains 1e+06"));
  CHECK(has(message_of([&] { write_npy(path, {}); }), "undefined"));
  Generator gen(2);
  const Tensor x = randn({4, 6}, gen), view = x.with_layout(x.layout().transposed(0, 1));
  write_npy(path, view);
  CHECK(identical(read_npy(path), view.contiguous_data()));
}

TEST_CASE("npy: hostile files", "[npz]") {
  const std::string good = npy(words("<f4", "(1,)"), "abcd");
  for (size_t n = 0; n < good.size(); ++n) CHECK(has(refusal(good.substr(0, n)), "x.npy: "));
  const auto head = [](const std::string& h) { return refusal(npy(h, "abcd")); };
  const auto dtype = [](const std::string& d) { return refusal(npy(words(d, "(1,)"), "abcd")); };
  const auto shape = [](const std::string& s) { return refusal(npy(words("<f4", s), "abcd")); };
  CHECK(has(refusal("PK\3\4"), "not a npy file"));
  CHECK(has(refusal(npy(words("<f4", "(1,)"), "abcd", 4)), "version 4.0 is not supported"));
  CHECK(has(refusal(good + "x"), "takes 4 bytes; the file has 5"));
  CHECK(has(refusal("\x93NUMPY\2\0\xFF\xFF\xFF\xFF"s), "at most 1048576"));
  CHECK(has(head("[]"), "not a NumPy dictionary"));
  CHECK(has(head("{}"), "must have descr"));
  CHECK(has(head("{'descr': '<f4', 'shape': (1,)}"), "must have descr"));
  CHECK(has(head("{'descr': '<f4', 'descr': '<f4'}"), "\"descr\" is not expected"));
  CHECK(has(head("{'other': 1}"), "\"other\" is not expected"));
  CHECK(has(head("{'descr': __import__('os')}"), "not a NumPy dictionary"));
  CHECK(has(head(words("<f4", "(1,)") + "x"), "after the end of the header"));
  CHECK(has(head(words("<f4", "(1,)", "1")), "not a NumPy dictionary"));
  CHECK(has(dtype("|O"), "would run code"));
  CHECK(has(dtype("<c8"), "\"<c8\" has no counterpart"));
  CHECK(has(dtype("<U1"), "no counterpart"));
  CHECK(has(dtype("|f4"), "no counterpart"));
  CHECK(has(dtype("<f2"), "only if ReadTensors"));
  CHECK(has(dtype("\x1b[2J"), "\\x1b[2J"));
  CHECK(has(head("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "records"));
  CHECK(has(shape("(-1,)"), "something other than sizes"));
  CHECK(has(shape("(1.0,)"), "not a NumPy dictionary"));
  CHECK(has(shape("(9223372036854775808,)"), "something other than sizes"));
  CHECK(has(shape("(1,1,1,1,1,1,1,1,1)"), "more than 8 axes"));
  CHECK(has(shape("(4611686018427387905,)"), "exceeds any memory"));
  CHECK(has(shape("(0, 4294967296, 4294967296, 4294967296)"), "exceeds any memory"));
  CHECK(has(shape("(2,)"), "takes 8 bytes; the file has 4"));
  CHECK(has(shape("1"), "not a NumPy dictionary"));
  CHECK(has(refusal(npy(words("|b1", "(1,)"), "\2")), "neither 0 nor 1"));
  CHECK(has(refusal(npy(words("<u8", "(1,)"), "\0\0\0\0\0\0\0\x80"s)), "2^63"));
}

TEST_CASE("npz: round trips and NumPy's own deflated files", "[npz]") {
  const std::string bytes = written(small());
  CHECK(same(read_archive(bytes), small()));
  CHECK(read_archive(bytes).verified);
  CHECK(written(read_archive(bytes)) == bytes.substr(0));
  CHECK(same(read_archive(written({})), {}));
  const TensorFile file = read_archive(deflated);
  CHECK(file.tensors.size() == 2);
  CHECK(identical(file.tensors.at("a"),
                  arange(0, 6, 1, DType::f32).with_layout(Layout::contiguous({2, 3}))));
  CHECK(file.tensors.at("k").to_vector<int64_t>() == std::vector<int64_t>{1, -2});
  const TensorFile halves = parse_npz(written(small(), FloatForm::f16), "x", {.halves = true});
  CHECK(halves.tensors.at("\xED\x95\x9C").item() == 0.5);
  CHECK(identical(halves.tensors.at("ids"), small().tensors.at("ids")));
  const auto refused = [](const std::string& name, const Tensor& x) {
    return message_of([&] { write_npz("/nowhere/x.npz", {{{name, x}}, {}}); });
  };
  CHECK(has(refused("\xFF", ones({1})), "not UTF-8"));
  CHECK(has(refused(std::string(4097, 'n'), ones({1})), "4097 bytes"));
  CHECK(has(refused("w", {}), "\"w\" is undefined"));
  CHECK(has(message_of([] { write_npz("/nowhere/x.npz", {{}, {{"k", "v"}}}); }), "metadata"));
}

TEST_CASE("npz: a truncated file is refused; a flipped bit changes no array", "[npz]") {
  TensorFile two = small();
  two.tensors.erase("b");
  two.tensors.erase("");
  for (const std::string& bytes : {written(two), deflated}) {
    const TensorFile file = read_archive(bytes);
    for (size_t n = 0; n < bytes.size(); n += 3) archive_refusal(bytes.substr(0, n));
    int other_errors = 0, different = 0;
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      std::string damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      try {
        different += !same(read_archive(damaged), file);
      } catch (const std::runtime_error&) {
      } catch (const std::exception&) {
        ++other_errors;
      }
    }
    CHECK(different == 0);
    CHECK(other_errors == 0);
  }
}

TEST_CASE("npz: hostile archives", "[npz]") {
  const size_t list = list_at(), end = end_at();
  CHECK(same(read_archive(changed({})), {{{"a", read(npy(words("<f4", "(1,)"), "abcd"))}}, {}}));
  CHECK(has(archive_refusal(""), "no end record"));
  CHECK(has(archive_refusal(std::string(70000, 'P')), "no end record"));
  CHECK(has(archive_refusal(changed({}, "a.txt")), "\"a.txt\": not a npy file"));
  CHECK(has(archive_refusal(changed({}, "\xFF.npy")), "\"\\xff.npy\": its name is not UTF-8"));
  CHECK(has(archive_refusal(changed({}, std::string(4097, 'n') + ".npy")), "has 4101 bytes"));
  CHECK(has(archive_refusal(changed({{0, "PK\3\5"}})), "wrong signature"));
  CHECK(has(archive_refusal(changed({{8, "\10"}})), "disagree"));
  CHECK(has(archive_refusal(changed({{30, "b"}})), "disagree"));
  CHECK(has(archive_refusal(changed({{list + 8, "\1"}})), "encrypted"));
  CHECK(has(archive_refusal(changed({{list + 10, "\14"}})), "method 12"));
  CHECK(has(archive_refusal(changed({{list + 16, "...."}})), "checksum"));
  CHECK(has(archive_refusal(changed({{list + 20, "\1"}})), "stored in 1 bytes"));
  CHECK(has(archive_refusal(changed({{list + 34, "\1"}})), "another part"));
  CHECK(has(archive_refusal(changed({{list + 42, "\xFF\xFF"}})), "after the directory"));
  CHECK(has(archive_refusal(changed({{list + 42, "\1"}})), "wrong signature"));
  CHECK(has(archive_refusal(changed({{end + 4, "\1"}})), "multi-part"));
  CHECK(has(archive_refusal(changed({{end + 10, "\2"}, {end + 8, "\2"}})), "1 entries"));
  CHECK(has(archive_refusal(changed({{end + 12, "\1"}})), "does not end at"));
  CHECK(has(archive_refusal(changed({{end + 16, "\xFE\xFF\xFF\xFF"}})), "does not end at"));
  CHECK(has(archive_refusal(changed({{end + 16, "\xFF\xFF\xFF\xFF"}})), "wrong signature"));
  // 4 GiB from a hundred bytes, refused before allocation.
  const std::string bomb = changed({{8, "\10"}, {list + 10, "\10"}, {list + 24, "\0\0\0\xF0"s}});
  CHECK(has(archive_refusal(bomb), "cannot unpack to 4026531840"));
}

TEST_CASE("npz: entries are unique and do not overlap", "[npz]") {
  const std::string array = npy(words("<f4", "(1,)"), "abcd");
  // Two entries; the directory may give another offset for the second.
  const auto two = [&](const std::string& first, const std::string& name, size_t place) {
    ZipWriter zip;
    std::string bytes = zip.begin("a.npy", first.size(), crc32(0, first)) + first;
    bytes += zip.begin(name, array.size(), crc32(0, array)) + array;
    const size_t at = bytes.size() + zip.end().find("PK\1\2", 4) + 42;
    bytes += zip.end();
    if (place != std::string::npos) {
      bytes[at] = static_cast<char>(place);
      bytes[at + 1] = 0;
    }
    return bytes;
  };
  CHECK(read_archive(two(array, "b.npy", std::string::npos)).tensors.size() == 2);
  CHECK(has(archive_refusal(two(array, "a.npy", std::string::npos)), "occurs twice"));
  CHECK(has(archive_refusal(two(array, "a.npy", 0)), "occurs twice"));
  CHECK(has(archive_refusal(two(array, "b.npy", 0)), "disagree"));
  // The second one inside the first.
  const std::string inner = ZipWriter().begin("b.npy", array.size(), crc32(0, array)) + array;
  const size_t head = ZipWriter().begin("a.npy", 0, 0).size();
  CHECK(has(archive_refusal(two(inner, "b.npy", head)), "\"b.npy\": it overlaps another entry"));
}

TEST_CASE("zip: numbers beyond 4 GiB are in the fields of zip64", "[npz]") {
  const std::string array = npy(words("<f4", "(1,)"), "abcd");
  for (const uint64_t wide : {1, 3, 60, 120, 300}) {  // from this size on uses zip64
    ZipWriter zip(wide);
    std::string bytes;
    for (const char* name : {"a.npy", "b.npy", "c.npy"})
      bytes += zip.begin(name, array.size(), crc32(0, array)) + array;
    bytes += zip.end();
    const std::vector<ZipEntry> entries = parse_zip(bytes, "x");
    REQUIRE(entries.size() == 3);
    std::string store;
    for (const ZipEntry& e : entries) CHECK(e.unpacked("x", store) == array);
    for (size_t n = 0; n < bytes.size(); n += 7)
      CHECK_THROWS_AS(parse_zip(std::string_view(bytes).substr(0, n), "x"), std::runtime_error);
  }
}

TEST_CASE("inflate: every kind of block and invalid streams", "[npz]") {
  const auto unpack = [](const std::string& from, size_t size) {
    std::string to(size, '\0');
    inflate(from, to.data(), size);
    return to;
  };
  const auto refused = [&](const std::string& hex, size_t size) {
    return message_of<std::runtime_error>([&] { unpack(from_hex(hex), size); });
  };
  CHECK(unpack(from_hex("010300fcff616263"), 3) == "abc");  // stored
  CHECK(unpack(from_hex("000100feff61010200fdff6263"), 3) == "abc");
  CHECK(unpack(from_hex("4b4c4a0600"), 3) == "abc");          // fixed codes
  CHECK(unpack(from_hex("4b4c840100"), 10) == "aaaaaaaaaa");  // a match that overlaps itself
  CHECK(unpack(from_hex("0300"), 0).empty());
  CHECK(has(refused("", 0), "truncated"));
  CHECK(has(refused("4b4c4a06", 3), "truncated"));
  CHECK(has(refused("4b4c4a0600", 2), "more bytes than the entry's size"));
  CHECK(has(refused("4b4c4a0600", 4), "gives 3 bytes, the entry's size is 4"));
  CHECK(has(refused("4b4c4a060000", 3), "1 bytes follow the end"));
  CHECK(has(refused("07", 0), "damaged"));
  CHECK(has(refused("010300fcfe616263", 3), "damaged"));
  CHECK(has(refused("010400fbff616263", 4), "truncated"));
  CHECK(has(refused("0302", 3), "damaged"));
  CHECK(has(refused("fdffff", 3), "damaged"));
}

std::string bytes_of(uint64_t value, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>(value >> 8 * i & 255);
  return out;
}

// An archive of one boolean array of n zeros, deflated to about 1/158: the header as literals, then
// one zero and repetitions of 258 bytes.
std::string archive_of_zeros(uint64_t n) {
  const std::string head = npy(words("|b1", "(" + std::to_string(n) + ",)"), "");
  std::string data = bytes_of(0, 1) + bytes_of(head.size(), 2) + bytes_of(~head.size(), 2) + head;
  uint64_t bits = 0;
  int count = 0;
  const auto put = [&](uint32_t code, int length) {  // its first bit first
    for (int i = length; i-- > 0;) bits |= uint64_t{code >> i & 1} << count++;
    for (; count >= 8; count -= 8, bits >>= 8) data += static_cast<char>(bits & 255);
  };
  put(6, 3);  // the last block, fixed codes
  uint64_t made = 0;
  for (; made % 258 != n % 258 || made == 0; ++made) put(0x30, 8);
  for (; made < n; made += 258) {
    put(0xC5, 8);
    put(0, 5);
  }
  put(0, 7);
  put(0, 7);  // fills the last byte
  const std::string zeros(n, '\0');
  const uint32_t crc = crc32(crc32(0, head), zeros);
  const uint64_t size = head.size() + n;
  const std::string sizes = bytes_of(crc, 4) + bytes_of(data.size(), 4) + bytes_of(size, 4);
  const std::string name = "a.npy", common = bytes_of(0, 2) + bytes_of(8, 2) + bytes_of(0, 4) +
                                             sizes + bytes_of(name.size(), 2) + bytes_of(0, 2);
  const std::string entry = bytes_of(0x04034B50, 4) + bytes_of(20, 2) + common + name + data;
  const std::string list =
      bytes_of(0x02014B50, 4) + bytes_of(20, 2) + bytes_of(20, 2) + common + bytes_of(0, 14) + name;
  return entry + list + bytes_of(0x06054B50, 4) + bytes_of(0, 4) + bytes_of(1, 2) + bytes_of(1, 2) +
         bytes_of(list.size(), 4) + bytes_of(entry.size(), 4) + bytes_of(0, 2);
}

TEST_CASE("npz: an archive that unpacks to far more than its size is refused", "[npz]") {
  const TensorFile read = parse_npz(archive_of_zeros(1000000), "small.npz");
  CHECK(read.tensors.at("a").shape() == Shape{1000000});
  const std::string large = archive_of_zeros(uint64_t{40} << 20);
  CHECK(large.size() < (uint64_t{40} << 20) / 120);
  const TempFolder folder;
  write_file(folder.path + "/large.npz", large);
  for (const std::string& message :
       {message_of<std::runtime_error>([&] { read_npz(folder.path + "/large.npz"); }),
        run(gradus_program() + " info " + folder.path + "/large.npz").err}) {
    CHECK(has(message, "large.npz: its " + std::to_string(large.size()) + " bytes unpack to"));
    CHECK(has(message, "at most 100 times the size of an archive, or 16 MiB, is read"));
  }
}

}  // namespace io_npz_test
