// SPDX-License-Identifier: MIT
// gradus parity: compares gradus with forward and backward results computed by PyTorch.
#include "check/parity.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "gradus/io/json.h"
#include "tools/cli/cli.h"

namespace gradus::tools {
namespace {

using check::ParityResult;
using Verdict = ParityResult::Verdict;

struct ParityArguments {
  std::vector<std::string> files;
  double tolerance = 0;
  bool json = false;
};

const char* word(Verdict v) {
  return v == Verdict::pass ? "pass" : v == Verdict::fail ? "FAIL" : "unknown";
}

// The PyTorch version of a case, if versions differ or a difference may explain the failure.
std::string versions_of(const ParityResult& r) {
  if (r.verdict == Verdict::unknown) return "";
  if (!r.torch.empty()) return " (for torch " + r.torch + ")";
  if (r.verdict == Verdict::pass || r.source.empty()) return "";
  return " (computed by " + r.source + "; gradus follows torch " + check::followed_torch + ")";
}

void print(const ParityResult& r) {
  const std::string name = printable(r.name, 200), reason = printable(r.reason, 2000);
  if (r.verdict == Verdict::unknown) std::printf("unknown %s %s\n", name.c_str(), reason.c_str());
  else
    std::printf("%s %s %.1e %s%s%s%s\n", word(r.verdict), name.c_str(), r.worst,
                r.tensor.empty() ? "-" : printable(r.tensor, 200).c_str(),
                reason.empty() ? "" : ": ", reason.c_str(), versions_of(r).c_str());
}

Json json_of(const ParityResult& r) {
  Json j;
  j["name"] = r.name;
  j["verdict"] = word(r.verdict);
  j["error"] = r.verdict == Verdict::unknown || r.worst > 1e300 ? Json() : Json(r.worst);
  j["tensor"] = r.tensor;
  j["reason"] = r.reason;
  j["torch"] = r.torch;
  j["source"] = r.source;
  return j;
}

// A file that cannot be read or is not a case counts as failed; the others still run.
ParityResult result_of(const std::string& file, const ParityArguments& args) {
  try {
    return check::run_parity(
        file, args.tolerance > 0 ? std::optional<double>(args.tolerance) : std::nullopt);
  } catch (const std::runtime_error& e) {
    ParityResult r{.name = std::filesystem::path(file).stem().string()};
    r.verdict = Verdict::fail;
    r.worst = INFINITY;
    r.reason = e.what();
    return r;
  }
}

int run(const ParityArguments& args) {
  int64_t counts[3] = {};
  Json all = Json::array();
  for (const std::string& file : args.files) {
    const ParityResult r = result_of(file, args);
    ++counts[static_cast<int>(r.verdict)];
    if (args.json) all.push_back(json_of(r));
    else print(r);
  }
  if (args.json) std::printf("%s\n", write_json(all, 2).c_str());
  else
    std::printf("%lld passed, %lld failed, %lld unknown\n", static_cast<long long>(counts[0]),
                static_cast<long long>(counts[1]), static_cast<long long>(counts[2]));
  return counts[1] > 0 ? 1 : 0;
}

}  // namespace

Command parity_command() {
  const auto args = std::make_shared<ParityArguments>();
  return {.name = "parity",
          .summary = "compare with forward and backward results computed by PyTorch",
          .examples = {"parity case.safetensors", "parity cases/*.safetensors --json"},
          .options =
              [args](Options& o) {
                o.arguments("FILE", args->files,
                            "cases: .safetensors files with target and config");
                o.value("--tolerance", args->tolerance,
                        "limit of max |a - b| / (1 + max |b|); 0: 1e-10 in f64, 2e-5 in f32", 0, 1);
                o.flag("--json", args->json, "print the results as JSON");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
