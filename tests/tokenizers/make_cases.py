# SPDX-License-Identifier: MIT
# Writes tokenizers with random added words, texts, and their tokens in the tokenizers library:
# python3 tests/tokenizers/make_cases.py OUT.json [TEXTS [SEED]]
# tests/tokenizers/cases.json was written with 200 texts and seed 1.
import json
import random
import sys

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PIECES = ["the", "cat", "king", "look", "new", "york", "entity", "##s", "##ing", "##ed", "##st",
          "c", "+", "x", "e", "1", "[", "]", "<", ">", "-", "'", ".", "!", ",", "cafe", "caf\u00e9",
          "\u4e2d", "\u6587", "The", "Cat", "\u00e9", "i", "\u0131"]
PIECES += [p for c in "abcdefghijklmnopqrstuvwxyz" for p in (c, "##" + c)]
ADDED = ["c++", "C++", "x", "[E1]", "[/E1]", "<ent>", "\u4e2d", "new york", "New York", "Foo", "foo bar",
         "caf\u00e9", "CAF\u00c9", "##s", "a b", "'s", "-", "do not", " x", "x ", "the", "entity", "\U0001f642",
         "[E", "king-", "e\u0301", "12", "_", "cat", "[CLS]", "[MASK]", "\u00df", "ing", "!", "<s>"]
WORDS = ["the", "The", "cats", "king", "looked", "looking", "x", "c", "cafe", "caf\u00e9", "CAF\u00c9",
         "e\u0301", "\u4e2d\u6587", "\u4f60", "\U0001f642", "12", "1", "a_b", "don't", "can not", "do not", "x-ray",
         "\u00dfa", "STRASSE", "\uc548\ub155", "\u0130", "unknown", "[UNK]", "foo", "bar", ".", "!", "[", "]"]
SPACES = ["", "", " ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u3000", " \u2003", "\u200b", "\u0007", "\u0301"]
LATIN = {chr(c) for c in range(0x80, 0x180)}


def added_words(draw, t, byte_level):
    out, patterns, seen = [], set(), set()
    for content in draw.sample(ADDED, draw.randint(1, 8)):
        special = draw.random() < 0.3
        w = AddedToken(content, special=special, single_word=draw.random() < 0.25,
                       lstrip=draw.random() < 0.2, rstrip=draw.random() < 0.2,
                       normalized=not special and draw.random() < 0.6)
        # Of two words that are equal once normalised, the library finds a random one.
        normal = t.normalizer.normalize_str(content) if w.normalized and t.normalizer else content
        if not normal or (w.normalized, normal) in patterns or content in seen:
            continue
        if byte_level and LATIN & set(content):
            continue  # the library decodes these as other bytes
        patterns.add((w.normalized, normal))
        seen.add(content)
        out.append(w)
    return out


def wordpiece(draw):
    vocab = {w: i for i, w in enumerate(dict.fromkeys(MARKS + PIECES))}
    t = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=draw.choice([100, 8])))
    lower = draw.random() < 0.6
    t.normalizer = normalizers.BertNormalizer(
        clean_text=draw.random() < 0.8, handle_chinese_chars=draw.random() < 0.8,
        strip_accents=draw.choice([None, None, True, False]), lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece(cleanup=draw.random() < 0.5)
    return t


def byte_pairs(draw):
    t = Tokenizer(models.BPE(ignore_merges=draw.random() < 0.5))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=draw.random() < 0.3)
    t.decoder = decoders.ByteLevel()
    texts = [draw.choice(SPACES).join(draw.choices(WORDS + ADDED, k=12)) for _ in range(40)]
    trainer = trainers.BpeTrainer(vocab_size=330, show_progress=False, special_tokens=["<|endoftext|>"],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    t.train_from_iterator(texts, trainer)
    if t.model.ignore_merges:  # words that no merge gives
        j = json.loads(t.to_str())
        for word in ("the", "\u0120king", "!]", "look"):
            j["model"]["vocab"].setdefault(word, len(j["model"]["vocab"]))
        t = Tokenizer.from_str(json.dumps(j))
    return t


def text(draw, added):
    parts = []
    for _ in range(draw.randint(1, 9)):
        word = draw.choice(added).content if draw.random() < 0.4 else draw.choice(WORDS)
        if draw.random() < 0.15:
            word = draw.choice([str.upper, str.lower, str.title])(word)
        parts += [word, draw.choice(SPACES)]
    return "".join(parts)


def case(draw, texts):
    byte_level = draw.random() < 0.4
    t = (byte_pairs if byte_level else wordpiece)(draw)
    added = added_words(draw, t, byte_level)
    t.add_tokens(added)
    added = added or [AddedToken("x")]
    all_texts = [text(draw, added) for _ in range(texts)]
    ids = [e.ids for e in t.encode_batch(all_texts, add_special_tokens=False)]
    return {"tokenizer": json.loads(t.to_str()), "texts": all_texts, "ids": ids,
            "decoded": [t.decode(i) for i in ids]}


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    draw = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    cases = []
    for _ in range(0, count, 10):
        cases.append(case(draw, 10))
    with open(sys.argv[1], "w", encoding="utf8", newline="\n") as out:
        out.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


main()
