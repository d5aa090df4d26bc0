// SPDX-License-Identifier: MIT
// gradus mask: draws an attention mask, in the three common conventions, and explains why a query
// cannot see a key.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "gradus/ops/mask.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/draw/chart.h"

namespace gradus::tools {
namespace {

struct MaskArguments {
  std::string mask, why;
  std::vector<std::string> out;
  int64_t queries = 0, keys = 0, sample = -1;
};

// A mask and the sizes that it suggests.
struct Described {
  Mask mask;
  int64_t length = 0, samples = 1;
};

[[noreturn]] void wrong(const std::string& part) {
  usage_error({"MASK: ", printable(part, 60),
               " is not a mask; expected causal, causal:OFFSET, "
               "window:BEFORE,AFTER or padding:LENGTH,LENGTH,..., joined by +"});
}

// "padding:4,2" and the like. Sizes keep their order: lengths belong to samples.
Described part_of(const std::string& part) {
  const size_t colon = std::min(part.find(':'), part.size());
  const std::string name = part.substr(0, colon);
  std::vector<int64_t> sizes;
  for (size_t begin = colon + 1; begin <= part.size() && colon < part.size();) {
    const size_t end = std::min(part.find(',', begin), part.size());
    sizes.push_back(number_list("MASK: " + name, part.substr(begin, end - begin), 0, 1000)[0]);
    begin = end + 1;
  }
  if (name == "causal" && sizes.size() <= 1)
    return {Mask::causal_offset(sizes.empty() ? 0 : sizes[0])};
  if (name == "window" && sizes.size() == 2) return {Mask::window(sizes[0], sizes[1])};
  if (name == "padding" && !sizes.empty())
    return {Mask::padding(sizes), *std::max_element(sizes.begin(), sizes.end()),
            static_cast<int64_t>(sizes.size())};
  wrong(part);
}

Described described(const std::string& words) {
  Described all;
  for (size_t begin = 0; begin <= words.size();) {
    const size_t end = std::min(words.find('+', begin), words.size());
    const Described part = part_of(words.substr(begin, end - begin));
    all.mask = all.mask & part.mask;
    all.length = std::max(all.length, part.length);
    all.samples = std::max(all.samples, part.samples);
    begin = end + 1;
  }
  return all;
}

HeatMap picture(const Mask& mask, int64_t sample, int64_t samples, int64_t queries, int64_t keys) {
  HeatMap map{.title = mask.str() + (samples > 1 ? text({", sample ", sample}) : ""),
              .row_axis = "query",
              .col_axis = "key",
              .value_axis = "may attend"};
  for (int64_t i = 0; i < queries; ++i) map.rows.push_back(std::to_string(i));
  for (int64_t j = 0; j < keys; ++j) map.cols.push_back(std::to_string(j));
  for (int64_t i = 0; i < queries; ++i)
    for (int64_t j = 0; j < keys; ++j) map.values.push_back(mask.allows(sample, 0, i, j));
  return map;
}

// One query in the three conventions that texts and libraries use.
std::string conventions(const Mask& mask, int64_t sample, int64_t samples, int64_t query,
                        int64_t keys) {
  std::string hidden, factor, added;
  for (int64_t j = 0; j < keys; ++j) {
    const bool allowed = mask.allows(sample, 0, query, j);
    hidden += allowed ? "  False" : "   True";
    factor += allowed ? "      1" : "      0";
    added += allowed ? "      0" : "   -inf";
  }
  return text({"query ", query, samples > 1 ? text({" of sample ", sample}) : "",
               " in three conventions\n  True hides  ", hidden, "\n  0 hides     ", factor,
               "\n  -inf is added", added.substr(1), "\n"});
}

// The query and key of --why.
struct Cell {
  int64_t query = 0, key = 0;
};
Cell cell_of(const std::string& why, int64_t queries, int64_t keys) {
  if (why.empty()) return {queries - 1, 0};
  const size_t comma = why.find(',');
  if (comma == why.npos) usage_error({"--why: expected QUERY,KEY, both counted from 0"});
  return {number_list("--why", why.substr(0, comma), 0, queries - 1)[0],
          number_list("--why", why.substr(comma + 1), 0, keys - 1)[0]};
}

int run(const MaskArguments& args) {
  check_outputs(args.out);
  const Described d = described(args.mask);
  const int64_t fallback = d.length > 0 ? d.length : 6;
  const int64_t queries = args.queries ? args.queries : fallback;
  const int64_t keys = args.keys ? args.keys : fallback;
  if (args.sample >= d.samples)
    usage_error({"--sample ", args.sample, ": expected 0 to ", d.samples - 1});
  const Cell asked = cell_of(args.why, queries, keys);
  const int64_t first = std::max<int64_t>(args.sample, 0);
  const int64_t last = args.sample < 0 ? d.samples - 1 : args.sample;
  for (int64_t b = first; b <= last; ++b) {
    if (d.samples > 1) std::printf("sample %lld\n", static_cast<long long>(b));
    print_text(stdout, d.mask.picture(queries, keys, b) + "\n");
  }
  std::printf(
      "%s\n# may attend, . hidden; a line for each query, a column for each key, from 0\n\n%s",
      d.mask.str().c_str(), conventions(d.mask, first, d.samples, asked.query, keys).c_str());
  for (int64_t b = first; b <= last && !args.why.empty(); ++b)
    std::printf("%s%s\n", d.samples > 1 ? text({"\nsample ", b, ": "}).c_str() : "\n",
                d.mask.why(b, 0, asked.query, asked.key).c_str());
  for (const std::string& path : args.out)
    write_chart(picture(d.mask, first, d.samples, queries, keys), path);
  return 0;
}

}  // namespace

Command mask_command() {
  const auto args = std::make_shared<MaskArguments>();
  return {.name = "mask",
          .summary = "draw an attention mask, and explain why a key is hidden",
          .examples = {"mask causal", "mask causal+padding:4,2 --why 2,3",
                       "mask window:2,0+causal --queries 8 --keys 8 --out mask.svg"},
          .options =
              [args](Options& o) {
                MaskArguments& a = *args;
                o.argument(
                    "MASK", a.mask,
                    "causal, causal:OFFSET, window:BEFORE,AFTER, padding:LENGTHS; join several "
                    "with +");
                o.value("--why", a.why, "QUERY,KEY: why that query may or may not see that key");
                o.value("--queries", a.queries, "number of queries; 0: the longest length, or 6", 0,
                        1000);
                o.value("--keys", a.keys, "number of keys; 0: the longest length, or 6", 0, 1000);
                o.value("--sample", a.sample, "only this sample of a padded batch; -1: all", -1);
                o.list("--out", a.out, "also write FILE.csv, FILE.svg or FILE.png");
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
