// SPDX-License-Identifier: MIT
// gradus exercise: lists the exercises, and makes the folder of one.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/exercise/pages.h"

namespace gradus::tools {
namespace {

struct ExerciseArguments {
  std::string name, to;
};

int list_exercises() {
  std::printf("Exercises, from easy to hard:\n\n");
  size_t number = 0;
  for (const ExercisePage* p : exercise_pages())
    std::printf("  %2zu  %-15s %s\n", ++number, p->name.c_str(), p->title.c_str());
  std::printf(
      "\ngradus exercise NAME makes the folder NAME with a page to read and a file with a hole.\n"
      "make check there marks your code and your test.\n");
  return 0;
}

const ExercisePage& page_named(const std::string& name) {
  std::vector<std::string> names;
  for (const ExercisePage* p : exercise_pages()) {
    if (p->name == name) return *p;
    names.push_back(p->name);
  }
  const std::string near = suggestion(name, names);
  usage_error({"there is no exercise ", printable(name, 60), ". ",
               near.empty() ? "" : "D" + near.substr(1) + " ", "gradus exercise lists all."});
}

int run(const ExerciseArguments& args) {
  if (args.name.empty() && args.to.empty()) return list_exercises();
  if (args.name.empty()) usage_error({"--to: name the exercise, too"});
  const ExercisePage& page = page_named(args.name);
  const std::string folder = args.to.empty() ? args.name : args.to;
  write_exercise(page, folder);
  print_text(stdout, page.name + ": " + page.title + "\n\n  Read    " + folder +
                         "/README.md\n  Write   " + folder + "/" + page.name + ".h\n  Check   " +
                         "make -C " + shell_line(folder, {}) + " check\n");
  return 0;
}

}  // namespace

std::vector<const ExercisePage*> exercise_pages() {
  return {&square_page,      &gelu_page,          &matmul_page,         &linear_page,
          &embedding_page,   &dropout_page,       &causal_mask_page,    &softmax_page,
          &log_softmax_page, &cross_entropy_page, &rms_norm_page,       &layer_norm_page,
          &attention_page,   &rope_page,          &clip_grad_norm_page, &adam_page,
          &gru_cell_page,    &lstm_cell_page,     &bpe_merge_page,      &beam_search_page};
}

Command exercise_command() {
  const auto args = std::make_shared<ExerciseArguments>();
  return {.name = "exercise",
          .summary = "write an op yourself; a check says what is wrong, and why",
          .examples = {"exercise", "exercise softmax", "exercise attention --to my-attention"},
          .options =
              [args](Options& o) {
                o.optional_argument("NAME", args->name,
                                    "name of an exercise; default: list the exercises");
                o.value("--to", args->to, "folder to make; default: NAME");
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
