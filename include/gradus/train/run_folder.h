// SPDX-License-Identifier: MIT
// The folder of one training run. Every file is replaced atomically; predicting later, or resuming
// after a crash, needs nothing else.
//   config.json         all settings; with the data they reproduce the run
//   metrics.jsonl       one line per epoch
//   model.safetensors   the best weights; equal runs give equal files
//   last.safetensors    everything needed to resume (train/checkpoint.h)
//   epoch-7.safetensors weights of the last epochs, kept for averaging
//   report.json         the metrics of the best model; its presence means the run is finished
//   schema.json         for models that read files: columns, classes, scaling
// config.json and schema.json, on which predictions depend, contain their own checksums.
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
  /// Creates a folder with its parents. If it exists and is not empty, throws std::runtime_error;
  /// with `force`, removes the files of the run in it, and no others. A folder without a run (no
  /// config.json) throws even with `force`.
  static RunFolder create(const std::string& path, bool force = false);
  /// Throws what create() would throw for the current state of `path`, or if no files can be
  /// created there; changes nothing. Call it before long work.
  static void check_free(const std::string& path, bool force = false);
  /// Opens an existing run, to read (`lock` false) or to resume. Throws std::runtime_error if it is
  /// not a run, or if another process trains in it.
  static RunFolder open(const std::string& path, bool lock = false);

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  void write_config(const Json& config) const { write("config.json", config); }
  Json config() const { return read("config.json"); }
  void write_report(const Json& report) const { write("report.json", report); }
  Json report() const { return read("report.json"); }
  /// Any other JSON file. Reading throws std::runtime_error if its checksum is not right.
  void write(const std::string& name, const Json& value) const;
  Json read(const std::string& name) const;
  bool has(const std::string& name) const;

  /// Adds a line to metrics.jsonl.
  void add_metrics(const Json& line);
  /// The lines so far.
  const std::vector<std::string>& metrics() const { return metrics_; }
  /// Drops the lines after the first `count`, which a resumed run writes again.
  void keep_metrics(size_t count);

 private:
  explicit RunFolder(std::string path, bool lock);
  void write_metrics() const;

  std::string path_;
  std::unique_ptr<DirectoryLock> lock_;
  std::vector<std::string> metrics_;
};

}  // namespace gradus
