// SPDX-License-Identifier: MIT
// An npz file is a zip archive with an entry NAME.npy for each array.
#include "gradus/io/npz.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <vector>

#include "gradus/base/utf8.h"
#include "gradus/io/file.h"
#include "gradus/io/listing.h"
#include "gradus/io/regular_file.h"
#include "io/npy.h"
#include "io/zip.h"

namespace gradus {
namespace {

constexpr std::string_view ending = ".npy";
constexpr size_t name_limit = 4096;

// The limit for unpacking an archive: a multiple of its own size, or a harmless amount. Deflate can
// reach 1,032 times, so a file of 10 MB could take 10 GB.
constexpr uint64_t ratio_limit = 100, size_limit = uint64_t{16} << 20;

void check_name(const std::string& name) {
  if (!is_utf8(name))
    argument_error({"write_npz: the name \"", printable(name), "\" is not UTF-8"});
  if (name.size() > name_limit)
    argument_error({"write_npz: the name \"", printable(name), "\" has ", name.size(),
                    " bytes; at most ", name_limit, " can be written"});
}

// Counts the unpacked bytes of the entries, and those of the tensors created from them.
class Unpacked {
 public:
  Unpacked(std::string_view archive, const std::string& name) : archive_(archive), name_(name) {}
  void add(uint64_t bytes) {
    total_ = bytes > UINT64_MAX - total_ ? UINT64_MAX : total_ + bytes;
    if (total_ <= size_limit || total_ / ratio_limit < archive_.size()) return;
    file_error({printable(name_, 400), ": its ", archive_.size(), " bytes unpack to ", total_,
                " or more; at most ", ratio_limit, " times the size of an archive, or ",
                size_limit >> 20, " MiB, is read. np.savez writes it uncompressed"});
  }

 private:
  std::string_view archive_;
  const std::string& name_;
  uint64_t total_ = 0;
};

// Calls f(name, bytes, where) for each array after verifying its checksum; f returns the number of
// bytes that it created.
template <class F> void each_array(std::string_view bytes, const std::string& name, F f) {
  const std::vector<ZipEntry> entries = parse_zip(bytes, name);
  Unpacked claimed(bytes, name), made(bytes, name);
  for (const ZipEntry& e : entries) claimed.add(e.size);
  for (const ZipEntry& e : entries) {
    const std::string where = text({name, ": entry \"", printable(e.name, 100), "\""});
    if (!std::string_view(e.name).ends_with(ending)) file_error({where, ": not a npy file"});
    if (!is_utf8(e.name)) file_error({where, ": its name is not UTF-8"});
    if (e.name.size() > name_limit + ending.size())
      file_error({where, ": its name has ", e.name.size(), " bytes; at most ",
                  name_limit + ending.size(), " are read"});
    std::string store;
    made.add(f(e.name.substr(0, e.name.size() - ending.size()), e.unpacked(name, store), where));
  }
}

TensorListing list_npz(const std::string& path) {
  TensorListing all;
  each_array(read_regular_file(path), path,
             [&](const std::string& name, std::string_view bytes, const std::string& where) {
               all.tensors.emplace(name, npy::listed(bytes, where));
               return uint64_t{0};
             });
  all.verified = !all.tensors.empty();
  return all;
}

// The first bytes of a file.
std::string beginning_of(const std::string& path, size_t most) {
  FileReader file(path);
  std::string bytes(std::min(most, static_cast<size_t>(file.size())), '\0');
  file.read(bytes.data(), static_cast<int64_t>(bytes.size()));
  return bytes;
}
bool is_zip(const std::string& path) {
  return beginning_of(path, 2) == "PK";  // as a header length this would be too large
}

}  // namespace

TensorFile parse_npz(std::string_view bytes, const std::string& name, ReadTensors options) {
  TensorFile file;
  each_array(bytes, name,
             [&](const std::string& array, std::string_view data, const std::string& where) {
               Tensor x = parse_npy(data, where, options);
               const auto made = static_cast<uint64_t>(x.numel() * size_of(x.dtype()));
               file.tensors.emplace(array, std::move(x));
               return made;
             });
  file.verified = !file.tensors.empty();
  return file;
}

TensorListing list_tensors(const std::string& path) {
  if (is_zip(path)) return list_npz(path);
  if (beginning_of(path, 6) != "\x93NUMPY") return list_safetensors(path);
  TensorListing one;
  const std::string name = std::filesystem::path(path).stem().string();
  one.tensors.emplace(name, npy::listed(read_regular_file(path), path));
  return one;
}

TensorFile read_npz(const std::string& path, ReadTensors options) {
  return parse_npz(read_regular_file(path), path, options);
}

void write_npz(const std::string& path, const TensorFile& file, FloatForm floats) {
  if (!file.metadata.empty())
    argument_error({"write_npz: an npz file cannot store metadata such as \"",
                    printable(file.metadata.begin()->first), "\""});
  ZipWriter archive;
  std::deque<npy::Written> arrays;
  std::deque<std::string> heads;
  std::vector<std::string_view> parts;
  for (const auto& [name, x] : file.tensors) {
    check_name(name);
    const npy::Written& a = arrays.emplace_back(x, floats, "write_npz", name);
    const std::string_view data = a.data();
    const uint32_t crc = crc32(crc32(0, a.head), data);
    parts.push_back(heads.emplace_back(
        archive.begin(name + std::string(ending), a.head.size() + data.size(), crc)));
    parts.push_back(a.head);
    parts.push_back(data);
  }
  parts.push_back(heads.emplace_back(archive.end()));
  write_file(path, parts);
}

TensorFile read_tensors(const std::string& path, ReadTensors options) {
  return is_zip(path) ? read_npz(path, options) : read_safetensors(path, options);
}

void write_tensors(const std::string& path, const TensorFile& file, FloatForm floats) {
  if (path.ends_with(".npz")) return write_npz(path, file, floats);
  write_safetensors(path, file, floats);
}

}  // namespace gradus
