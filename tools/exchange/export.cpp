// SPDX-License-Identifier: MIT
// gradus export: the weights of a run for other programs, and what to compare them by.
#include <cstdio>
#include <filesystem>

#include "gradus/io/file.h"
#include "gradus/io/npz.h"
#include "gradus/train/answers.h"
#include "gradus/train/run_folder.h"
#include "tools/app/train.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/cli/words.h"
#include "tools/exchange/hugging_face_export.h"

namespace gradus::tools {
namespace {

constexpr Words<FloatForm, 3> forms = {
    {{"f32", FloatForm::as_is}, {"f16", FloatForm::f16}, {"bf16", FloatForm::bf16}}};

struct Asked {
  std::string run, out, format = "pytorch", dtype = "f32", example;
  bool force = false;
};

void check_name(const char* what, const std::string& path) {
  if (!path.ends_with(".safetensors") && !path.ends_with(".npz"))
    usage_error({what, " ", printable(path, 200), ": expected FILE.safetensors or FILE.npz"});
}

void check(const Asked& asked) {
  if (!asked.example.empty()) check_name("--example", asked.example);
  if (asked.format == "huggingface") return;
  check_name("OUT", asked.out);
  if (asked.force) usage_error({"--force is for --format huggingface; a file is always replaced"});
  if (asked.dtype == "bf16" && asked.out.ends_with(".npz"))
    usage_error({"--dtype bf16: NumPy has no such numbers; expected FILE.safetensors"});
}

// A run's own files are its own, and two results need two files.
void check_elsewhere(const Asked& asked) {
  std::error_code none;
  for (const std::string& file : {asked.out, asked.example}) {
    if (file.empty()) continue;
    const std::string folder = folder_of(file);
    if (std::filesystem::equivalent(folder, asked.run, none))
      usage_error({printable(file, 200), " is in the folder of the run, whose files are its own"});
    check_writable(folder);  // before long work
  }
  if (!asked.example.empty() && std::filesystem::weakly_canonical(asked.out, none) ==
                                    std::filesystem::weakly_canonical(asked.example, none))
    usage_error({"OUT and --example both name ", printable(asked.out, 200)});
}

// The model of a run by its folder alone.
std::unique_ptr<Training> model_of(const RunFolder& run) {
  std::unique_ptr<Training> t = training_in(run);
  if (run.has("schema.json"))
    take_schema(*t, run);
  else
    t->read_data(config_of(run).at("data"));
  take_best(*t, run);
  return t;
}

TensorFile named(const StateDict& tensors, const std::string& path) {
  TensorFile file{.tensors = tensors};
  if (!path.ends_with(".npz")) file.metadata["format"] = "pt";  // which other readers ask for
  return file;
}

int run(const Asked& asked) {
  check(asked);
  const RunFolder folder = RunFolder::open(asked.run);
  check_elsewhere(asked);
  const std::unique_ptr<Training> t = model_of(folder);
  const FloatForm form = value_of(forms, asked.dtype);
  if (asked.format == "huggingface")
    write_hugging_face_folder(*t, asked.out, form, asked.force);
  else
    write_tensors(asked.out, named(t->model().state_dict(), asked.out), form);
  if (!asked.example.empty()) {
    const Example example = t->example();
    for (const auto& [name, x] : example)
      if (is_float(x.dtype())) check_answers(x, text({"--example: ", name, ", row"}).c_str());
    write_tensors(asked.example, named(example, asked.example));
  }
  print_text(stdout, text({asked.out, "  ", t->model().state_dict().size(), " tensors, ",
                           t->model().count(), " parameters\n"}));
  return 0;
}

}  // namespace

Command export_command() {
  const auto asked = std::make_shared<Asked>();
  return {.name = "export",
          .summary = "the weights of a run under PyTorch's names, or as a Hugging Face folder",
          .examples = {"export runs/copy-1 copy.safetensors",
                       "export runs/copy-1 copy.npz --example example.npz"},
          .options =
              [asked](Options& o) {
                o.argument("RUN", asked->run, "the folder of a run");
                o.argument("OUT", asked->out,
                           "FILE.safetensors or FILE.npz; with --format huggingface a new folder");
                o.choice("--format", asked->format, {"pytorch", "huggingface"},
                         "huggingface: config.json, weights and tokenizer of a GPT-2 or BERT");
                o.choice("--dtype", asked->dtype, words_of(forms), "how numbers are written");
                o.value("--example", asked->example,
                        "a file for a small batch of inputs and what the model says of them");
                o.flag("--force", asked->force, "replace the files in that folder");
                o.threads();
              },
          .run = [asked] { return run(*asked); }};
}

}  // namespace gradus::tools
