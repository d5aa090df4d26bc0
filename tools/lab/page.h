// SPDX-License-Identifier: MIT
// A page of the lab: a claim of the curriculum, how it is measured, and what breaks it.
// Next: tools/lab/attention/scale.cpp, a page
#pragma once
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tools/draw/chart.h"
#include "tools/draw/table.h"

namespace gradus::tools {

/// A number that the claim bounds.
struct Check {
  enum class Kind { below, above, equal };
  int item = 0;  // item of the curriculum, or 0
  std::string what;
  double seen = 0;
  Kind kind = Kind::below;
  double bound = 0;
  bool passed() const;       // false for NaN
  std::string text() const;  // "0.008 < 0.1"
};

/// One run of a page: its settings, and what it shows and checks, in order.
class Experiment {
 public:
  /// The numbers that flags may change.
  struct Settings {
    uint64_t seed = 0;
    std::vector<int64_t> sizes{};  // --d
    bool reduced = false;          // by --all: training is shorter if the page names it
    bool broken = false;           // the counter-experiment
  };
  explicit Experiment(Settings settings) : settings_(std::move(settings)) {}

  uint64_t seed() const { return settings_.seed; }
  const std::vector<int64_t>& sizes() const { return settings_.sizes; }
  bool reduced() const { return settings_.reduced; }
  /// Whether this is the counter-experiment: the page leaves out what makes its claim true.
  bool broken() const { return settings_.broken; }

  void note(const std::string& sentence) { shown.push_back(sentence); }
  void table(Table table) { shown.push_back(std::move(table)); }
  void chart(Chart chart) { shown.push_back(std::move(chart)); }
  /// The claim holds only if `seen` is below, above or equal to the bound.
  void below(int item, const std::string& what, double seen, double bound);
  void above(int item, const std::string& what, double seen, double bound);
  void equal(int item, const std::string& what, double seen, double expected);
  bool passed() const;

  std::vector<std::variant<std::string, Table, Chart>> shown;
  std::vector<Check> checks;

 private:
  Settings settings_;
};

/// A place in the source: the first line of the file that contains these words.
struct Place {
  std::string file, words;
};
/// "src/ops/softmax.cpp:43" if the file can be found from here or from the program, else its name
/// and the words.
std::string place_text(const Place& place);

struct Question {
  std::string question, answer;
};

struct LabPage {
  std::string name, chapter, title;
  std::vector<int> items;  // items of the curriculum
  std::string claim;       // one sentence
  std::string formula;     // in Unicode, one formula per line
  std::string breaks;      // what the counter-experiment does: "the scores are not divided by √d"
  std::vector<Place> read;
  std::string next;                   // a command without "gradus"
  std::vector<Question> questions{};  // two
  std::string correction{};           // where a teaching text is wrong, with both numbers
  std::vector<int64_t> sizes{};       // the default of --d; empty: the page has no such flag
  std::string sizes_help{};           // "widths of queries and keys"
  std::string reduced{};              // what --all makes smaller; empty: nothing
  std::function<void(Experiment&)> run;
};

/// A page that was run: as claimed, and with its counter-experiment.
struct PageResult {
  Experiment claimed, broken;
  double seconds = 0;
  /// The claim holds, and its threshold can fail.
  bool passed() const { return claimed.passed() && !broken.passed(); }
};
PageResult run_page(const LabPage& page, Experiment::Settings settings);

/// The page for a terminal of 80 columns.
std::string page_text(const LabPage& page, const PageResult& result, bool answers);
/// The checks alone, one line each.
std::string checks_text(const Experiment& experiment);

/// All pages in the order of the book.
const std::vector<LabPage>& lab_pages();

/// The book: one HTML file without any other file, in `folder`/index.html.
std::string book_html(const std::vector<PageResult>& results);

}  // namespace gradus::tools
