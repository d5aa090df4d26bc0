// SPDX-License-Identifier: MIT
// The folder of one training run. Every file is replaced in one atomic step; predicting months
// later, or going on after a crash, needs nothing beside it.
//   config.json         all settings; with the data it repeats the run
//   metrics.jsonl       one line an epoch
//   model.safetensors   the best weights, and nothing that differs between equal runs
//   last.safetensors    all that resuming needs (train/checkpoint.h)
//   epoch-7.safetensors the last epochs' weights, while the training will average them
//   report.json         the figures of the best model; a run that has it is finished
//   schema.json         where a model takes files: columns, classes, scaling
// Next: train/checkpoint.h
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "gradus/io/file.h"
#include "gradus/io/json.h"

namespace gradus {

class RunFolder {
 public:
  /// A new folder "runs/copy-1", "runs/copy-2", ...: the first that does not exist.
  static RunFolder create_next(const std::string& task);
  /// A new folder with its parents. An existing one that is not empty throws
  /// std::runtime_error unless `force`; then the files of the run that it held are removed, and no
  /// others. A folder that holds no run (no config.json of one) throws all the same.
  static RunFolder create(const std::string& path, bool force = false);
  /// Throws what create() would throw because of what stands at `path` now, or because no files
  /// can be made there; changes nothing. Asked before long work.
  static void check_free(const std::string& path, bool force = false);
  /// An existing run, to read (`lock` false) or to go on with. Throws std::runtime_error when it
  /// is none, or when another process trains in it.
  static RunFolder open(const std::string& path, bool lock = false);

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  void write_config(const Json& config) const { write("config.json", config); }
  Json config() const { return read("config.json"); }
  void write_report(const Json& report) const { write("report.json", report); }
  Json report() const { return read("report.json"); }
  /// Any other file of JSON.
  void write(const std::string& name, const Json& value) const;
  Json read(const std::string& name) const;
  bool has(const std::string& name) const;

  /// Adds a line to metrics.jsonl.
  void add_metrics(const Json& line);
  /// The lines so far.
  const std::vector<std::string>& metrics() const { return metrics_; }
  /// Forgets the lines after the first `count`: those that a resumed run makes again.
  void keep_metrics(size_t count);

 private:
  explicit RunFolder(std::string path, bool lock);
  void write_metrics() const;

  std::string path_;
  std::unique_ptr<DirectoryLock> lock_;
  std::vector<std::string> metrics_;
};

}  // namespace gradus
