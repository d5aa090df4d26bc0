// SPDX-License-Identifier: MIT
// Messages of the library reach the user of the program without the names of C++ classes.
#include "tools/user_words.h"

#include <algorithm>
#include <regex>
#include <set>

#include "tests/source.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

std::string said(const std::string& message) {
  const std::set<std::string> options = {"--d-model", "--nhead", "--layers", "--dropout", "--lr"};
  return tools::in_user_words(message, [&](const std::string& o) { return options.count(o) > 0; });
}

}  // namespace

TEST_CASE("names of classes leave messages, and fields become options", "[cli][words]") {
  CHECK(said("MultiheadAttention: embed_dim 7 does not divide into 2 heads") ==
        "--d-model 7 does not divide into 2 heads");
  CHECK(said("SeriesEncoder: layers is 0; expected 1 or more") ==
        "--layers is 0; expected 1 or more");
  CHECK(said("a.txt: LanguageData: 2 characters are too few") ==
        "a.txt: 2 characters are too few");
  CHECK(said("Mask::padding: length -1 is negative") == "length -1 is negative");
  CHECK(said("Dropout: p is 2; expected 0 to 1") == "--dropout is 2; expected 0 to 1");
  CHECK(said("column \"lr\" has no lr here") == "column \"lr\" has no lr here");
  CHECK(said("the file MaskX: 3") == "the file MaskX: 3");
}

TEST_CASE("every class that stands before a message is known", "[house][words]") {
  const std::regex before("\"([A-Z][a-z]+[A-Za-z0-9]*)(::[a-z_]+)?: ");
  const std::vector<std::string>& known = tools::classes_in_messages();
  const std::set<std::string> headings = {"Usage", "Fedora", "Arch", "Homebrew"};
  int count = 0;
  for (const SourceFile& f : source_files()) {
    const bool library = f.path.rfind("src/", 0) == 0 || f.path.rfind("models/", 0) == 0;
    if (!library || f.path.rfind("src/check/", 0) == 0) continue;
    for (const std::string& line : f.lines)
      for (std::sregex_iterator i(line.begin(), line.end(), before), end; i != end; ++i, ++count) {
        INFO(f.path << ": " << (*i)[1] << " belongs into classes_in_messages()");
        CHECK(std::find(known.begin(), known.end(), (*i)[1]) != known.end());
      }
  }
  CHECK(count > 40);
}

TEST_CASE("settings that do not fit are refused by the names of options", "[cli][words]") {
  const ProgramFolder p;
  p.put("a.csv", "id,time,a,label\n1,1,1,x\n1,2,2,x\n2,1,5,y\n2,2,6,y\n3,1,1,x\n4,1,5,y\n");
  p.put("a.txt", "a");
  p.put("pairs.tsv", "a b\tc d\nb a\td c\na a\tc c\nb b\td d\na b b\tc d d\n");
  const std::regex name("\\b[A-Z][a-z]+[A-Z]\\w*(::\\w+)?:|\\b(Gpt|Bert|Mask|Dropout|Trainer):");
  for (const std::string words :
       {"classify a.csv --d-model 7 --nhead 1", "classify a.csv --model gru --bidirectional "
        "--d-model 7", "classify a.csv --model tcn --layers 0", "copy --min-length 5 --max-length 2",
        "copy --letters 2 --max-length 2 --test-size 90", "lm a.txt", "lm a.txt --lines",
        "lm a.csv --kv-heads 3", "lm a.csv --experts 2 --top-k 3", "lm a.csv --tokenizer bpe "
        "--vocab 257", "mlm a.txt", "translate pairs.tsv --vocab 3", "lm a.csv --position rope "
        "--d-model 6 --nhead 6", "copy --model gru --attention luong-dot --embed-dim 1",
        "lm a.csv --attention linear --position alibi", "forecast a.csv --model gru --layers 0"}) {
    const Finished f = p("train " + words + " --dry-run --quiet");
    INFO(words << "\n" << f.err);
    CHECK(!std::regex_search(f.err, name));
  }
}
