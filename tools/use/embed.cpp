// SPDX-License-Identifier: MIT
// gradus embed: prints texts as vectors; gradus similar: ranks the lines of a file by similarity.
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "gradus/autograd/node.h"
#include "gradus/base/printable_text.h"
#include "gradus/base/utf8.h"
#include "gradus/io/file.h"
#include "gradus/io/npz.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/view.h"
#include "models/sentence_encoder.h"
#include "tools/app/figures.h"
#include "tools/cli/cli.h"
#include "tools/cli/data_file.h"
#include "tools/cli/terminal.h"
#include "tools/tasks/saved_run.h"

namespace gradus::tools {
namespace {

constexpr const char* encoder_runs =
    "import (of a BERT or a sentence model), train mlm or train classify --text";

struct EmbedArguments {
  std::string run, file = "-", query, out;
  int64_t top = 10;
  bool json = false;
};

// The lines of a file, without line ends.
std::vector<std::string> lines_of(const std::string& path) {
  const std::string bytes = read_data(path);
  std::vector<std::string> lines;
  for (std::string_view rest = bytes; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
  }
  return lines;
}

TextVectors vectors_of(const Encodes& run, const std::vector<std::string>& lines,
                       const SentenceOptions& how) {
  return from_options([&] { return embed_texts(run.encoder(), *run.tokenizer(), lines, how); });
}

void tell_cut(const TextVectors& v, const SentenceOptions& how) {
  if (v.cut)
    std::fprintf(stderr, "%lld of %zu texts are longer than %lld tokens and are cut\n",
                 static_cast<long long>(v.cut), v.lengths.size(),
                 static_cast<long long>(how.max_tokens));
}

std::string readable(const std::string& line) {
  return is_utf8(line) ? line : printable(line, 1000);
}

// Escapes control characters, and NUL, which would end the output.
std::string shown(const std::string& line) {
  std::string plain = readable(line);
  for (char& c : plain)
    if ((c >= 0 && c < ' ') || c == 0x7f) c = ' ';
  return printable_text(plain);
}

// ---- embed

void print_vectors(const TextVectors& v, const std::vector<std::string>& lines, bool json) {
  const int64_t width = v.vectors.size(1);
  for (size_t i = 0; i < lines.size(); ++i) {
    const Tensor row = select(v.vectors, 0, static_cast<int64_t>(i));
    const float* x = row.data<float>();
    std::string line;
    if (json) {
      Json one;
      one["text"] = readable(lines[i]);
      one["tokens"] = v.lengths[i];
      one["vector"] = Json(Json::Array(x, x + width));
      line = write_json(one);
    } else {
      for (int64_t c = 0; c < width; ++c) line += text({c ? " " : "", write_json(Json(x[c]))});
    }
    line += "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
}

void save_vectors(const std::string& path, const TextVectors& v, const std::string& run) {
  if (path.ends_with(".npy")) write_npy(path, v.vectors);
  else write_tensors(path, {.tensors = {{"vectors", v.vectors}, {"tokens", id_tensor(v.lengths)}}});
  print_text(stdout, text({path, "  ", counted(v.vectors.size(0), "vector"), " of ",
                           counted(v.vectors.size(1), "number"), ", by ", run, "\n"}));
}

int embed(const EmbedArguments& args) {
  const bool known = args.out.ends_with(".safetensors") || args.out.ends_with(".npz") ||
                     args.out.ends_with(".npy");
  if (!args.out.empty() && !known)
    usage_error(
        {"--out ", printable(args.out, 200), ": expected FILE.safetensors, FILE.npz or FILE.npy"});
  if (!args.out.empty() && args.json)
    usage_error({"--out and --json both choose the output; give one of them"});
  if (!args.out.empty()) check_writable(folder_of(args.out));  // before long work
  const auto t = part_in(args.run, &Parts::encodes, "embed", encoder_runs);
  const SentenceOptions how = t->sentence();
  const std::vector<std::string> lines = lines_of(args.file);
  const TextVectors v = vectors_of(*t, lines, how);
  tell_cut(v, how);
  if (args.out.empty()) print_vectors(v, lines, args.json);
  else save_vectors(args.out, v, args.run);
  return 0;
}

// ---- similar

bool blank(const std::string& line) { return line.find_first_not_of(" \t\v\f\r") == line.npos; }

struct Ranked {
  int64_t line;  // counted from 1
  double similarity;
  std::string text;
};

std::vector<Ranked> ranking(const Encodes& run, const EmbedArguments& args,
                            const std::vector<std::string>& lines) {
  SentenceOptions how = run.sentence();
  how.normalize = true;
  std::vector<std::string> texts{args.query};
  std::vector<Ranked> all;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (blank(lines[i])) continue;
    all.push_back({static_cast<int64_t>(i) + 1, 0, lines[i]});
    texts.push_back(lines[i]);
  }
  const TextVectors v = vectors_of(run, texts, how);
  tell_cut(v, how);
  const NoGrad no_grad;
  const std::vector<double> cosines =
      matmul(v.vectors, select(v.vectors, 0, 0)).to_vector<double>();
  for (size_t i = 0; i < all.size(); ++i) all[i].similarity = cosines[i + 1];
  std::stable_sort(all.begin(), all.end(),
                   [](const Ranked& a, const Ranked& b) { return a.similarity > b.similarity; });
  all.resize(std::min(all.size(), static_cast<size_t>(args.top)));
  return all;
}

int similar(const EmbedArguments& args) {
  if (blank(args.query)) usage_error({"QUERY is empty; expected a text"});
  const auto t = part_in(args.run, &Parts::encodes, "similar", encoder_runs);
  const std::vector<Ranked> found = ranking(*t, args, lines_of(args.file));
  Json list = Json::array();
  for (const Ranked& r : found) {
    if (!args.json) {
      std::printf("%7.4f  %6lld  %s\n", r.similarity, static_cast<long long>(r.line),
                  shown(r.text).c_str());
      continue;
    }
    Json one;
    one["line"] = r.line;
    one["similarity"] = r.similarity;
    one["text"] = readable(r.text);
    list.push_back(std::move(one));
  }
  if (args.json) print_figures(list, true);
  return 0;
}

constexpr const char* run_help =
    "run folder of an imported encoder, train mlm or train classify --text";

}  // namespace

Command embed_command() {
  const auto args = std::make_shared<EmbedArguments>();
  return {.name = "embed",
          .summary = "turn texts into vectors with a sentence model or another text encoder",
          .examples = {"embed runs/minilm sentences.txt",
                       "embed runs/minilm sentences.txt --out vectors.safetensors"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, run_help);
                o.optional_argument("FILE", args->file,
                                    "texts, one per line; default: standard input");
                o.value("--out", args->out,
                        "write all vectors, [lines, width], to FILE.safetensors, .npz or .npy");
                o.flag("--json", args->json, "print a JSON object per line: text, tokens, vector");
                o.threads();
              },
          .run = [args] { return embed(*args); }};
}

Command similar_command() {
  const auto args = std::make_shared<EmbedArguments>();
  return {.name = "similar",
          .summary = "find the lines of a file that are most similar to a text",
          .examples = {"similar runs/minilm sentences.txt \"a man on a horse\"",
                       "similar runs/minilm sentences.txt \"a man on a horse\" --top 3 --json"},
          .options =
              [args](Options& o) {
                o.argument("RUN", args->run, run_help);
                o.argument("FILE", args->file, "texts, one per line; -: standard input");
                o.argument("QUERY", args->query, "text to compare the lines with");
                o.value("--top", args->top, "maximum number of lines to show", 1, 1000000);
                o.flag("--json", args->json, "print JSON with all digits");
                o.threads();
              },
          .run = [args] { return similar(*args); }};
}

}  // namespace gradus::tools
