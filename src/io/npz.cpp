// SPDX-License-Identifier: MIT
// An npz file is a zip archive with an entry NAME.npy for each array.
#include "gradus/io/npz.h"

#include <deque>
#include <vector>

#include "gradus/base/utf8.h"
#include "gradus/io/file.h"
#include "io/npy.h"
#include "io/zip.h"

namespace gradus {
namespace {

constexpr std::string_view ending = ".npy";
constexpr size_t name_limit = 4096;

void check_name(const std::string& name) {
  if (!is_utf8(name))
    argument_error({"write_npz: the name \"", printable(name), "\" is not UTF-8"});
  if (name.size() > name_limit)
    argument_error({"write_npz: the name \"", printable(name), "\" has ", name.size(),
                    " bytes; at most ", name_limit, " can be written"});
}

}  // namespace

TensorFile parse_npz(std::string_view bytes, const std::string& name, ReadTensors options) {
  TensorFile file;
  for (const ZipEntry& e : parse_zip(bytes, name)) {
    const std::string where = text({name, ": entry \"", printable(e.name, 100), "\""});
    if (!std::string_view(e.name).ends_with(ending)) file_error({where, ": it is no npy file"});
    if (!is_utf8(e.name)) file_error({where, ": its name is not UTF-8"});
    if (e.name.size() > name_limit + ending.size())
      file_error({where, ": its name has ", e.name.size(), " bytes; at most ",
                  name_limit + ending.size(), " are read"});
    std::string store;
    Tensor x = parse_npy(e.unpacked(name, store), where, options);
    file.tensors.emplace(e.name.substr(0, e.name.size() - ending.size()), std::move(x));
  }
  file.verified = !file.tensors.empty();
  return file;
}

TensorFile read_npz(const std::string& path, ReadTensors options) {
  return parse_npz(read_file(path), path, options);
}

void write_npz(const std::string& path, const TensorFile& file, FloatForm floats) {
  if (!file.metadata.empty())
    argument_error({"write_npz: an npz file has no place for metadata, \"",
                    printable(file.metadata.begin()->first), "\" among them"});
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
  FileReader file(path);
  char beginning[2] = {};
  if (file.size() >= 2) file.read(beginning, 2);
  const bool zip = beginning[0] == 'P' && beginning[1] == 'K';  // too long for a header's length
  return zip ? read_npz(path, options) : read_safetensors(path, options);
}

void write_tensors(const std::string& path, const TensorFile& file, FloatForm floats) {
  if (path.ends_with(".npz")) return write_npz(path, file, floats);
  write_safetensors(path, file, floats);
}

}  // namespace gradus
