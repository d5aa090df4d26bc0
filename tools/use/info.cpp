// SPDX-License-Identifier: MIT
// gradus info: describes a run or a tensor file. It reads all data and verifies checksums.
#include <cstdio>
#include <filesystem>

#include "gradus/io/listing.h"
#include "gradus/io/safetensors.h"
#include "tools/app/figures.h"
#include "tools/app/train.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

struct InfoArguments {
  std::string path;
  bool json = false;
};

Json describe(const std::string& path, const TensorListing& file) {
  Json tensors = Json::array();
  int64_t values = 0;
  for (const auto& [name, x] : file.tensors) {
    Json t;
    t["name"] = name;
    t["dtype"] = x.dtype;
    t["shape"] = Json::list(x.shape);
    tensors.push_back(std::move(t));
    values += numel(x.shape, "info");
  }
  Json metadata = Json::object();
  for (const auto& [key, value] : file.metadata) metadata[key] = value;
  Json all;
  all["file"] = path;
  all["bytes"] = static_cast<int64_t>(std::filesystem::file_size(path));
  all["checksum"] = file.verified ? "verified" : "none in the file";
  all["parameters"] = values;
  all["metadata"] = std::move(metadata);
  all["tensors"] = std::move(tensors);
  return all;
}

void print_tensors(const TensorListing& file) {
  size_t width = 4, shape_width = 5, dtype_width = 5;
  for (const auto& [name, x] : file.tensors) {
    width = std::max(width, printable(name, 100).size());
    shape_width = std::max(shape_width, text({x.shape}).size());
    dtype_width = std::max(dtype_width, printable(x.dtype).size());
  }
  const auto row = [&](const std::string& name, const std::string& dtype, const std::string& shape,
                       const std::string& values) {
    std::printf("%-*s  %-*s  %-*s  %s\n", static_cast<int>(width), name.c_str(),
                static_cast<int>(dtype_width), dtype.c_str(), static_cast<int>(shape_width),
                shape.c_str(), values.c_str());
  };
  row("name", "dtype", "shape", "values");
  for (const auto& [name, x] : file.tensors)
    row(printable(name, 100), printable(x.dtype), text({x.shape}), text({numel(x.shape, "info")}));
}

int file_info(const InfoArguments& args) {
  const TensorListing file = list_tensors(args.path);
  const Json all = describe(args.path, file);
  if (args.json) {
    print_figures(all, true);
    return 0;
  }
  print_tensors(file);
  for (const auto& [key, value] : file.metadata)
    std::printf("metadata %s: %s\n", printable(key).c_str(), printable(value, 400).c_str());
  for (const char* key : {"parameters", "bytes"})
    std::printf("%-10s  %lld\n", key, static_cast<long long>(all.at(key).integer()));
  std::printf("checksum    %s\n", all.at("checksum").string().c_str());
  return 0;
}

// The progress of a run, from its checkpoint; null if it has none.
Json progress_of(const RunFolder& run) {
  if (!run.has("last.safetensors")) return {};
  const std::string path = run.file("last.safetensors");
  const TensorFile file = read_safetensors(path);
  const auto about = file.metadata.find("gradus.checkpoint");
  if (about == file.metadata.end()) file_error({path, ": is not a checkpoint"});
  const Json state = parse_json(about->second, path).at("state");
  Json all;
  for (const char* key : {"epoch", "batch", "step", "best_epoch", "seconds"})
    all[key] = state.at(key);
  all["checksum"] = file.verified ? "verified" : "none in the file";
  return all;
}

int run_info(const InfoArguments& args) {
  const RunFolder run = RunFolder::open(args.path);
  const Json config = config_of(run);
  Json all;
  all["run"] = run.path();
  all["task"] = config.at("task");
  all["state"] = run.has("report.json") ? "finished" : "not finished";
  all["settings"] = config.at("settings");
  all["origins"] = config.at("origins");
  all["checkpoint"] = progress_of(run);
  all["report"] = run.has("report.json") ? run.report() : Json();
  const std::string weights = run.file("model.safetensors");
  const TensorListing file = run.has("model.safetensors") ? list_tensors(weights) : TensorListing{};
  all["model"] = run.has("model.safetensors") ? describe(weights, file) : Json();
  if (args.json) {
    print_figures(all, true);
    return 0;
  }
  for (const char* key : {"run", "task", "state"})
    std::printf("%-10s  %s\n", key, printable(all.at(key).string(), 400).c_str());
  for (const char* part : {"settings", "checkpoint", "report"}) {
    std::printf("\n%s\n", part);
    if (all.at(part).is_null()) std::printf("none yet\n");
    else print_figures(all.at(part), false);
  }
  std::printf("\nmodel\n");
  if (all.at("model").is_null()) {
    std::printf("none yet\n");
    return 0;
  }
  print_tensors(file);
  std::printf("checksum %s\n", all.at("model").at("checksum").string().c_str());
  return 0;
}

}  // namespace

Command info_command() {
  const auto args = std::make_shared<InfoArguments>();
  return {
      .name = "info",
      .summary = "describe a run or a .safetensors, .npz or .npy file; verify checksums",
      .examples = {"info runs/copy-1", "info runs/copy-1/model.safetensors --json"},
      .options =
          [args](Options& o) {
            o.argument("RUN|FILE", args->path, "run folder, or a .safetensors, .npz or .npy file");
            o.flag("--json", args->json, "print JSON");
          },
      .run =
          [args] {
            return std::filesystem::is_directory(args->path) ? run_info(*args) : file_info(*args);
          }};
}

}  // namespace gradus::tools
