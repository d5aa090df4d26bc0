// SPDX-License-Identifier: MIT
// The lab: each page is complete, its places in the source exist, and its threshold can fail.
#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "gradus/io/file.h"
#include "tests/catch.h"
#include "tools/lab/pages.h"

using namespace gradus;
using namespace gradus::tests;
using namespace gradus::tools;

TEST_CASE("pages of the lab are complete and read like sentences", "[lab]") {
  std::set<std::string> names;
  std::string chapter;
  std::set<std::string> chapters;
  for (const LabPage& p : lab_pages()) {
    INFO(p.name);
    CHECK(names.insert(p.name).second);
    CHECK(p.name.size() <= 14);
    CHECK(p.title.size() <= 50);
    if (p.chapter != chapter)
      CHECK(chapters.insert(p.chapter).second);  // chapters are in one piece
    chapter = p.chapter;
    // Bridges to the curriculum, and what the texts name without describing it.
    const bool beyond = p.chapter == "beginning" || p.name == "performer" || p.name == "beam";
    CHECK(p.items.empty() == beyond);
    for (int item : p.items) CHECK((item >= 1 && item <= 79));
    CHECK(p.claim.ends_with("."));
    CHECK(!p.formula.empty());
    CHECK(!p.breaks.empty());
    CHECK(!p.breaks.ends_with("."));
    CHECK(p.questions.size() == 2);
    for (const Question& q : p.questions) {
      CHECK(q.question.ends_with("?"));
      CHECK(!q.answer.empty());
    }
    CHECK(!p.read.empty());
    for (const Place& place : p.read) {
      INFO(place.file << " " << place.words);
      CHECK(has(place_text(place), place.file + ":"));
    }
    CHECK(p.run);
    CHECK(p.sizes.empty() == p.sizes_help.empty());
    const std::string first = p.next.substr(0, p.next.find(' '));
    CHECK(has(run(gradus_program() + " --help").out, "\n  " + first));
  }
}

TEST_CASE("a page prints what it claims and checks within 80 columns", "[lab]") {
  const Finished f = run(gradus_program() + " lab softmax --answers");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  for (const char* part : {"Checked now", "pass", "Counter-experiment", "FAIL", "as it should",
                           "src/ops/softmax.cpp:", "gradus lab temperature"})
    CHECK(has(f.out, part));
  std::istringstream lines(f.out);
  for (std::string line; std::getline(lines, line);)
    CHECK(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }) <= 80);
}

TEST_CASE("lab --break fails, and names of pages are suggested", "[lab]") {
  CHECK(run(gradus_program() + " lab softmax --break").status == 1);
  const Finished f = run(gradus_program() + " lab softmux");
  CHECK(f.status == 2);
  CHECK(has(f.err, "there is no page softmux. Did you mean softmax? gradus lab lists all."));
  CHECK(has(run(gradus_program() + " lab causal").err, "about it: "));
  CHECK(run(gradus_program() + " lab softmax --d 8").status == 2);
  CHECK(run(gradus_program() + " lab softmax --all").status == 2);
  CHECK(has(run(gradus_program() + " lab").out, "temperature"));
}

TEST_CASE("a page writes its pictures", "[lab]") {
  const TempFolder folder;
  const std::string at = folder.path;
  const Finished f = run(gradus_program() + " lab scale --d 8,16 --out " + at + "/a.svg --out " +
                         at + "/a.png --out " + at + "/a.csv");
  INFO(f.err);
  CHECK(has(read_file(at + "/a.svg"), "<polyline"));
  CHECK(has(read_file(at + "/a.png").substr(0, 4), "PNG"));
  CHECK(has(read_file(at + "/a.csv"), "divided by"));
}

TEST_CASE("the counter-experiment is told from the claim", "[lab]") {
  LabPage page;
  page.run = [](Experiment& e) { e.below(1, "a", e.broken() ? 2 : 0, 1); };
  CHECK(run_page(page, {}).passed());
  page.run = [](Experiment&) {};
  CHECK(!run_page(page, {}).passed());  // a page without a threshold proves nothing
  page.run = [](Experiment& e) { e.below(1, "a", std::nan(""), 1); };
  CHECK(!run_page(page, {}).claimed.passed());
}

TEST_CASE("mask draws a mask in three conventions and explains a hidden key", "[lab]") {
  const Finished f = run(gradus_program() + " mask causal+padding:4,2 --why 2,3");
  INFO(f.out << f.err);
  CHECK(f.status == 0);
  CHECK(has(f.out, "sample 0\n#...\n##..\n###.\n####\n"));
  CHECK(has(f.out, "sample 1\n#...\n##..\n##..\n##..\n"));
  CHECK(has(f.out, "sample 0: query 2 cannot see key 3: causal"));
  CHECK(has(f.out, "sample 1: query 2 cannot see key 3"));
  CHECK(
      has(f.out, "sample 1: query 2 cannot see key 3: causal, which allows keys up to 2; padding"));
  CHECK(has(f.out, "query 2 of sample 0 in three conventions\n  True hides"));
  CHECK(run(gradus_program() + " mask cosal").status == 2);
  CHECK(run(gradus_program() + " mask causal --why 9,0").status == 2);
  CHECK(run(gradus_program() + " mask padding:3,2 --sample 2").status == 2);
  CHECK(run(gradus_program() + " mask window:1").status == 2);
}
