# SPDX-License-Identifier: MIT
# Writes src/data/unicode_classes.cpp, _cases.cpp and _bases.cpp from Python's Unicode data:
# python3 tools/unicode_tables.py
# and src/data/unicode_words.cpp from what the tokenizers library itself takes for a word, since it
# follows a newer Unicode there: python3 tools/unicode_tables.py words
import sys
import unicodedata as u

ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(wanted):
    out = []
    for c in ALL:
        if not wanted(c):
            continue
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return [x for r in out for x in r]


def category(prefix):
    return ranges(lambda c: u.category(chr(c)).startswith(prefix))


def lower():
    out = []  # first, last, step, lower - upper
    for c in ALL:
        low = chr(c).lower()
        if len(low) != 1 or ord(low) == c:
            continue
        delta = ord(low) - c
        if out and out[-1][3] == delta:
            first, last, step, _ = out[-1]
            if c - last <= 2 and (first == last or c - last == step):
                out[-1][1], out[-1][2] = c, c - last
                continue
        out.append([c, c, 1, delta])
    return [x for r in out for x in r]


def bases():
    one, more = [], []
    for c in ALL:
        if 0xAC00 <= c <= 0xD7A3 or u.category(chr(c)) == "Mn":
            continue
        d = u.normalize("NFD", chr(c))
        d = [ord(x) for x in d if u.category(x) != "Mn"]
        if d == [c]:
            continue
        if len(d) == 1:
            one += [c, d[0]]
        else:  # one step of it
            more += [c] + [int(x, 16) for x in u.decomposition(chr(c)).split()]
    return one, more


def table(name, about, numbers, kind="uint32_t"):
    lines, line = [], " "
    for n in numbers:
        word = " " + (hex(n).upper().replace("X", "x") if n >= 0 else str(n)) + ","
        if len(line + word) > 100:
            lines.append(line)
            line = " "
        line += word
    lines.append(line)
    body = "\n".join(lines)
    return f"""// {about}
static constexpr {kind} {name}_table[] = {{
{body}
}};
std::span<const {kind}> {name}() {{ return {name}_table; }}
"""


def page(path, about, tables, source="Unicode " + u.unidata_version):
    text = "\n".join(tables)
    with open(path, "w") as out:
        out.write(f"""// SPDX-License-Identifier: MIT
// {about}, {source}. Written by tools/unicode_tables.py.
#include "data/unicode.h"

namespace gradus::unicode {{

// clang-format off
{text}// clang-format on

}}  // namespace gradus::unicode
""")


def words():
    import tokenizers
    t = tokenizers.Tokenizer(tokenizers.models.WordPiece({"?": 0}, unk_token="?"))
    t.add_tokens([tokenizers.AddedToken("@@", single_word=True, normalized=False)])
    found = t.encode_batch(["@@" + chr(c) for c in ALL])
    is_word = {c: 1 not in e.ids for c, e in zip(ALL, found)}
    page("src/data/unicode_words.cpp", "Characters of words", [
        table("words", "First and last of each run of characters that are \\w.",
              ranges(lambda c: is_word[c]))],
         "as tokenizers " + tokenizers.__version__ + " has them")


if sys.argv[1:] == ["words"]:
    words()
    sys.exit()
page("src/data/unicode_classes.cpp", "Classes of characters", [
    table("letters", "First and last of each run of letters (category L).", category("L")),
    table("numbers", "First and last of each run of numbers (N).", category("N")),
    table("marks", "First and last of each run of marks without a width (Mn).", category("Mn")),
    table("punctuations", "First and last of each run of punctuation (P).", category("P")),
    table("controls", "First and last of each run of controls and formats (Cc, Cf, Co).",
          ranges(lambda c: u.category(chr(c)) in ("Cc", "Cf", "Co")))])
one, more = bases()
page("src/data/unicode_cases.cpp", "Small letters", [
    table("lowers", "First, last, step, and lower case minus upper case.", lower(), "int32_t"),
    table("pairs", "A character, and the two that one step of its decomposition gives.", more)])
page("src/data/unicode_bases.cpp", "Letters without their accents", [
    table("bases", "A character, and what its decomposition leaves without marks.", one)])
