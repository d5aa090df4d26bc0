// SPDX-License-Identifier: MIT
// Runs a page and prints it.
#include "tools/lab/page.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "gradus/autograd/node.h"
#include "gradus/base/random.h"
#include "gradus/tensor/dtype.h"
#include "gradus/train/picture.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {
namespace {

namespace fs = std::filesystem;

constexpr size_t width = 80;

// A number with four significant digits; an exact one without decimals.
std::string digits(double v) {
  char out[32];
  std::snprintf(out, sizeof out, v == std::floor(v) && std::abs(v) < 1e6 ? "%.0f" : "%.4g",
                v == 0 ? 0.0 : v);
  return out;
}

// The folder that holds src/, searched upwards from here and from the program; "" if there is none.
fs::path source_folder() {
  std::error_code error;
  for (fs::path at : {fs::current_path(error), fs::read_symlink("/proc/self/exe", error)})
    for (; !at.empty(); at = at.parent_path()) {
      if (fs::exists(at / "include/gradus/gradus.h", error)) return at;
      if (at == at.root_path()) break;
    }
  return {};
}

std::string heading(const std::string& words) { return "\n" + words + "\n"; }

std::string paragraph(const std::string& words) { return folded(words, width, 0); }

std::string indented(const std::string& lines) {
  std::string out;
  for (size_t begin = 0; begin < lines.size();) {
    const size_t end = std::min(lines.find('\n', begin), lines.size());
    out += "    " + lines.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string shown_text(const Experiment& e) {
  std::string out;
  for (const auto& part : e.shown) {
    out += "\n";
    if (const auto* words = std::get_if<std::string>(&part)) out += paragraph(*words);
    if (const auto* table = std::get_if<Table>(&part)) out += table_text(*table);
    if (const auto* chart = std::get_if<Chart>(&part)) out += drawn(*chart);
  }
  return out;
}

std::string numbers(const std::vector<int>& items) {
  if (items.empty()) return "";
  std::string out = items.size() == 1 ? ", item " : ", items ";
  for (size_t i = 0; i < items.size(); ++i) out += (i ? ", " : "") + std::to_string(items[i]);
  return out + " of the curriculum";
}

}  // namespace

bool Check::passed() const {
  switch (kind) {
    case Kind::below: return seen < bound;
    case Kind::above: return seen > bound;
    case Kind::equal: return seen == bound;
  }
  return false;
}

std::string Check::text() const {
  const char* sign = kind == Kind::below ? " < " : kind == Kind::above ? " > " : " = ";
  const std::string a = digits(seen), b = digits(bound);
  if (a != b || seen == bound) return a + sign + b;
  return gradus::text({seen, sign, bound});  // with all digits
}

void Experiment::below(int item, const std::string& what, double seen, double bound) {
  checks.push_back({item, what, seen, Check::Kind::below, bound});
}
void Experiment::above(int item, const std::string& what, double seen, double bound) {
  checks.push_back({item, what, seen, Check::Kind::above, bound});
}
void Experiment::equal(int item, const std::string& what, double seen, double expected) {
  checks.push_back({item, what, seen, Check::Kind::equal, expected});
}
bool Experiment::passed() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.passed(); });
}

std::string place_text(const Place& place) {
  const fs::path root = source_folder();
  if (!root.empty()) {
    std::ifstream file(root / place.file);
    int64_t number = 1;
    for (std::string line; std::getline(file, line); ++number)
      if (line.find(place.words) != line.npos) return place.file + ":" + std::to_string(number);
  }
  return place.file + ", at \"" + place.words + "\"";
}

PageResult run_page(const LabPage& page, Experiment::Settings settings) {
  const auto start = std::chrono::steady_clock::now();
  // Pages compute in f64 unless they train, and each run starts from the same state.
  const auto run = [&](bool broken) {
    settings.broken = broken;
    Experiment e(settings);
    const DefaultDType wide(DType::f64);
    manual_seed(settings.seed);
    page.run(e);
    return e;
  };
  if (settings.sizes.empty()) settings.sizes = page.sizes;
  Experiment claimed = run(false), broken = run(true);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {std::move(claimed), std::move(broken), spent.count()};
}

std::string checks_text(const Experiment& e) {
  Table table{.columns = {{""}, {""}, {""}}};
  for (const Check& c : e.checks)
    table.rows.push_back(
        {c.passed() ? std::string("  pass") : std::string("  FAIL"), c.what, c.text()});
  const std::string out = table_text(table);
  return out.substr(out.find('\n') + 1);
}

std::string broken_text(const Experiment& e) {
  const auto failed =
      std::count_if(e.checks.begin(), e.checks.end(), [](const Check& c) { return !c.passed(); });
  if (failed == 0) return "  This should have failed: the thresholds above prove nothing.\n";
  if (static_cast<size_t>(failed) == e.checks.size()) return "  It fails, as it should.\n";
  return text({"  ", failed, " of ", e.checks.size(), failed == 1 ? " fails" : " fail",
               ", as it should.\n"});
}

std::string page_text(const LabPage& page, const PageResult& result, bool answers) {
  std::string out = page.title + "\n" + std::string(characters(page.title), '=') + "\n" +
                    page.chapter + numbers(page.items) + "\n\n";
  out += paragraph(page.claim) + "\n" + indented(page.formula);
  out += shown_text(result.claimed);
  if (!page.correction.empty())
    out += "\n" + paragraph("The teaching text is wrong here: " + page.correction);
  out += heading("Checked now") + checks_text(result.claimed);
  out += heading("Counter-experiment: " + page.breaks) + checks_text(result.broken);
  out += broken_text(result.broken);
  out += heading("Read");
  for (const Place& place : page.read) out += "  " + place_text(place) + "\n";
  out += heading("Try next") + "  gradus " + page.next + "\n";
  out += heading("Questions");
  for (size_t i = 0; i < page.questions.size(); ++i) {
    out += "\n" + paragraph("  " + std::to_string(i + 1) + ". " + page.questions[i].question);
    if (answers) out += paragraph("     " + page.questions[i].answer);
  }
  if (!answers) out += "\n  --answers shows the answers.\n";
  return out;
}

}  // namespace gradus::tools
