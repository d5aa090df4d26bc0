// SPDX-License-Identifier: MIT
// Runs gnuplot on a script in a temporary folder, which is its working directory, and reports its
// errors.
#include "tools/draw/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "gradus/io/file.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/temporary_folder.h"

namespace gradus::tools {
namespace {

void run_gnuplot(const std::string& folder) {
  const std::string errors = folder + "/errors";
  std::string program = "gnuplot", file = "script";
  char* words[] = {program.data(), file.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), flags, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, "gnuplot", &actions, nullptr, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT)
    file_error(
        {"SVG and PNG need the program gnuplot, which is not installed.\nInstall it with "
         "apt-get install gnuplot-nox (Debian, Ubuntu), dnf install gnuplot (Fedora),\npacman -S "
         "gnuplot (Arch) or brew install gnuplot; or write CSV, which needs no other program"});
  if (failed) file_error({"gnuplot could not be started: ", std::strerror(failed)});
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    file_error({"gnuplot failed: ", printable(read_file(errors), 200)});
}

}  // namespace

std::string gnuplot_text(const std::string& words) {
  std::string out = "'";
  for (char c : printable(words, words.npos))
    out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

void gnuplot(const std::string& path, int64_t width, int64_t height, const std::string& commands) {
  const TemporaryFolder folder;
  const std::string drawn = folder.path + "/picture";  // relative to gnuplot's working directory
  const std::string terminal = path.ends_with(".svg") ? "svg background \"white\"" : "pngcairo";
  write_file(folder.path + "/script",
             "set encoding utf8\nset terminal " + terminal +
                 text({" noenhanced font \"sans,12\" size ", width, ",", height}) +
                 "\nset output 'picture'\n" + commands);
  run_gnuplot(folder.path);
  write_file(path, read_file(drawn));
}

void check_gnuplot() {
  const TemporaryFolder folder;
  write_file(folder.path + "/script", "exit\n");
  run_gnuplot(folder.path);
}

void check_outputs(const std::vector<std::string>& paths) {
  bool drawn = false;
  for (const std::string& path : paths) {
    if (path == "-") continue;
    const bool picture = path.ends_with(".svg") || path.ends_with(".png");
    if (!picture && !path.ends_with(".csv"))
      usage_error({"--out ", printable(path, 200), ": the name must end in .csv, .svg or .png"});
    check_writable(folder_of(path));
    drawn = drawn || picture;
  }
  if (drawn) check_gnuplot();
}

}  // namespace gradus::tools
