// SPDX-License-Identifier: MIT
// The format: u64 length of the header, the header, the data. Header: safetensors_header.cpp.
// Source: https://github.com/huggingface/safetensors, "Format".
#include "gradus/io/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <functional>

#include "gradus/base/utf8.h"
#include "gradus/io/file.h"
#include "gradus/io/listing.h"
#include "io/crc32c.h"
#include "io/half.h"
#include "io/safetensors_header.h"

namespace gradus {
namespace {

using namespace safetensors;

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

// ---- reading

struct Source {
  const std::string& name;
  int64_t size;
  std::function<void(void*, int64_t)> read;  // reads exactly the next bytes
};

Header read_header(const Source& source, ReadTensors options, bool listing = false) {
  uint64_t length = 0;
  if (source.size < 8)
    fail(source.name,
         {"not a safetensors file: ", source.size, " bytes, too short for the header's length"});
  source.read(&length, 8);
  if (length > header_limit)
    fail(source.name, {"not a safetensors file: its header would have ", length, " bytes; at most ",
                       header_limit, " are read"});
  const int64_t data_size = source.size - 8 - static_cast<int64_t>(length);
  if (data_size < 0)
    fail(source.name, {"truncated: the header has ", length, " bytes, the file ", source.size});
  std::string text(length, '\0');
  source.read(text.data(), static_cast<int64_t>(length));
  return parse_header(text, source.name, data_size, options, listing);
}

class DataReader {
 public:
  explicit DataReader(const Source& source) : source_(source) {}

  Tensor tensor(const Entry& e) {
    Tensor t = Tensor::empty(e.shape, e.type->dtype);
    dispatch_all(t.dtype(), [&]<class T>() {
      auto* to = t.mutable_data<T>("read_safetensors");
      if (e.type->widen) return widened(e, to, t.numel());
      read(to, e.end - e.begin);
      if constexpr (std::is_same_v<T, bool>) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(to);
        if (std::any_of(bytes, bytes + t.numel(), [](unsigned char b) { return b > 1; }))
          fail(source_.name, e, {"a boolean is neither 0 nor 1"});
      }
    });
    return t;
  }
  // Reads the bytes only for the checksum.
  void pass_over(const Entry& e) {
    std::string bytes;
    for (int64_t left = e.end - e.begin; left > 0; left -= static_cast<int64_t>(bytes.size())) {
      bytes.resize(static_cast<size_t>(std::min(left, int64_t{1} << 18)));
      read(bytes.data(), static_cast<int64_t>(bytes.size()));
    }
  }
  uint32_t crc() const { return crc_; }

 private:
  template <class T> void widened(const Entry& e, T* to, int64_t count) {
    std::string narrow(static_cast<size_t>(e.end - e.begin), '\0');
    read(narrow.data(), e.end - e.begin);
    e.type->widen(narrow.data(), count, to);
    if constexpr (std::is_same_v<T, int64_t>)
      if (e.type->name[0] == 'U' && std::any_of(to, to + count, [](T v) { return v < 0; }))
        fail(source_.name, e, {"it contains a number beyond 2^63 - 1"});
  }

  // Reads pieces small enough to be in the cache when the checksum is computed.
  void read(void* to, int64_t bytes) {
    constexpr int64_t piece = int64_t{1} << 18;
    for (int64_t done = 0; done < bytes; done += piece) {
      char* at = static_cast<char*>(to) + done;
      const int64_t n = std::min(piece, bytes - done);
      source_.read(at, n);
      crc_ = crc32c(crc_, at, static_cast<size_t>(n));
    }
  }

