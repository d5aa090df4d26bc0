// SPDX-License-Identifier: MIT
// Settings of trainings on plain text.
#include "tools/text_settings.h"

#include "gradus/base/utf8.h"
#include "gradus/train/tokenizer_file.h"
#include "tools/data_file.h"

namespace gradus::tools {

void TokenizerSettings::list(Settings& s) {
  s.choice("tokenizer", kind, {"char", "word", "bpe", "wordpiece"},
           "what a token is: a character, a word, or a piece of one by byte pair encoding; "
           "wordpiece: BERT's pieces, from a run that has them");
  s.value("vocab", vocab, "words, or byte pairs, in the vocabulary at most", 8, 1000000);
}

void TokenizerSettings::check(const Settings& s) const {
  if (kind == "char" && s.at("vocab").origin == Origin::flag)
    usage_error({"--vocab is for --tokenizer word or bpe; all characters of a text are known"});
  constexpr int64_t bytes_and_specials = 261;
  if (kind == "bpe" && vocab < bytes_and_specials)
    usage_error({"--vocab ", vocab, ": bpe needs ", bytes_and_specials, " or more, 256 for bytes"});
}

void TextSettings::list(Settings& s) {
  s.arguments("file", "FILE", files, "text, UTF-8; several are read one after the other").file =
      true;
  tokenizer.list(s);
  s.flag("lines", lines, "each line of the files stands by itself");
  s.value("valid", valid, "share held out: the end of each text, or lines", 0.001, 0.9);
}

void TextSettings::check(const Settings& s) const {
  if (files.empty()) usage_error({"FILE is missing: ", s.at("file").help});
  tokenizer.check(s);
}

namespace {

// A byte order mark at the front is no part of the text.
std::string without_mark(std::string bytes, const std::string& path) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    file_error({printable(path, 200), ": is UTF-16; expected UTF-8"});
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  return bytes;
}

}  // namespace

LanguageData TextSettings::read(const std::vector<std::string>& specials, int64_t seed,
                                std::shared_ptr<const Tokenizer> known, const Json& recorded,
                                Json& seen) const {
  std::vector<std::string> texts;
  for (size_t i = 0; i < files.size(); ++i)
    texts.push_back(without_mark(
        read_bytes(files[i], i ? text({"file_", i + 1}) : std::string("file"), recorded, seen),
        files[i]));
  try {
    return LanguageData::from_texts(texts, {valid, lines, static_cast<uint64_t>(seed)},
                                    tokenizer.options(specials), std::move(known));
  } catch (const std::invalid_argument& e) {
    file_error(
        {printable(files.front(), 200), files.size() > 1 ? " and others: " : ": ", e.what()});
  }
}

std::string TextSettings::summary(const LanguageData& d) const {
  std::string names;
  for (const std::string& file : files)
    names += text({names.empty() ? "" : ", ", printable(file, 200)});
  std::string all =
      text({names, ": ", d.characters, " characters to train on, ", d.held_out, " held out; ",
            d.tokenizer->size(), " different tokens (", d.tokenizer->kind(), ")\n"});
  if (tokenizer.kind != "char")
    all +=
        text({"  as tokens: ", d.tokens(true), " to train on, ", d.tokens(false),
              " held out, of which the vocabulary lacks ",
              static_cast<int64_t>(d.unknown_share() * static_cast<double>(d.tokens(false)) + 0.5),
              "\n"});
  if (d.replaced) all += text({"  ", d.replaced, " bytes are no UTF-8: each became U+FFFD\n"});
  return all;
}

Json TextSettings::schema(const LanguageData& data, int64_t block) const {
  Json s;
  s["tokenizer"] = tokenizer_json(*data.tokenizer);
  s["lines"] = lines, s["block"] = block;
  return s;
}

void TextSettings::read_schema(const Json& s, const std::string& file, LanguageData& data,
                               int64_t& block) {
  data.tokenizer = run_tokenizer(s.at("tokenizer"), file);
  data.by_lines = lines = s.at("lines").boolean();
  block = s.at("block").integer();
}

std::string token_label(const Tokenizer& t, int64_t id) {
  std::string label;
  for (char c : t.word(id))
    if (c == '\n')
      label += "\\n";
    else if (c == ' ')
      label += '_';
    else
      label += c;
  return is_utf8(label) ? label : printable(label);
}

}  // namespace gradus::tools
