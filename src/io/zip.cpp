// SPDX-License-Identifier: MIT
// The central directory at the end of an archive is authoritative; each entry must agree with it.
// Every size and offset is checked against the archive before it is used.
// Source: PKWARE's APPNOTE.TXT, 4.3.
#include "io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <stdexcept>

#include "gradus/base/error.h"
#include "io/inflate.h"

namespace gradus {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr uint32_t entry_sign = 0x04034B50, list_sign = 0x02014B50, end_sign = 0x06054B50,
                   wide_end_sign = 0x06064B50, locator_sign = 0x07064B50;
constexpr uint16_t wide_field = 1, utf8_flag = 1 << 11;
constexpr uint32_t filled = 0xFFFFFFFF;     // the number is in the zip64 field
constexpr uint16_t first_day = 1 << 5 | 1;  // 1 January 1980: files contain no time

// Reads consecutive numbers from bytes that may end too early.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& archive, const char* where)
      : rest_(bytes), archive_(archive), where_(where) {}
  template <class T> T take() {
    T value;
    std::memcpy(&value, text(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view text(uint64_t count) {
    if (count > rest_.size()) file_error({printable(archive_, 400), ": truncated in ", where_});
    const std::string_view found = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return found;
  }
  void sign(uint32_t expected) {
    if (take<uint32_t>() != expected)
      file_error({printable(archive_, 400), ": damaged: wrong signature of ", where_});
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  const std::string& archive_;
  const char* where_;
};

// An entry with its record in the directory.
struct Record {
  ZipEntry entry;
  uint64_t packed, place, data_end;
};

class ArchiveParser {
 public:
  ArchiveParser(std::string_view bytes, const std::string& archive)
      : bytes_(bytes), archive_(archive) {}

  std::vector<ZipEntry> parse() {
    read_end();
    Reader list(bytes_.substr(place_, size_), archive_, "the directory");
    std::vector<Record> records;
    while (!list.empty()) records.push_back(read_record(list));
    if (records.size() != count_)
      fail({"its directory has ", records.size(), " entries, its end record ", count_});
    for (Record& r : records) find_data(r);
    check_apart(records);
    std::vector<ZipEntry> entries;
    for (Record& r : records) entries.push_back(std::move(r.entry));
    return entries;
  }

 private:
  [[noreturn]] void fail(std::initializer_list<Piece> what) const {
    file_error({printable(archive_, 400), ": ", text(what)});
  }
  [[noreturn]] void fail(const ZipEntry& e, std::initializer_list<Piece> what) const {
    fail({"entry \"", printable(e.name, 100), "\": ", text(what)});
  }

  // The end record is followed by a comment of variable length.
  void read_end() {
    constexpr size_t length = 22;
    size_t at = bytes_.size();
    for (size_t comment = 0; comment <= 0xFFFF && comment + length <= bytes_.size(); ++comment) {
      const size_t here = bytes_.size() - length - comment;
      uint32_t sign;
      uint16_t comment_length;
      std::memcpy(&sign, bytes_.data() + here, 4);
      std::memcpy(&comment_length, bytes_.data() + here + 20, 2);
      if (sign == end_sign && comment_length == comment) {
        at = here;
        break;
      }
    }
    if (at == bytes_.size()) fail({"not a zip archive, or truncated: no end record"});
    Reader end(bytes_.substr(at), archive_, "the end record");
    end.sign(end_sign);
    const auto disk = end.take<uint16_t>(), list_disk = end.take<uint16_t>();
    const auto here = end.take<uint16_t>();
    count_ = end.take<uint16_t>();
    size_ = end.take<uint32_t>();
    place_ = end.take<uint32_t>();
    const bool wide = count_ == 0xFFFF || size_ == filled || place_ == filled;
    if (!wide && (disk != 0 || list_disk != 0 || here != count_)) fail({"multi-part archive"});
    const size_t list_end = wide ? read_wide_end(at) : at;
    if (place_ > list_end || size_ != list_end - place_)
      fail({"the directory, ", size_, " bytes at ", place_, ", does not end at the end record, at ",
            list_end});
  }

  size_t read_wide_end(size_t end) {
    if (end < 20) fail({"truncated before its end record"});
    Reader locator(bytes_.substr(end - 20, 20), archive_, "the locator of the end record");
    locator.sign(locator_sign);
    const auto disk = locator.take<uint32_t>();
    const auto at = locator.take<uint64_t>();
    const auto disks = locator.take<uint32_t>();
    if (disk != 0 || disks != 1) fail({"multi-part archive"});
    if (at > end - 20) fail({"its end record is at ", at, ", after ", end - 20});
    Reader wide(bytes_.substr(at, end - 20 - at), archive_, "the end record");
    wide.sign(wide_end_sign);
    if (wide.take<uint64_t>() != end - 20 - at - 12) fail({"its end record has a wrong length"});
    wide.text(4);  // versions
    const auto this_disk = wide.take<uint32_t>(), list_disk = wide.take<uint32_t>();
    const auto here = wide.take<uint64_t>();
    count_ = wide.take<uint64_t>();
    size_ = wide.take<uint64_t>();
    place_ = wide.take<uint64_t>();
    if (this_disk != 0 || list_disk != 0 || here != count_) fail({"multi-part archive"});
    return at;
  }

  Record read_record(Reader& list) const {
    list.sign(list_sign);
    list.text(4);  // versions
    const auto flags = list.take<uint16_t>(), method = list.take<uint16_t>();
    list.text(4);  // time and day
    Record r{};
    r.entry.crc = list.take<uint32_t>();
    r.packed = list.take<uint32_t>();
    r.entry.size = list.take<uint32_t>();
    const auto name = list.take<uint16_t>(), extra = list.take<uint16_t>();
    const auto comment = list.take<uint16_t>(), disk = list.take<uint16_t>();
    list.text(6);  // attributes
    r.place = list.take<uint32_t>();
    r.entry.name = list.text(name);
    widen(list.text(extra), {&r.entry.size, &r.packed, &r.place});
    list.text(comment);
    if (disk != 0 && disk != 0xFFFF) fail(r.entry, {"it is in another part of the archive"});
    if (flags & 1) fail(r.entry, {"it is encrypted"});
    if (method != 0 && method != 8)
      fail(r.entry, {"compression method ", method,
                     " is not supported; expected 0 (stored) or 8 (deflate)"});
    r.entry.deflated = method == 8;
    if (!r.entry.deflated && r.packed != r.entry.size)
      fail(r.entry, {"it is stored in ", r.packed, " bytes, but its size is ", r.entry.size});
    if (r.packed > bytes_.size() || r.entry.size > inflate_limit * r.packed)
      fail(r.entry, {"its ", r.packed, " bytes cannot unpack to ", r.entry.size});
    return r;
  }

  // Numbers that are all ones are in the zip64 field, in order.
  void widen(std::string_view extra, std::initializer_list<uint64_t*> numbers) const {
    Reader all(extra, archive_, "the extra fields of an entry");
    while (!all.empty()) {
      const auto kind = all.take<uint16_t>();
      Reader field(all.text(all.take<uint16_t>()), archive_, "the sizes of an entry");
      if (kind != wide_field) continue;
      for (uint64_t* n : numbers)
        if (*n == filled) *n = field.take<uint64_t>();
      return;
    }
  }

  void find_data(Record& r) const {
    if (r.place > place_) fail(r.entry, {"it is at ", r.place, ", after the directory"});
    Reader head(bytes_.substr(r.place, place_ - r.place), archive_, "the header of an entry");
    head.sign(entry_sign);
    head.text(4);  // version and flags
    const auto method = head.take<uint16_t>();
    head.text(16);  // time, day, checksum and sizes: taken from the directory
    const auto name = head.take<uint16_t>(), extra = head.take<uint16_t>();
    if (head.text(name) != r.entry.name || method != (r.entry.deflated ? 8 : 0))
      fail(r.entry, {"its header and the directory disagree"});
    head.text(extra);
    r.entry.data = head.text(r.packed);
    r.data_end = static_cast<uint64_t>(r.entry.data.data() - bytes_.data()) + r.packed;
  }

  // Entries that share bytes could unpack to far more than the archive's size.
  void check_apart(const std::vector<Record>& records) const {
    std::vector<const Record*> order;
    std::set<std::string_view> names;
    for (const Record& r : records) {
      order.push_back(&r);
      if (!names.insert(r.entry.name).second) fail(r.entry, {"it occurs twice"});
    }
    std::sort(order.begin(), order.end(),
              [](const Record* a, const Record* b) { return a->place < b->place; });
    for (size_t i = 1; i < order.size(); ++i)
      if (order[i]->place < order[i - 1]->data_end)
        fail(order[i]->entry, {"it overlaps another entry"});
  }

  std::string_view bytes_;
  const std::string& archive_;
  uint64_t count_ = 0, size_ = 0, place_ = 0;  // entries, size and position of the directory
};

// Serialises numbers.
template <class... T> std::string packed(T... values) {
  std::string all;
  (all.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
  return all;
}

}  // namespace

uint32_t crc32(uint32_t crc, std::string_view bytes) {
  return static_cast<uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string_view ZipEntry::unpacked(const std::string& archive, std::string& store) const {
  std::string_view bytes = data;
  if (deflated) {
    store.resize(size);
    try {
      inflate(data, store.data(), size);
    } catch (const std::runtime_error& e) {
      file_error({printable(archive, 400), ": entry \"", printable(name, 100), "\": ", e.what()});
    }
    bytes = store;
  }
  if (crc32(0, bytes) != crc)
    file_error({printable(archive, 400), ": entry \"", printable(name, 100),
                "\": damaged: wrong checksum"});
  return bytes;
}

std::vector<ZipEntry> parse_zip(std::string_view bytes, const std::string& archive) {
  return ArchiveParser(bytes, archive).parse();
}

// The header of an entry, or its record in the directory, which has more fields.
std::string ZipWriter::common(bool local, const std::string& name, uint64_t size, uint32_t crc,
                              uint64_t place) const {
  const bool far = place >= wide_, large = size >= wide_;
  std::string extra;
  if (large) extra += packed(size, size);
  if (far && !local) extra += packed(place);
  if (!extra.empty()) extra.insert(0, packed(wide_field, static_cast<uint16_t>(extra.size())));
  const uint16_t version = extra.empty() ? 20 : 45;
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return c >= 0; });
  const uint32_t shown = large ? filled : static_cast<uint32_t>(size);
  std::string head = local ? packed(entry_sign) : packed(list_sign, version);
  head +=
      packed(version, ascii ? uint16_t{0} : utf8_flag, uint16_t{0}, uint16_t{0}, first_day, crc,
             shown, shown, static_cast<uint16_t>(name.size()), static_cast<uint16_t>(extra.size()));
  if (!local)
    head += packed(uint16_t{0}, uint16_t{0}, uint16_t{0}, uint32_t{0},
                   far ? filled : static_cast<uint32_t>(place));
  return head + name + extra;
}

std::string ZipWriter::begin(const std::string& name, uint64_t size, uint32_t crc) {
  const std::string head = common(true, name, size, crc, at_);
  list_ += common(false, name, size, crc, at_);
  at_ += head.size() + size;
  ++count_;
  return head;
}

std::string ZipWriter::end() const {
  std::string all = list_;
  const uint64_t size = list_.size();
  const bool wide = at_ >= wide_ || size >= wide_ || count_ >= std::min<uint64_t>(wide_, 0xFFFF);
  if (wide) {
    all += packed(wide_end_sign, uint64_t{44}, uint16_t{45}, uint16_t{45}, uint32_t{0}, uint32_t{0},
                  count_, count_, size, at_);
    all += packed(locator_sign, uint32_t{0}, at_ + size, uint32_t{1});
  }
  const auto count = static_cast<uint16_t>(wide ? 0xFFFF : count_);
  return all + packed(end_sign, uint16_t{0}, uint16_t{0}, count, count,
                      wide ? filled : static_cast<uint32_t>(size),
                      wide ? filled : static_cast<uint32_t>(at_), uint16_t{0});
}

}  // namespace gradus
