// SPDX-License-Identifier: MIT
// gradus train translate and gradus translate, as a user runs them.
#include <fstream>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_translate_test {

// Numbers into Korean, word by word; every eleventh pair is held out.
std::string pairs(bool held_out) {
  const char* const english[] = {"one", "two", "three", "four"};
  const char* const korean[] = {"하나", "둘", "셋", "넷"};
  std::string all;
  for (int n = 0; n < 512; ++n) {
    if ((n % 11 == 5) != held_out) continue;
    std::string from, to;
    for (int k = 0, rest = n; k < 2 + n % 3; ++k, rest /= 4) {
      from += std::string(k ? " " : "") + english[rest % 4];
      to += std::string(k ? " " : "") + korean[rest % 4];
    }
    all += from + "\t" + to + "\n";
  }
  return all;
}

struct Files : TempFolder {
  std::string train = path + "/train.tsv", valid = path + "/valid.tsv", out = path + "/run";
  Files() {
    write_file(train, pairs(false));
    write_file(valid, pairs(true));
  }
  std::string command(const std::string& more) const {
    return gradus_program() + " train translate " + train + " --valid " + valid +
           " --vocab 300 --max-tokens 200 --quiet " + more;
  }
};

const char* const small =
    " --d-model 32 --nhead 2 --layers 1 --dim-feedforward 64 --dropout 0 --lr 5e-3 --epochs 30 "
    "--beam 3 --average 3";

TEST_CASE("train translate; evaluate; translate; the pairs are not needed afterwards", "[tools]") {
  const Files f;
  const Finished trained =
      run(f.command(std::string(small) + " --json --test " + f.valid + " --out " + f.out));
  INFO(trained.out << trained.err);
  REQUIRE(trained.status == 0);
  const Json report = parse_json(trained.out, "report");
  CHECK(report.at("bleu").number() > 60);
  CHECK(report.at("chrf").number() > 60);
  CHECK(report.at("evaluated_on").string() == "test");
  const Finished again = run(gradus_program() + " eval " + f.out + " --json");
  const Json evaluated = parse_json(again.out, "eval");
  for (const char* figure : {"bleu", "chrf", "valid_loss", "valid_bleu", "test_loss"})
    CHECK(evaluated.at(figure) == report.at(figure));
  CHECK(run(gradus_program() + " info " + f.out).status == 0);
  const Finished drawn = run(gradus_program() + " attention " + f.out + " --example 2 --out -");
  CHECK(drawn.status == 0);
  CHECK(has(drawn.out, "</s>"));
  CHECK(run("rm " + f.train + " " + f.valid).status == 0);

  const std::string say = gradus_program() + " translate " + f.out;
  const Finished output = run("printf 'one two\\r\\n\\nfour three' | " + say);
  INFO(output.out << output.err);
  CHECK(output.out == "하나 둘\n\n넷 셋\n");
  CHECK(run("printf 'one two' | " + say + " --beam 1 --length-penalty 0").out == "하나 둘\n");
  const Finished shown = run("printf 'one two' | " + say + " --show-attention");
  CHECK(has(shown.out, "하나 둘\n  layer 0, mean of 2 heads\n  하나"));
  CHECK(has(shown.out, "</s>"));
  CHECK(run("printf '\\377\\000x' | " + say).status == 0);
  CHECK(run(say + " < /dev/null").out.empty());
  const Finished long_one = run("yes one | head -999 | tr '\\n' ' ' | " + say);
  CHECK(has(long_one.err, "tokens; cut after 128"));
}

TEST_CASE("train translate: recurrent with two vocabularies", "[tools]") {
  const Files f;
  const Finished trained =
      run(f.command("--model gru --attention bahdanau --embed-dim 16 --hidden-size 16 --epochs 2 "
                    "--no-shared-vocab --out " +
                    f.out));
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK(run(gradus_program() + " eval " + f.out).status == 0);
  CHECK(run(gradus_program() + " attention " + f.out).status == 0);
  CHECK(run("echo one | " + gradus_program() + " translate " + f.out).status == 0);
}

TEST_CASE("train translate: stopped and resumed gives the same bytes", "[tools]") {
  const Files f;
  const std::string options =
      " --d-model 16 --nhead 2 --layers 1 --dim-feedforward 16 --epochs 4 "
      "--average 2 --schedule noam --save-every 3 --out ";
  REQUIRE(run(f.command(options + f.out)).status == 0);
  const std::string other = f.path + "/stopped";
  run("timeout -s TERM 0.4 " + f.command(options + other));
  const Finished resumed = run(gradus_program() + " train --resume " + other);
  INFO(resumed.err);
  REQUIRE(resumed.status == 0);
  CHECK(read_file(other + "/model.safetensors") == read_file(f.out + "/model.safetensors"));
  CHECK(run("ls " + f.out + "/epoch-*").status != 0);
}

TEST_CASE("train translate: broken files and settings", "[tools]") {
  const Files f;
  const auto refused = [&](const std::string& bytes, const char* words, int status = 1) {
    write_file(f.valid, bytes);
    const Finished r = run(f.command("--dry-run"));
    INFO(r.err);
    CHECK(r.status == status);
    CHECK(has(r.err, words));
  };
  refused("a\tb\nno tab\n", "valid.tsv: line 2: has no tab");
  refused("a\tb\tc\n", "valid.tsv: line 1: has more than one tab");
  refused("a\t\n", "valid.tsv: line 1: one side is empty");
  refused("a\tb\xff\n", "valid.tsv: line 1: is not UTF-8");
  refused("", "valid.tsv: has no lines");
  write_file(f.valid, "\xEF\xBB\xBFone\t하나\r\n");
  CHECK(run(f.command("--dry-run")).status == 0);
  CHECK(run(f.command("--batch-size 3")).status == 2);
  CHECK(run(f.command("--tied all --no-shared-vocab")).status == 2);
  CHECK(run(f.command("--model gru --d-model 32")).status == 2);
  CHECK(run(f.command("--hidden-size 32")).status == 2);
  CHECK(has(run(f.command("--max-length 1")).err, "all are longer than --max-length 1"));
  CHECK(run(gradus_program() + " train translate").status == 2);
  CHECK(run(gradus_program() + " translate " + f.path + "/none").status == 1);
}

}  // namespace tools_translate_test
