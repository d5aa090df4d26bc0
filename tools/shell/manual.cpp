// SPDX-License-Identifier: MIT
// gradus manual: the manual page of the program and all commands, for man.
#include <cctype>
#include <cstdio>

#include "gradus/base/version.h"
#include "tools/shell/command_info.h"

namespace gradus::tools {
namespace {

// Text as roff prints it: a hyphen in an option stays one that can be copied.
std::string roff(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
      out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

std::string options_text(const CommandInfo& command) {
  std::string out;
  for (const OptionInfo& o : command.options) {
    if (o.name == "--help") continue;
    out += ".TP\n";
    out += o.argument ? ".I " + roff(o.name) + "\n" : ".BR " + roff(o.name);
    if (!o.argument) out += (o.value.empty() ? "" : " \" " + roff(o.value) + "\"") + "\n";
    out += roff(o.help) + "\n";
  }
  return out;
}

std::string command_text(const std::string& before, const CommandInfo& command) {
  const std::string name = before + " " + command.name;
  std::string out =
      ".SS " + roff(name) + "\n" + roff(command.summary) + ".\n" + options_text(command);
  if (!command.examples.empty()) out += ".PP\nExamples:\n.PP\n.nf\n";
  for (const std::string& example : command.examples) out += "  gradus " + roff(example) + "\n";
  if (!command.examples.empty()) out += ".fi\n";
  for (const CommandInfo& part : command.parts) out += command_text(name, part);
  return out;
}

std::string manual_page() {
  const CommandInfo all = described_program();
  std::string out = ".TH GRADUS 1 \"\" \"gradus " + std::string(version) +
                    "\"\n.SH NAME\ngradus \\- " + roff(all.summary) +
                    "\n.SH SYNOPSIS\n.B gradus\n.I COMMAND\n[options]\n.SH DESCRIPTION\n"
                    "gradus trains models on the files you have, checks gradients, and shows the "
                    "mathematics of attention step by step. Every command explains itself with "
                    "\\-\\-help.\n.SH COMMANDS\n";
  for (const CommandInfo& command : all.parts) out += command_text("gradus", command);
  return out +
         ".SH EXIT STATUS\n0: success. 1: failure. 2: wrong usage. 128 + n: stopped by signal n, "
         "after saving.\n";
}

}  // namespace

Command manual_command() {
  return {.name = "manual",
          .summary = "print the manual page with all commands, for man",
          .examples = {"manual"},
          .run = [] {
            std::fputs(manual_page().c_str(), stdout);
            return 0;
          }};
}

}  // namespace gradus::tools
