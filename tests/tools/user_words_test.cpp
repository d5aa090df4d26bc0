// SPDX-License-Identifier: MIT
// The program shows messages of the library without the names of C++ classes.
#include <regex>
#include <set>

#include "tests/source.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

TEST_CASE("every class name in front of a message is known", "[house][words]") {
  const std::regex before("\"([A-Z][a-z]+[A-Za-z0-9]*)(::[a-z_]+)?: ");
  const std::string known = read_text("tools/cli/user_words.cpp");
  const std::set<std::string> headings = {"Usage", "Unnamed"};
  int count = 0;
  for (const SourceFile& f : source_files()) {
    const bool library = f.path.rfind("src/", 0) == 0 || f.path.rfind("models/", 0) == 0;
    if (!library || f.path.rfind("src/check/", 0) == 0) continue;
    for (const std::string& line : f.lines)
      for (std::sregex_iterator i(line.begin(), line.end(), before), end; i != end; ++i, ++count) {
        if (headings.count((*i)[1])) continue;
        INFO(f.path << ": " << (*i)[1] << " belongs into classes_in_messages()");
        CHECK(has(known, "\"" + (*i)[1].str() + "\""));
      }
  }
  CHECK(count > 40);
}

TEST_CASE("every function name in front of a message is known", "[house][words]") {
  const std::regex before("_error\\(\\s*\\{\\s*\"([a-z]+(_[a-z0-9]+)+_?): ");
  const std::string known = read_text("tools/cli/user_words.cpp");
  std::set<std::string> names;
  for (const SourceFile& f : source_files()) {
    const bool library = f.path.rfind("src/", 0) == 0 || f.path.rfind("models/", 0) == 0;
    if (!library || f.path.rfind("src/check/", 0) == 0) continue;
    std::string all;
    for (const std::string& line : f.lines) all += line + "\n";
    for (std::sregex_iterator i(all.begin(), all.end(), before), end; i != end; ++i) {
      names.insert((*i)[1]);
      INFO(f.path << ": " << (*i)[1] << " belongs into functions_in_messages()");
      CHECK(has(known, "\"" + (*i)[1].str() + "\""));
    }
  }
  CHECK(names.size() > 40);
}

TEST_CASE("messages of functions reach the user without their names", "[cli][words]") {
  const ProgramFolder p;
  p.put("a.csv", "id,time,a,label\n1,1,1,x\n1,2,2,x\n2,1,5,y\n2,2,6,y\n3,1,1,x\n4,1,5,y\n");
  for (const std::string words :
       {"classify a.csv --valid 1.5", "classify a.csv --folds 5", "forecast a.csv --valid 1.5"}) {
    const Finished f = p("train " + words + " --quiet --out run");
    INFO(words << "\n" << f.err);
    CHECK(f.status != 0);
    CHECK(!std::regex_search(f.err, std::regex("\\b(take_out|take_out_ends|stratified_folds):")));
  }
}

TEST_CASE("settings that do not fit are refused by the names of options", "[cli][words]") {
  const ProgramFolder p;
  p.put("a.csv", "id,time,a,label\n1,1,1,x\n1,2,2,x\n2,1,5,y\n2,2,6,y\n3,1,1,x\n4,1,5,y\n");
  p.put("a.txt", "a");
  p.put("pairs.tsv", "a b\tc d\nb a\td c\na a\tc c\nb b\td d\na b b\tc d d\n");
  const std::regex name("\\b[A-Z][a-z]+[A-Z]\\w*(::\\w+)?:|\\b(Gpt|Bert|Mask|Dropout|Trainer):");
  for (const std::string words :
       {"classify a.csv --model gru --bidirectional "
        "--d-model 7",
        "classify a.csv --model tcn --layers 0",
        "copy --min-length 5 "
        "--max-length 2",
        "copy --letters 2 --max-length 2 --test-size 90", "lm a.txt", "lm a.txt --lines",
        "lm a.csv --kv-heads 3", "lm a.csv --experts 2 --top-k 3",
        "lm a.csv --tokenizer bpe "
        "--vocab 257",
        "mlm a.txt", "translate pairs.tsv --vocab 3",
        "lm a.csv --position rope "
        "--d-model 6 --nhead 6",
        "lm a.csv --attention linear --position alibi", "forecast a.csv --model gru --layers 0"}) {
    const Finished f = p("train " + words + " --dry-run --quiet");
    INFO(words << "\n" << f.err);
    CHECK(f.status != 0);
    CHECK(!std::regex_search(f.err, name));
  }
}
