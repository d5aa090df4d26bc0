// SPDX-License-Identifier: MIT
// Creates, opens and writes the folder of a run.
#include "gradus/train/run_folder.h"

#include <algorithm>
#include <filesystem>

#include "gradus/base/error.h"
#include "gradus/io/regular_file.h"
#include "io/crc32c.h"

namespace gradus {
namespace fs = std::filesystem;
namespace {

// In the order of removal: a crash in between leaves a run that starts over.
constexpr const char* run_files[] = {
    "report.html",      "report.json",       "nan-capsule.safetensors",
    "last.safetensors", "model.safetensors", "metrics.jsonl",
    "schema.json",      "config.json"};

bool is_epoch_file(const std::string& name) {  // "epoch-12.safetensors"
  const std::string before = "epoch-", after = ".safetensors";
  if (!name.starts_with(before) || !name.ends_with(after)) return false;
  const size_t end = name.size() - after.size();
  return end > before.size() && name.find_first_not_of("0123456789", before.size()) == end;
}

// The member that holds a file's checksum.
constexpr const char* seal = "gradus.crc32c";

// Other programs also write a config.json next to weights.
bool is_config_of_run(const std::string& path) {
  try {
    const Json config = parse_json(read_regular_file(path), path);
    if (!config.is(Json::Kind::object)) return false;
    return config.members().empty() || config.find("gradus") || config.find("task") ||
           config.find(seal);
  } catch (const std::runtime_error&) {
    return false;
  }
}

// The files that predictions depend on besides the weights, whose file has its own checksums.
bool is_sealed(const std::string& name) { return name == "config.json" || name == "schema.json"; }

// The checksum of the other members: of their values, not of the file's layout.
Json checksum_of(const Json::Object& members) {
  const std::string text = write_json(members);
  return static_cast<int64_t>(crc32c(0, text.data(), text.size()));
}

// The content without its checksum, which must be right. Runs of older versions have none.
Json opened(Json::Object members, const std::string& file) {
  const auto at = std::find_if(members.begin(), members.end(),
                               [](const Json::Member& m) { return m.first == seal; });
  if (at == members.end()) return members;
  const Json expected = std::move(at->second);
  members.erase(at);
  if (!(checksum_of(members) == expected))
    file_error({file, ": damaged: its checksum \"", seal, "\" does not match its content. If you ",
                "changed the file on purpose, remove this member"});
  return members;
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) file_error({path, ": the folder cannot be created: ", error.message()});
  if (!fs::is_directory(path)) file_error({path, ": is not a folder"});
}

}  // namespace

RunFolder::RunFolder(std::string path, bool lock) : path_(std::move(path)) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  if (lock) lock_ = std::make_unique<DirectoryLock>(path_);
}

RunFolder RunFolder::create_next(const std::string& task) {
  make_folder("runs");
  for (int n = 1;; ++n) {
    const std::string path = text({"runs/", task, "-", n});
    std::error_code error;
    // If two runs start at once, only one of them creates the folder.
    if (fs::create_directory(path, error)) return create(path);
    if (error && !exists(path)) file_error({path, ": cannot be created: ", error.message()});
  }
}

void RunFolder::check_free(const std::string& path, bool force) {
  if (fs::path at = path; !exists(path)) {
    while (at.has_relative_path() && !exists(at.string())) at = at.parent_path();
    return check_writable(at.empty() ? "." : at.string());
  }
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) file_error({path, ": is not a folder"});
  check_writable(path);
  remove_stale_temporaries(path + "/config.json");  // left by a process that died at the start
  remove_stale_temporaries(path + "/.gradus");
  if (fs::is_empty(path, ignored)) return;
  if (!exists(path + "/config.json"))
    file_error({path, ": contains files but no run (no config.json); choose another with --out"});
  if (!is_config_of_run(path + "/config.json"))
    file_error({path, ": its config.json is not from a gradus run, so nothing in this folder is ",
                "replaced; set another folder with --out"});
  if (!force)
    file_error({path,
                ": already exists; set another folder with --out, replace it with --force, "
                "or continue it with --resume"});
}

RunFolder RunFolder::create(const std::string& path, bool force) {
  check_free(path, force);
  make_folder(path);
  check_writable(path);
  RunFolder folder(path, true);
  for (const char* name : run_files) {
    std::error_code error;
    if (!fs::is_directory(folder.file(name))) fs::remove(folder.file(name), error);
    remove_stale_temporaries(folder.file(name));
    if (error) file_error({folder.file(name), ": cannot be removed: ", error.message()});
  }
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(path))
    if (is_epoch_file(entry.path().filename().string()) && !entry.is_directory(ignored))
      fs::remove(entry.path(), ignored);
  return folder;
}

bool RunFolder::has(const std::string& name) const { return exists(file(name)); }

RunFolder RunFolder::open(const std::string& path, bool lock) {
  if (!exists(path)) file_error({path, ": no such run folder"});
  RunFolder folder(path, lock);
  if (!exists(folder.file("config.json")))
    file_error({path, ": not a run folder: it has no config.json"});
  if (lock) check_writable(path);
  if (!exists(folder.file("metrics.jsonl"))) return folder;
  const std::string all = read_regular_file(folder.file("metrics.jsonl"));
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\n', begin), all.size());
    folder.metrics_.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return folder;
}

void RunFolder::add_metrics(const Json& line) {
  metrics_.push_back(write_json(line));
  write_metrics();
}

void RunFolder::keep_metrics(size_t count) {
  if (count > metrics_.size())
    file_error({file("metrics.jsonl"), ": has ", metrics_.size(), " lines; the checkpoint expects ",
                count});
  if (count == metrics_.size()) return;
  metrics_.resize(count);
  write_metrics();
}

void RunFolder::write_metrics() const {
  std::string all;
  for (const std::string& line : metrics_) all += line + "\n";
  write_file(file("metrics.jsonl"), all);
}

void RunFolder::write(const std::string& name, const Json& value) const {
  Json written = value;
  if (is_sealed(name) && value.is(Json::Kind::object)) written[seal] = checksum_of(value.members());
  write_file(file(name), write_json(written, 2) + "\n");
}

Json RunFolder::read(const std::string& name) const {
  Json value = parse_json(read_regular_file(file(name)), file(name));
  if (!is_sealed(name) || !value.is(Json::Kind::object)) return value;
  return opened(value.members(), file(name));
}

}  // namespace gradus