  const Source& source_;
  uint32_t crc_ = 0;
};

// Removes a checksum from the metadata: returns false if there is none, throws if it is wrong.
bool verify(const Source& source, Header& header, const char* key, const std::string& found) {
  const auto at = header.metadata.find(key);
  if (at == header.metadata.end()) return false;
  if (at->second != found)
    fail(source.name, {"damaged: its checksum \"", key, "\" is \"", printable(at->second),
                       "\", but its content has \"", found, "\""});
  header.metadata.erase(at);
  return true;
}

TensorFile read(const Source& source, ReadTensors options) {
  Header header = read_header(source, options);
  const bool checked = header.metadata.contains(header_crc_key) &&
                       verify(source, header, header_crc_key, header_crc(header));
  DataReader data(source);
  TensorFile file;
  for (const Entry& e : header.entries) file.tensors.emplace(e.name, data.tensor(e));
  file.verified = verify(source, header, data_crc_key, hex(data.crc())) && checked;
  file.metadata = std::move(header.metadata);
  return file;
}

std::string small(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

TensorListing listed(const Source& source) {
  Header header = read_header(source, {.halves = true}, true);
  const bool checked = header.metadata.contains(header_crc_key) &&
                       verify(source, header, header_crc_key, header_crc(header));
  DataReader data(source);
  TensorListing all;
  for (const Entry& e : header.entries) {
    data.pass_over(e);
    all.tensors[e.name] = {small(e.type->name), e.shape, e.end - e.begin};
  }
  all.verified = verify(source, header, data_crc_key, hex(data.crc())) && checked;
  all.metadata = std::move(header.metadata);
  return all;
}

// ---- writing

void check_name(const char* what, const std::string& name) {
  if (!is_utf8(name))
    argument_error({"write_safetensors: ", what, " \"", printable(name), "\" is not UTF-8"});
  if (name.size() > name_limit)
    argument_error({"write_safetensors: ", what, " \"", printable(name), "\" has ", name.size(),
                    " bytes; at most ", name_limit, " can be read back"});
}

// Names, dtypes and shapes, in the order of the data.
std::vector<Entry> entries_of(const TensorFile& file, FloatForm floats) {
  std::vector<Entry> entries;
  for (const auto& [name, tensor] : file.tensors) {
    check_name("the name", name);
    if (name == metadata_key)
      argument_error({"write_safetensors: no tensor can have the name \"", name, "\""});
    if (!tensor.defined()) argument_error({"write_safetensors: \"", name, "\" is undefined"});
    entries.push_back({name, type_of(tensor.dtype(), floats), tensor.shape(), 0, 0});
  }
  // Each tensor then starts at a multiple of its element size.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.type->bits > b.type->bits; });
  return entries;
}

std::string_view bytes_of(const Tensor& t) {
  return dispatch_all(t.dtype(), [&]<class T>() {
    return std::string_view(reinterpret_cast<const char*>(t.data<T>()),
                            static_cast<size_t>(t.numel()) * sizeof(T));
  });
}

// Length and header, padded so that the data start at a multiple of 8.
std::string head_of(const Header& header) {
  std::string head = header_text(header);
  head.resize((head.size() + 7) / 8 * 8, ' ');
  const uint64_t length = head.size();
  if (length > header_limit)
    argument_error({"write_safetensors: the header would have ", length, " bytes; at most ",
                    header_limit, " can be read back"});
  return head.insert(0, reinterpret_cast<const char*>(&length), 8);
}

}  // namespace

TensorFile read_safetensors(const std::string& path, ReadTensors options) {
  FileReader file(path);
  return read({path, file.size(), [&](void* to, int64_t n) { file.read(to, n); }}, options);
}

TensorListing list_safetensors(const std::string& path) {
  FileReader file(path);
  return listed({path, file.size(), [&](void* to, int64_t n) { file.read(to, n); }});
}

TensorFile parse_safetensors(std::string_view bytes, const std::string& name, ReadTensors options) {
  return read({name, static_cast<int64_t>(bytes.size()),
               [&](void* to, int64_t n) {
                 std::memcpy(to, bytes.data(), static_cast<size_t>(n));
                 bytes.remove_prefix(static_cast<size_t>(n));
               }},
              options);
}

void write_safetensors(const std::string& path, const TensorFile& file, FloatForm floats) {
  Header header{entries_of(file, floats), file.metadata};
  std::vector<Tensor> tensors;     // keeps copies of strided ones alive
  std::deque<std::string> halves;  // keeps converted elements alive
  std::vector<std::string_view> parts{{}};
  uint32_t crc = 0;
  int64_t at = 0;
  for (Entry& e : header.entries) {
    const Tensor& t = file.tensors.at(e.name);
    if (e.type->widen) {
      parts.push_back(halves.emplace_back(halves_of(t, floats, "write_safetensors", e.name)));
    } else {
      tensors.push_back(t.contiguous_data());
      parts.push_back(bytes_of(tensors.back()));
    }
    crc = crc32c(crc, parts.back().data(), parts.back().size());
    e.begin = at;
    at += static_cast<int64_t>(parts.back().size());
    e.end = at;
  }
  for (const auto& [key, value] : header.metadata) {
    check_name("the metadata key", key);
    if (!is_utf8(value)) argument_error({"write_safetensors: metadata \"", key, "\" is not UTF-8"});
  }
  header.metadata[data_crc_key] = hex(crc);
  header.metadata[header_crc_key] = header_crc(header);
  const std::string head = head_of(header);
  parts[0] = head;
  write_file(path, parts);
}

}  // namespace gradus
