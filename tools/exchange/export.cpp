// SPDX-License-Identifier: MIT
// gradus export: writes the weights of a run for other programs, with an example to verify them.
#include <cstdio>
#include <filesystem>

#include "gradus/io/file.h"
#include "gradus/io/npz.h"
#include "gradus/train/answers.h"
#include "gradus/train/run_folder.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/cli/words.h"
#include "tools/exchange/hugging_face_export.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

constexpr Words<FloatForm, 3> forms = {
    {{"f32", FloatForm::as_is}, {"f16", FloatForm::f16}, {"bf16", FloatForm::bf16}}};

struct ExportArguments {
  std::string run, out, format = "pytorch", dtype = "f32", example;
  bool force = false;
};

void check_name(const char* what, const std::string& path) {
  if (!path.ends_with(".safetensors") && !path.ends_with(".npz"))
    usage_error({what, " ", printable(path, 200), ": expected FILE.safetensors or FILE.npz"});
}

void check(const ExportArguments& args) {
  if (!args.example.empty()) check_name("--example", args.example);
  if (args.format == "huggingface") return;
  check_name("OUT", args.out);
  if (args.force) usage_error({"--force is for --format huggingface; a file is always replaced"});
  if (args.dtype == "bf16" && args.out.ends_with(".npz"))
    usage_error({"--dtype bf16: NumPy has no bf16; expected FILE.safetensors"});
}

// Refuses output into the run folder, and one file for both outputs.
void check_elsewhere(const ExportArguments& args) {
  std::error_code none;
  for (const std::string& file : {args.out, args.example}) {
    if (file.empty()) continue;
    const std::string folder = folder_of(file);
    if (std::filesystem::equivalent(folder, args.run, none))
      usage_error({printable(file, 200), " is in the run folder; expected another folder"});
    check_writable(folder);  // before long work
  }
  if (!args.example.empty() && std::filesystem::weakly_canonical(args.out, none) ==
                                   std::filesystem::weakly_canonical(args.example, none))
    usage_error({"OUT and --example both name ", printable(args.out, 200)});
}

// The model of a run, without reading its data if possible.
std::unique_ptr<TaskRun> model_of(const RunFolder& run) {
  std::unique_ptr<TaskRun> t = saved_run(run);
  if (run.has("schema.json")) take_schema(*t, run);
  else training_part(*t).read_data(config_of(run).at("data"));
  take_best(*t, run);
  return t;
}

TensorFile named(const StateDict& tensors, const std::string& path) {
  TensorFile file{.tensors = tensors};
  if (!path.ends_with(".npz")) file.metadata["format"] = "pt";  // required by other readers
  return file;
}

int run(const ExportArguments& args) {
  check(args);
  const RunFolder folder = RunFolder::open(args.run);
  check_elsewhere(args);
  const std::unique_ptr<TaskRun> t = model_of(folder);
  const FloatForm form = value_of(forms, args.dtype);
  if (args.format == "huggingface") write_hugging_face_folder(*t, args.out, form, args.force);
  else write_tensors(args.out, named(t->model().state_dict(), args.out), form);
  if (!args.example.empty()) {
    if (!t->parts.exports) usage_error({"--example: a run of the task ", t->name(), " has none"});
    const Example example = t->parts.exports->example();
    for (const auto& [name, x] : example)
      if (is_float(x.dtype())) check_answers(x, text({"--example: ", name, ", row"}).c_str());
    write_tensors(args.example, named(example, args.example));
  }
  const auto tensors = static_cast<int64_t>(t->model().state_dict().size());
  print_text(stdout, text({args.out, "  ", counted(tensors, "tensor"), ", ",
                           counted(t->model().count(), "parameter"), "\n"}));
  return 0;
}

}  // namespace

Command export_command() {
  const auto args = std::make_shared<ExportArguments>();
  return {
      .name = "export",
      .summary = "export the weights of a run with PyTorch's names, or as a Hugging Face folder",
      .examples = {"export runs/copy-1 copy.safetensors",
                   "export runs/copy-1 copy.npz --example example.npz"},
      .options =
          [args](Options& o) {
            o.argument("RUN", args->run, "run folder");
            o.argument("OUT", args->out,
                       "FILE.safetensors or FILE.npz; with --format huggingface a new folder");
            o.choice("--format", args->format, {"pytorch", "huggingface"},
                     "huggingface: config.json, weights and tokenizer of a GPT-2 or BERT");
            o.choice("--dtype", args->dtype, words_of(forms), "format of the numbers");
            o.value("--example", args->example,
                    "also write a small batch of inputs and the model's outputs to this file");
            o.flag("--force", args->force, "replace existing files in that folder");
            o.threads();
          },
      .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
