// SPDX-License-Identifier: MIT
// gradus doctor: checks the rule of each op of a trained model with the inputs that it really has.
#include "gradus/check/doctor.h"

#include <cstdio>

#include "tools/cli/cli.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/see/run_loss.h"

namespace gradus::tools {
namespace {

struct DoctorArguments {
  std::string run;
  int64_t samples = 2, seed = 0;
  DoctorOptions options{};
};

int run(const DoctorArguments& args) {
  const RunLoss of = loss_of_run(args.run, args.samples);
  DoctorOptions options = args.options;
  options.seed = static_cast<uint64_t>(args.seed);
  const DoctorReport report = doctor(of.loss, options);
  print_text(stdout, text({args.run, ": ", of.run->name(), ", ",
                           counted(static_cast<int64_t>(report.ops.size()), "op"),
                           " between the parameters and the loss\n"}) +
                         report.str());
  return report.verdict == Verdict::fail;
}

}  // namespace

Command doctor_command() {
  const auto args = std::make_shared<DoctorArguments>();
  return {.name = "doctor",
          .summary =
              "check the gradient of each op of a trained model, and blame the first one "
              "that is wrong",
          .examples = {"doctor runs/copy-1", "doctor runs/copy-1 --samples 4 --elements 10"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, "run folder");
                o.value("--samples", args->samples, "samples of its training data in the loss", 1,
                        1000);
                o.value("--directions", args->options.directions,
                        "random directions in which each gradient is compared with differences", 1,
                        1000);
                o.value("--elements", args->options.elements,
                        "random elements of each gradient that are compared as well", 0, 1000000);
                o.value("--seed", args->seed, "seed of directions and elements", 0);
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
