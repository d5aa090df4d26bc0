// SPDX-License-Identifier: MIT
// gradus train mlm and gradus fill, as a user runs them.
#include <filesystem>
#include <fstream>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_mlm_test {

struct Place {
  TempFolder folder;
  Place() {
    std::ofstream text(path("text.txt"));
    for (int i = 0; i < 120; ++i) text << (i % 2 ? "the king is dead .\n" : "a cat may look .\n");
  }
  std::string path(const std::string& name) const { return folder.path + "/" + name; }
  Finished operator()(const std::string& words) const {
    return run("cd " + folder.path + " && " + std::filesystem::absolute(gradus_program()).string() +
               " " + words);
  }
  Json json(const std::string& words) const {
    const Finished f = (*this)(words + " --json");
    INFO(words << f.out << f.err);
    REQUIRE(f.status == 0);
    return parse_json(f.out, "stdout");
  }
};

const std::string small = " --d-model 16 --nhead 2 --layers 1 --lr 0.01 --quiet ";

TEST_CASE("train mlm with words and characters and bytes; eval; resume; attention", "[tools]") {
  const Place p;
  for (const std::string kind : {"word", "char", "bpe"}) {
    const std::string more = kind == "char" ? " --lines" : " --lines --vocab 270";
    const Json r = p.json("train mlm text.txt --tokenizer " + kind + more + small +
                          "--steps 200 --out " + kind);
    INFO(kind << write_json(r));
    CHECK(r.at("masked_accuracy").number() > r.at("unigram_accuracy").number());
    CHECK(r.at("valid_loss").number() < r.at("unigram_loss").number());
    CHECK(r.at("masked_places").integer() > 5);
    const Json again = p.json("eval " + kind);
    for (const char* key : {"valid_loss", "masked_accuracy", "unigram_loss"})
      CHECK(again.at(key) == r.at(key));
    CHECK(p("train --resume " + kind).status == 0);
    const Finished seen = p("attention " + kind + " --example 1 --out -");
    CHECK(seen.status == 0);
    CHECK(has(seen.out, "[CLS]"));
  }
}

TEST_CASE("fill lists candidates for a masked token", "[tools]") {
  const Place p;
  REQUIRE(p("train mlm text.txt --tokenizer word --vocab 100 --lines --steps 200 --out run" + small)
              .status == 0);
  const Json r = p.json("fill run 'the [MASK] is [MASK] .' --top 3");
  REQUIRE(r.at("masks").items().size() == 2);
  const Json& first = r.at("masks").items()[0];
  CHECK(first.items().size() == 3);
  CHECK(first.items()[0].at("word").string() == "king");
  CHECK(first.items()[0].at("probability").number() > 0.5);
  CHECK(r.at("filled").string() == "the king is dead .");
  const Finished shown = p("fill run 'a [MASK] may look .'");
  CHECK(has(shown.out, "[MASK] 1\n  0."));
  CHECK(has(shown.out, "\na cat may look .\n"));
  CHECK(has(p("fill run 'no place'").err, "TEXT has no [MASK]"));
  CHECK(has(p("fill run '[MASK] 1 2 3 4 5 6 7 8 9 10 11'").err, "the model reads at most 5"));
  REQUIRE(p("train mlm text.txt --block 12 --steps 2 --out chars" + small).status == 0);
  CHECK(p("fill chars 'the k[MASK][MASK]g'").status == 0);
  REQUIRE(p("train lm text.txt --block 12 --steps 2 --out lm" + small).status == 0);
  CHECK(has(p("fill lm 'a [MASK]'").err, "is a run of \"lm\"; fill needs one of train mlm"));
  CHECK(p("generate run").status == 2);
}

TEST_CASE("train mlm refuses unsupported settings", "[tools]") {
  const Place p;
  CHECK(has(p("train mlm").err, "FILE is missing"));
  CHECK(has(p("train mlm text.txt --norm-first").err, "a BERT is post-norm"));
  CHECK(has(p("train mlm none.txt").err, "none.txt: No such file"));
  CHECK(p("train mlm text.txt --mask-share 0").status == 2);
  CHECK(p("train mlm text.txt --vocab 300").status == 2);
  REQUIRE(p("train mlm text.txt --block 12 --steps 1 --out run" + small).status == 0);
  std::ofstream(p.path("run/schema.json")) << "{\"tokenizer\": {\"type\": \"char\"}}";
  const Finished f = p("fill run 'a[MASK]'");
  CHECK(f.status == 1);
  CHECK(has(f.err, "schema.json"));
  std::ofstream(p.path("run/schema.json")) << "{\"lines\": false}";
  const Finished g = p("fill run 'a[MASK]'");
  CHECK(g.status == 1);
  CHECK(has(g.err, "run/schema.json: "));
}

}  // namespace tools_mlm_test
