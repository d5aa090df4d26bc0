// SPDX-License-Identifier: MIT
// gradus completion: a script with which a shell completes commands, options and their words.
// Each script finds the command from the words before the cursor, then lists what it accepts.
#include <cstdio>
#include <functional>
#include <memory>

#include "tools/shell/command_info.h"

namespace gradus::tools {
namespace {

constexpr const char* bash_script =
    R"sh(# Completion of gradus in bash: eval "$(gradus completion bash)"
_gradus() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local place= parts= options= words= i
  if [[ $word == = ]]; then word=; fi
  if [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$place ${COMP_WORDS[i]}" in
      @places@) place="$place ${COMP_WORDS[i]}" ;;
    esac
  done
  case "$place" in
@lists@  esac
  case "$place $before" in
@choices@  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -n $parts ]]; then COMPREPLY=($(compgen -W "$parts" -- "$word"))
  else mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _gradus gradus
)sh";

constexpr const char* zsh_script = R"sh(#compdef gradus
# Completion of gradus in zsh: source <(gradus completion zsh)
_gradus() {
  local place= i
  local -a parts options
  for ((i = 2; i < CURRENT; ++i)); do
    case "$place $words[i]" in
      (@places@) place="$place $words[i]" ;;
    esac
  done
  case "$place $words[CURRENT-1]" in
@choices@  esac
  case "$place" in
@lists@  esac
  if [[ $words[CURRENT] == -* ]]; then _describe -o option options
  elif (( $#parts )); then _describe command parts
  else _files
  fi
}
if [[ $funcstack[1] == _gradus ]]; then _gradus "$@"; else compdef _gradus gradus; fi
)sh";

constexpr const char* fish_script =
    R"sh(# Completion of gradus in fish: gradus completion fish | source
function __gradus_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place $word"
      case @places@
        set place "$place $word"
    end
  end
  test "$place" = "$argv[1]"
end
@lists@)sh";

// Calls visit(place, command) for the program and all commands; a place is " train copy".
using Visit = std::function<void(const std::string& place, const CommandInfo& command)>;
void each(const std::string& place, const CommandInfo& command, const Visit& visit) {
  visit(place, command);
  for (const CommandInfo& part : command.parts) each(place + " " + part.name, part, visit);
}

std::string spaced(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

// In single quotes, as bash and zsh, or as fish read them.
std::string in_quotes(const std::string& text, bool fish) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += fish ? "\\'" : "'\\''";
    else if (c == '\\' && fish) out += "\\\\";
    else out += c;
  }
  return out + "'";
}

// The script with its parts; places are ' train', ' train copy', ...
std::string filled(const char* script, const CommandInfo& program, const std::string& between,
                   const std::string& lists, const std::string& choices) {
  std::string places, all = script;
  each("", program, [&](const std::string& place, const CommandInfo&) {
    if (!place.empty()) places += (places.empty() ? "'" : between + "'") + place + "'";
  });
  const std::pair<const char*, const std::string&> parts[] = {
      {"@places@", places}, {"@lists@", lists}, {"@choices@", choices}};
  for (const auto& [mark, part] : parts)
    if (const size_t at = all.find(mark); at != all.npos)
      all.replace(at, std::string_view(mark).size(), part);
  return all;
}

std::string for_bash(const CommandInfo& program) {
  std::string lists, choices;
  each("", program, [&](const std::string& place, const CommandInfo& command) {
    std::vector<std::string> parts, options;
    for (const CommandInfo& part : command.parts) parts.push_back(part.name);
    for (const OptionInfo& o : command.options) {
      if (!o.argument) options.push_back(o.name);
      if (!o.words.empty())
        choices += "    '" + place + " " + o.name + "') words='" + spaced(o.words) + "' ;;\n";
    }
    lists +=
        "    '" + place + "') parts='" + spaced(parts) + "' options='" + spaced(options) + "' ;;\n";
  });
  return filled(bash_script, program, "|", lists, choices);
}

// 'name:description'
std::string described_word(const std::string& name, const std::string& help) {
  std::string all;
  for (char c : name) all += c == ':' ? "\\:" : std::string(1, c);
  return in_quotes(all + ":" + help, false);
}

std::string for_zsh(const CommandInfo& program) {
  std::string lists, choices;
  each("", program, [&](const std::string& place, const CommandInfo& command) {
    std::string parts, options;
    for (const CommandInfo& part : command.parts)
      parts += "        " + described_word(part.name, part.summary) + "\n";
    for (const OptionInfo& o : command.options) {
      if (!o.argument) options += "        " + described_word(o.name, brief(o.help)) + "\n";
      if (!o.words.empty())
        choices +=
            "    ('" + place + " " + o.name + "') compadd -- " + spaced(o.words) + "; return ;;\n";
    }
    lists += "    ('" + place + "')\n      parts=(\n" + parts + "      )\n      options=(\n" +
             options + "      ) ;;\n";
  });
  return filled(zsh_script, program, "|", lists, choices);
}

std::string for_fish(const CommandInfo& program) {
  std::string lists;
  each("", program, [&](const std::string& place, const CommandInfo& command) {
    const std::string here = "complete -c gradus -n \"__gradus_at '" + place + "'\"";
    for (const CommandInfo& part : command.parts)
      lists += here + " -f -a " + part.name + " -d " + in_quotes(part.summary, true) + "\n";
    for (const OptionInfo& o : command.options) {
      if (o.argument) continue;
      const bool needs_value = !o.value.empty() && o.value[0] != '[';
      const std::string words = o.words.empty() ? "" : " -x -a '" + spaced(o.words) + "'";
      lists += here + " -l " + o.name.substr(2) + (words.empty() && needs_value ? " -r" : words) +
               " -d " + in_quotes(brief(o.help), true) + "\n";
    }
  });
  return filled(fish_script, program, " ", lists, "");
}

int print(const std::string& shell) {
  const CommandInfo all = described_program();
  std::string script;
  if (shell == "bash") script = for_bash(all);
  else if (shell == "zsh") script = for_zsh(all);
  else if (shell == "fish") script = for_fish(all);
  else usage_error({"the shell ", printable(shell), " is unknown; expected bash, zsh or fish"});
  std::fputs(script.c_str(), stdout);
  return 0;
}

}  // namespace

Command completion_command() {
  const auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .summary = "print a script with which bash, zsh or fish completes gradus commands",
          .examples = {"completion bash", "completion zsh", "completion fish"},
          .options = [shell](Options& o) { o.argument("SHELL", *shell, "bash, zsh or fish"); },
          .run = [shell] { return print(*shell); }};
}

}  // namespace gradus::tools
