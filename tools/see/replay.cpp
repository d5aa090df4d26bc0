// SPDX-License-Identifier: MIT
// gradus replay: runs the op of a capsule alone and reports whether it still makes values that are
// not finite.
#include <cstdio>
#include <memory>

#include "gradus/train/capsule.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"

namespace gradus::tools {
namespace {

void show(const char* name, const std::vector<Tensor>& list) {
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i].defined()) std::printf("  %s %zu: %s\n", name, i, range_text(list[i]).c_str());
}

int run(const std::string& path) {
  const Capsule c = load_capsule(path);
  print_text(stdout, text({c.backward ? "backward of " : "", c.place, ", with options ",
                           write_json(c.options), ", recorded by gradus ", c.version, "\n"}));
  show("input", c.inputs);
  if (c.mask.defined()) std::printf("  mask: %s\n", c.mask.str().c_str());
  show("dy", c.dy);
  const Replayed now = replay(c);
  show(c.backward ? "recorded gradient" : "recorded output", c.backward ? c.grads : c.outputs);
  show(c.backward ? "gradient now" : "output now", c.backward ? now.grads : now.outputs);
  std::printf("%s\n", now.still ? "STILL: it makes values that are not finite"
                                : "fixed: all values are finite");
  return now.still ? 1 : 0;
}

}  // namespace

Command replay_command() {
  const auto path = std::make_shared<std::string>();
  return {.name = "replay",
          .summary = "run only the op that made a NaN again, from a capsule that train saved",
          .examples = {"replay runs/lm-1/nan-capsule.safetensors"},
          .options =
              [path](Options& o) {
                o.argument("FILE", *path,
                           "capsule that train saved; the exit status is 1 if the op still makes "
                           "values that are not finite");
                o.threads();
              },
          .run = [path] { return run(*path); }};
}

}  // namespace gradus::tools
