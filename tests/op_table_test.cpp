// SPDX-License-Identifier: MIT
// One test case for each row of the op table, and one for the table as a whole.
#include "tests/catch.h"
#include "tests/source.h"

#include <cstdio>
#include <map>
#include <set>

#include "check/properties.h"

using namespace gradus;
using namespace gradus::check;
using namespace gradus::tests;

namespace op_table_test {

constexpr uint64_t more_seeds = 2;  // in addition to seed 0, which also runs the mutants

const std::vector<OpRow>& table() {
  static const std::vector<OpRow> rows = op_table();
  return rows;
}

// The report for seed 0; later seeds add their failures to it. Made once.
const RowReport& report_of(const OpRow& row) {
  static std::map<std::string, RowReport> reports;
  const auto [at, is_new] = reports.try_emplace(row.name);
  RowReport& r = at->second;
  if (!is_new) return r;
  r = check_row(row, {.seed = 0, .samples = 0, .mutants = true});
  for (uint64_t seed = 1; seed <= more_seeds && r.failures.empty(); ++seed) {
    const RowReport again = check_row(row, {.seed = seed, .large = false});
    r.worst = std::max(r.worst, again.worst);
    for (const std::string& failure : again.failures)
      r.failures.push_back("seed " + std::to_string(seed) + ": " + failure);
  }
  return r;
}

// What the samples of a row must cover.
void check_coverage(const OpRow& row) {
  Generator gen(0);
  bool empty = false, several_blocks = false, three_axes = false;
  std::set<std::string> labels;
  for (const Sample& s : row.samples(gen)) {
    labels.insert(s.label);
    for (const Tensor& x : s.inputs) {
      empty = empty || x.numel() == 0;
      several_blocks = several_blocks || x.numel() > 16;  // the grain of the thread property
      three_axes = three_axes || x.dim() >= 3;
    }
  }
  CHECK(labels.size() >= 12);
  CHECK(empty);
  CHECK(several_blocks);
  CHECK(three_axes != row.few_axes);
}

void check_op(const OpRow& row) {
  const RowReport& r = report_of(row);
  std::string wrong;
  for (const std::string& failure : r.failures) wrong += failure + "\n";
  for (const std::string& mutant : r.survivors) wrong += "nobody noticed: " + mutant + "\n";
  INFO(wrong);
  CHECK(r.ok());
  CHECK(r.samples >= 12);
  check_coverage(row);
  CHECK(row.bad.size() >= 1);
  CHECK(row.axes.size() >= 1);
  std::set<std::string> names;
  for (const Mutant& m : row.mutants) names.insert(m.name);
  CHECK(names.size() == row.mutants.size());
  if (r.differentiable && r.failures.empty()) {
    CHECK(r.written_by_hand >= 3);
    CHECK(r.caught == r.mutants);
    CHECK(r.mutants > r.written_by_hand);
  }
  const std::string score = std::to_string(r.caught) + "/" + std::to_string(r.mutants);
  std::printf("  %-34s %3d samples  worst %.1e  caught %-6s %s\n", row.name.c_str(), r.samples,
              r.worst, r.differentiable ? score.c_str() : "-", r.ok() ? "pass" : "fail");
  std::fflush(stdout);
}

void check_table() {
  std::set<std::string> names;
  int by_hand = 0, mutants = 0, caught = 0, samples = 0, twice = 0;
  double identity = 0;
  for (const OpRow& row : table()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    const RowReport& r = report_of(row);
    by_hand += r.written_by_hand;
    mutants += r.mutants;
    caught += r.caught;
    samples += r.samples;
    twice += r.twice;
    identity = std::max(identity, r.identity);
  }
  std::printf("  %zu ops, %d samples, mutants caught %d/%d, %d of them written by hand\n",
              table().size(), samples, caught, mutants, by_hand);
  std::printf(
      "  forward against reverse mode, by dot products with dual numbers: worst %.1e\n"
      "  gradients of gradients: %d ops; the others refuse by name\n",
      identity, twice);
  CHECK(by_hand >= 80);
  CHECK(identity <= 1e-12);
  CHECK(caught == mutants);
}

void check_declarations() {
  std::set<std::string> rows;
  for (const OpRow& row : table()) rows.insert(row.name);
  const std::vector<std::string> ops = declared_ops();
  REQUIRE(ops.size() >= 1);
  std::string without_row, without_op;
  for (const std::string& op : ops)
    if (!rows.count(op)) without_row += " " + op;
  for (const std::string& row : rows)
    if (!std::count(ops.begin(), ops.end(), row)) without_op += " " + row;
  INFO("declared in include/gradus/ops, without a row in src/check:" << without_row);
  CHECK(without_row.empty());
  INFO("rows that belong to no function of include/gradus/ops:" << without_op);
  CHECK(without_op.empty());
}

const AtStart make([] {
  for (const OpRow& row : table()) add_test("op " + row.name, "[ops]", [&row] { check_op(row); });
  add_test("the op table as a whole", "[ops]", check_table);
  add_test("every op has a row, and every row an op", "[ops]", check_declarations);
});

}  // namespace op_table_test
