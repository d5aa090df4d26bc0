// SPDX-License-Identifier: MIT
// gradus lab: the curriculum as pages that compute, draw and check their claims.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "gradus/io/file.h"
#include "gradus/train/picture.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/commands.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace {

struct LabArguments {
  std::string page, d, book;
  std::vector<std::string> out;
  int64_t seed = 0;
  bool all = false, broken = false, answers = false;
};

// Pages whose title, claim or chapter has the word: ": see leak (Without a ...)".
std::string pages_about(const std::string& word) {
  std::string out;
  for (const LabPage& p : lab_pages())
    if (word.size() > 2 && (p.title + " " + p.chapter + " " + p.claim).find(word) != word.npos)
      out += (out.empty() ? "; about it: " : ", ") + p.name;
  return out;
}

const LabPage& page_named(const std::string& name) {
  std::vector<std::string> names;
  for (const LabPage& p : lab_pages()) {
    if (p.name == name) return p;
    names.push_back(p.name);
  }
  const std::string near = suggestion(name, names);
  usage_error({"there is no page ", printable(name, 60), near.empty() ? pages_about(name) : "",
               ". ", near.empty() ? "" : "D" + near.substr(1) + " ", "gradus lab lists all."});
}

std::string items_text(const LabPage& p) {
  std::string out;
  for (int item : p.items) out += (out.empty() ? "  (" : ",") + std::to_string(item);
  return out.empty() ? out : out + ")";
}

// The table of contents.
int list_pages() {
  std::string chapter;
  for (const LabPage& p : lab_pages()) {
    if (p.chapter != chapter) std::printf("%s%s\n", chapter.empty() ? "" : "\n", p.chapter.c_str());
    chapter = p.chapter;
    std::printf("  %s %s%s\n", padded(p.name, 14).c_str(), p.title.c_str(), items_text(p).c_str());
  }
  std::printf(
      "\ngradus lab PAGE computes, draws and checks a page; the numbers in brackets are\n"
      "items of the curriculum. gradus lab --all checks all; --book DIR writes a book.\n");
  return 0;
}

// Runs all pages, with a line for each.
std::vector<PageResult> run_all(const LabArguments& args, bool reduced) {
  std::vector<PageResult> results;
  for (const LabPage& p : lab_pages()) {
    Experiment::Settings settings{.seed = static_cast<uint64_t>(args.seed), .reduced = reduced};
    results.push_back(run_page(p, std::move(settings)));
    const PageResult& r = results.back();
    std::printf("%s  %s %s %3zu checks %6.1f s%s\n", r.passed() ? "pass" : "FAIL",
                padded(p.name, 14).c_str(), padded(p.title, 42).c_str(), r.claimed.checks.size(),
                r.seconds,
                reduced && !p.reduced.empty() ? ("  reduced: " + p.reduced).c_str() : "");
    if (!r.claimed.passed()) std::printf("%s", checks_text(r.claimed).c_str());
    if (r.broken.passed())
      std::printf("  the counter-experiment should fail and passes: %s\n", p.breaks.c_str());
    std::fflush(stdout);
  }
  return results;
}

int exit_status(const std::vector<PageResult>& results) {
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const PageResult& r) { return !r.passed(); });
  std::printf("%zu pages, %td failed\n", results.size(), failed);
  return failed > 0;
}

int write_book(const LabArguments& args) {
  std::filesystem::create_directories(args.book);
  check_writable(args.book);
  const std::vector<PageResult> results = run_all(args, false);
  write_file(args.book + "/index.html", book_html(results));
  std::printf("the book: %s/index.html\n", args.book.c_str());
  return exit_status(results);
}

// FILE.csv, FILE.svg, FILE.png for the first picture, FILE-2.svg for the second, and so on.
void write_charts(const Experiment& e, const std::string& path) {
  int64_t count = 0;
  for (const auto& part : e.shown)
    if (const auto* chart = std::get_if<Chart>(&part)) {
      const size_t dot = path.rfind('.');
      const std::string more = ++count > 1 ? "-" + std::to_string(count) : "";
      write_chart(*chart, path.substr(0, dot) + more + path.substr(dot));
    }
  if (count == 0) usage_error({"--out ", printable(path, 200), ": this page has no picture"});
}

int run(const LabArguments& args) {
  if (args.page.empty() && !args.all && args.book.empty()) return list_pages();
  if (!args.page.empty() && (args.all || !args.book.empty()))
    usage_error({"name a page, or give --all or --book"});
  if (!args.book.empty()) return write_book(args);
  if (args.all) return exit_status(run_all(args, true));
  const LabPage& page = page_named(args.page);
  if (!args.d.empty() && page.sizes.empty())
    usage_error({"--d: the page ", page.name, " has no sizes to choose"});
  check_outputs(args.out);
  Experiment::Settings settings{.seed = static_cast<uint64_t>(args.seed)};
  if (!args.d.empty()) settings.sizes = number_list("--d", args.d, 1, 100000);
  const PageResult result = run_page(page, settings);
  if (args.broken) {
    print_text(stdout, "Counter-experiment: " + page.breaks + "\n" + checks_text(result.broken));
    return !result.broken.passed();
  }
  print_text(stdout, page_text(page, result, args.answers));
  for (const std::string& path : args.out) write_charts(result.claimed, path);
  return !result.passed();
}

}  // namespace

const std::vector<LabPage>& lab_pages() {
  static const std::vector<LabPage> pages = [] {
    std::vector<LabPage> all;
    for (auto* page : all_pages) all.push_back(page());
    return all;
  }();
  return pages;
}

Command lab_command() {
  const auto args = std::make_shared<LabArguments>();
  return {.name = "lab",
          .summary = "compute, draw and check the mathematics of attention",
          .examples = {"lab", "lab scale", "lab scale --d 8,32,128,512 --answers", "lab --all",
                       "lab --book lab-book"},
          .options =
              [args](Options& o) {
                LabArguments& a = *args;
                o.optional_argument("PAGE", a.page, "page to run; default: list the pages");
                o.value("--d", a.d, "sizes to measure at, such as 8,32,128, if the page has any");
                o.value("--seed", a.seed, "seed of the random numbers", 0);
                o.flag("--answers", a.answers, "also show the answers to the questions");
                o.flag("--break", a.broken,
                       "run only the counter-experiment; its checks fail: exit status 1");
                o.list("--out", a.out, "also write the pictures: FILE.csv, FILE.svg or FILE.png");
                o.flag("--all", a.all,
                       "run every page, the slowest ones reduced; at most 5 minutes");
                o.value("--book", a.book, "run every page and write DIR/index.html");
                o.threads();
              },
          .run = [args] { return run(*args); }};
}

}  // namespace gradus::tools
