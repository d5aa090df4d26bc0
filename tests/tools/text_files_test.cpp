// SPDX-License-Identifier: MIT
// Text files as found in practice: headers, swapped columns, downloads, other encodings and line
// ends; and tensors of every dtype.
#include <cstring>

#include "gradus/io/file.h"
#include "gradus/io/json.h"
#include "gradus/io/npz.h"
#include "gradus/io/safetensors.h"
#include "tests/catch.h"
#include "tests/tools/place.h"

using namespace gradus;
using namespace gradus::tests;

namespace tools_text_files_test {

constexpr const char* tiny = " --d-model 8 --nhead 2 --layers 1 --steps 2 ";

std::string reviews(const std::string& header, bool swapped = false) {
  std::string all = header;
  for (int i = 0; i < 72; ++i) {
    const std::string text = "a film of part " + std::to_string(i);
    const std::string label = i % 3 ? "good" : "bad";
    all += (swapped ? label + "\t" + text : text + "\t" + label) + "\n";
  }
  return all;
}

TEST_CASE("texts: a header line is neither a text nor a third class", "[tools][texts]") {
  const ProgramFolder p;
  p.put("a.tsv", reviews("text\tlabel\n"));
  p.put("plain.tsv", reviews(""));
  const std::string train = std::string("train classify --text a.tsv --out run") + tiny;
  const Finished f = p(train);
  INFO(f.err);
  REQUIRE(f.status == 0);
  CHECK(has(f.err, "a.tsv: line 1 (text, label) is a header: left out; --header no"));
  CHECK(has(f.err, "bad 23"));  // of 72, minus those held out
  CHECK(has(f.err, "good 42"));
  // Reading it again gives the same; new files may have the header or not.
  CHECK(p("eval run").status == 0);
  CHECK(p.json("eval run a.tsv").at("accuracy") == p.json("eval run plain.tsv").at("accuracy"));
  const std::string with = p("predict run a.tsv").out, without = p("predict run plain.tsv").out;
  CHECK(with.starts_with("line,label,p_"));
  CHECK(with.substr(with.find('\n')).starts_with("\n2,"));
  CHECK(std::count(with.begin(), with.end(), '\n') ==
        std::count(without.begin(), without.end(), '\n'));
  const Finished insisted =
      p("train classify --text a.tsv --header no --dry-run" + std::string(tiny));
  CHECK(has(insisted.err, "label 1"));
  p.put("swapped.tsv", reviews("", true));
  const Finished swapped = p("train classify --text swapped.tsv --dry-run" + std::string(tiny));
  CHECK(swapped.status == 1);
  CHECK(has(swapped.err, "72 different classes in 72 lines"));
  CHECK(has(swapped.err, "--columns 2,1"));
  CHECK(p("train classify --text swapped.tsv --columns 2,1 --dry-run" + std::string(tiny)).status ==
        0);
  CHECK(p("train classify --text swapped.tsv --as-classes --dry-run" + std::string(tiny)).status ==
        0);
  CHECK(p("train classify --text swapped.tsv --columns 2,2").status == 2);
}

TEST_CASE("texts: fastText's files and bad lines", "[tools][texts]") {
  const ProgramFolder p;
  std::string fast;
  for (int i = 0; i < 40; ++i)
    fast += i % 2 ? "__label__good a fine film\n" : "__label__bad dull\n";
  p.put("fast.txt", fast);
  REQUIRE(p("train classify --text fast.txt --out run" + std::string(tiny)).status == 0);
  const std::string predicted = p("predict run fast.txt").out;
  CHECK(predicted.substr(predicted.find('\n')).starts_with("\n1,"));
  p.put("holes.tsv", reviews("") + "\n\tgood\nno class\n" + reviews(""));
  const std::string train = "train classify --text holes.tsv --dry-run" + std::string(tiny);
  const Finished f = p(train);
  CHECK(f.status == 1);
  CHECK(has(f.err, "holes.tsv: line 73: has no tab"));
  CHECK(has(f.err, "holes.tsv: line 74: one side is empty"));
  CHECK(has(f.err, "holes.tsv: line 75: has no tab"));
  const Finished skipped = p(train + "--skip-bad");
  CHECK(skipped.status == 0);
  CHECK(has(skipped.err, "holes.tsv: 3 lines are left out: line 73"));
}

TEST_CASE("translate: a download of Tatoeba and pairs with a header", "[tools][texts]") {
  const ProgramFolder p;
  std::string rows, headed = "english\tfrench\n";
  for (int i = 0; i < 60; ++i) {
    const std::string pair = "Go " + std::to_string(i) + ".\tVa " + std::to_string(i) + " !";
    rows += pair + "\tCC-BY 2.0 (France) Attribution: tatoeba.org #1 (CM)\n";
    headed += pair + "\n";
  }
  p.put("fra.txt", rows);
  p.put("headed.tsv", headed);
  const std::string settings = " --vocab 280 --dim-feedforward 8 --dry-run" + std::string(tiny);
  const Finished f = p("train translate fra.txt" + settings);
  INFO(f.err);
  CHECK(f.status == 0);
  CHECK(has(f.err, "fra.txt: column 3 is Tatoeba's attribution: left out"));
  CHECK(has(f.err, "57 pairs to train on, 3 for validation"));
  const Finished h = p("train translate headed.tsv" + settings);
  CHECK(has(h.err, "line 1 (english, french) is a header"));
  CHECK(has(h.err, "57 pairs to train on"));
  CHECK(has(p("train translate headed.tsv --header no" + settings).err, "57 pairs to train on, 4"));
}

TEST_CASE("texts from Windows: line ends and Latin-1", "[tools][texts]") {
  const ProgramFolder p;
  std::string windows, latin, old_mac;
  for (int i = 0; i < 30; ++i) {
    windows += "to be or not\r\n";
    latin += "caf\xE9 au lait\n";
    old_mac += "to be or not\r";
  }
  p.put("windows.txt", windows);
  p.put("latin.txt", latin);
  p.put("mac.txt", old_mac);
  const auto output = [&](const std::string& words) {
    const Finished f = p("train lm " + words + " --block 8 --dry-run" + tiny);
    INFO(f.err);
    CHECK(f.status == 0);
    return f.err;
  };
  const std::string w = output("windows.txt");
  CHECK(has(w, "windows.txt: 30 lines end with CR, which is removed"));
  CHECK(has(w, "8 different tokens"));  // no CR among them
  CHECK(has(output("mac.txt"), "30 lines end with CR"));
  const std::string l = output("latin.txt");
  CHECK(has(l, "30 bytes are not UTF-8: each became U+FFFD"));
  CHECK(has(l, "latin.txt: line 1 is not UTF-8 at column 4 (byte 0xE9); --encoding latin-1"));
  CHECK_FALSE(has(output("latin.txt --encoding latin-1"), "UTF-8"));
  // Text read without CR is read without CR again.
  REQUIRE(p("train lm windows.txt --block 8 --out run" + std::string(tiny)).status == 0);
  CHECK(p("eval run").status == 0);
  CHECK_FALSE(has(read_file(p.path("run/schema.json")), "\\r"));
}

void put_safetensors(const ProgramFolder& p, const std::string& name, const std::string& header,
                     size_t bytes) {
  std::string file(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  p.put(name, file + header + std::string(bytes, '\1'));
}

TEST_CASE("info lists tensors of every dtype as stored", "[tools][texts]") {
  const ProgramFolder p;
  put_safetensors(p, "odd.safetensors",
                  R"({"c":{"dtype":"C64","shape":[2],"data_offsets":[0,16]},)"
                  R"("e":{"dtype":"F8_E4M3","shape":[2,3],"data_offsets":[16,22]},)"
                  R"("f":{"dtype":"F8_E5M2","shape":[1],"data_offsets":[22,23]},)"
                  R"("h":{"dtype":"F4","shape":[4],"data_offsets":[23,25]},)"
                  R"("i":{"dtype":"I8","shape":[3],"data_offsets":[25,28]},)"
                  R"("k":{"dtype":"BF16","shape":[],"data_offsets":[28,30]}})",
                  30);
  const Json odd = p.json("info odd.safetensors");
  std::string dtypes;
  for (const Json& t : odd.at("tensors").items()) dtypes += t.at("dtype").string() + " ";
  CHECK(dtypes == "c64 f8_e4m3 f8_e5m2 f4 i8 bf16 ");
  CHECK(odd.at("parameters").integer() == 17);
  const std::string table = p("info odd.safetensors").out;
  CHECK(has(table, "e     f8_e4m3  [2, 3]  6"));
  put_safetensors(p, "half.safetensors", R"({"h":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})",
                  2);
  CHECK(has(p("info half.safetensors").err, "shape [3] of F4 takes"));
  put_safetensors(p, "new.safetensors", R"({"h":{"dtype":"F5","shape":[3],"data_offsets":[0,2]}})",
                  2);
  CHECK(has(p("info new.safetensors").err, "unknown dtype \"F5\""));
  write_npy(p.path("x.npy"), ones({2, 3}, DType::f64), FloatForm::f16);
  const Json x = p.json("info x.npy");
  CHECK(x.at("tensors").items()[0].at("name").string() == "x");
  CHECK(x.at("tensors").items()[0].at("dtype").string() == "f16");
  CHECK(x.at("parameters").integer() == 6);
  std::string text = "\x93NUMPY\1";
  const std::string head =
      "{'descr': [('a', '<f4'), ('b', '<U3')], 'fortran_order': False, "
      "'shape': (2,), }\n";
  text += '\0';
  text += static_cast<char>(head.size());
  text += '\0';
  p.put("record.npy", text + head + std::string(32, '\0'));
  CHECK(has(p("info record.npy").out, "[('a', '<f4'), ('b', '<U3')]"));
  CHECK(has(p("info record.npy").out, "[2]"));
}

}  // namespace tools_text_files_test
