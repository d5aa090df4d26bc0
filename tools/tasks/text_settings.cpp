// SPDX-License-Identifier: MIT
// Settings for training on plain text.
#include "tools/tasks/text_settings.h"

#include "gradus/base/utf8.h"
#include "gradus/data/encoding.h"
#include "gradus/train/tokenizer_file.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"

namespace gradus::tools {

void TokenizerSettings::list(Settings& s) {
  s.choice("tokenizer", kind, {"char", "word", "bpe", "wordpiece"},
           "unit of a token: a character, a word, or a piece of a word by byte pair encoding; "
           "wordpiece: BERT's pieces, only with --init from a run that has them");
  s.value("vocab", vocab, "maximum vocabulary, in words or byte pairs", 8, 1000000);
}

void TokenizerSettings::check(const Settings& s) const {
  if (kind == "char" && s.at("vocab").origin == Origin::flag)
    usage_error({"--vocab is for --tokenizer word or bpe; char has all characters of the text"});
  constexpr int64_t bytes_and_specials = 261;
  if (kind == "bpe" && vocab < bytes_and_specials)
    usage_error(
        {"--vocab ", vocab, ": bpe needs ", bytes_and_specials, " or more, 256 of them for bytes"});
}

void TextSettings::list(Settings& s) {
  s.arguments("file", "FILE", files, "text files, read one after the other").file = true;
  tokenizer.list(s);
  s.flag("lines", lines, "each line of the files is a text of its own");
  s.value("valid", valid, "share held out: the end of each text, or random lines", 0.001, 0.9);
  s.choice("encoding", encoding, text_encodings(), "text encoding of the files");
}

void TextSettings::check(const Settings& s) const {
  if (files.empty()) usage_error({"FILE is missing: ", s.at("file").help});
  tokenizer.check(s);
}

namespace {

// The texts of several files, with notes for the user.
struct Texts {
  std::vector<std::string> all{}, notes{};
  int64_t returns = 0;  // CR that were removed
};

// Converts the line ends of Windows and old Macs to newlines.
std::string with_newlines(const std::string& text, int64_t& removed, int64_t& kept) {
  const bool old_mac = text.find('\n') == text.npos;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool windows = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (text[i] == '\r') ++(windows || old_mac ? removed : kept);
    if (windows) continue;
    out += text[i] == '\r' && old_mac ? '\n' : text[i];
  }
  return out;
}

std::string line_ends(int64_t n) { return counted(n, "line") + (n == 1 ? " ends" : " end"); }

void add_text(Texts& texts, std::string bytes, const std::string& path, const std::string& encoding,
              bool keep_returns) {
  const std::string file = printable(path, 200);
  const bool wide = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  if (wide && encoding == "utf-8")
    file_error({file, ": is UTF-16; expected UTF-8, or --encoding utf-16"});
  try {
    bytes = encoded_text(bytes, encoding);
  } catch (const std::invalid_argument& e) {
    file_error({file, ": ", e.what()});
  }
  if (const BadByte bad = first_bad_byte(bytes); bad.line)
    texts.notes.push_back(text({file, ": line ", bad.line, " ", bad_byte_message(bad)}));
  int64_t removed = 0, kept = 0;
  std::string plain = with_newlines(bytes, removed, kept);
  if (removed && keep_returns)
    texts.notes.push_back(text(
        {file, ": ", line_ends(removed), " with CR, which is kept: the run was trained with it"}));
  else if (removed)
    texts.notes.push_back(text({file, ": ", line_ends(removed), " with CR, which is removed"}));
  if (kept)
    texts.notes.push_back(
        text({file, ": ", kept, " CR within lines ", kept == 1 ? "is" : "are", " kept"}));
  texts.returns += keep_returns ? 0 : removed;
  texts.all.push_back(keep_returns ? std::move(bytes) : std::move(plain));
}

}  // namespace

LanguageData TextSettings::read(const std::vector<std::string>& specials, int64_t seed,
                                std::shared_ptr<const Tokenizer> known, const Json& recorded,
                                Json& seen) const {
  constexpr const char* returns = "carriage_returns_left_out";
  const bool again = recorded.is(Json::Kind::object) && recorded.find("file");
  Texts texts;
  for (size_t i = 0; i < files.size(); ++i)
    add_text(texts,
             read_bytes(files[i], i ? text({"file_", i + 1}) : std::string("file"), recorded, seen),
             files[i], encoding, again && !recorded.find(returns));
  if (texts.returns) seen[returns] = texts.returns;
  try {
    LanguageData data =
        LanguageData::from_texts(texts.all, {valid, lines, static_cast<uint64_t>(seed)},
                                 tokenizer.options(specials), std::move(known));
    data.notes = std::move(texts.notes);
    return data;
  } catch (const std::invalid_argument& e) {
    file_error(
        {printable(files.front(), 200), files.size() > 1 ? " and others: " : ": ", e.what()});
  }
}

std::string TextSettings::summary(const LanguageData& d) const {
  std::string names;
  for (const std::string& file : files)
    names += text({names.empty() ? "" : ", ", printable(file, 200)});
  std::string all = text(
      {names, ": ", counted(d.characters, "character"), " to train on, ", d.held_out, " held out; ",
       counted(d.tokenizer->size(), "different token"), " (", d.tokenizer->kind(), ")\n"});
  if (tokenizer.kind != "char")
    all +=
        text({"  as tokens: ", d.tokens(true), " to train on, ", d.tokens(false),
              " held out, unknown to the vocabulary: ",
              static_cast<int64_t>(d.unknown_share() * static_cast<double>(d.tokens(false)) + 0.5),
              "\n"});
  if (d.replaced)
    all += text({"  ", counted(d.replaced, "byte"),
                 d.replaced == 1 ? " is not UTF-8: it became U+FFFD\n"
                                 : " are not UTF-8: each became U+FFFD\n"});
  for (const std::string& note : d.notes) all += text({"  ", note, "\n"});
  return all;
}

Json TextSettings::schema(const LanguageData& data, int64_t block) const {
  Json s;
  s["tokenizer"] = tokenizer_json(*data.tokenizer);
  s["lines"] = lines;
  s["block"] = block;
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
    if (c == '\n') label += "\\n";
    else if (c == ' ') label += '_';
    else label += c;
  return is_utf8(label) ? label : printable(label);
}

}  // namespace gradus::tools
