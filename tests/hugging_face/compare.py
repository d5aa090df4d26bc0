# SPDX-License-Identifier: MIT
# Compares models of many settings with random weights in transformers and gradus: imports them,
# compares outputs, exports them again, and reads them back with transformers.
# python3 tests/hugging_face/compare.py PROGRAM
import os
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer

import models

TOLERANCE = 1e-5  # of the largest output
TEXTS = models.TEXT + ["", "Look! 123", "a  b\tc", "\u00c9t\u00e9 \ud55c\uad6d", "x" * 120]


def gradus(*words, **more):
    return subprocess.run([PROGRAM, *words], check=True, capture_output=True, **more).stdout


def difference(mine, theirs, lengths):
    kept = [slice(None)] * len(mine) if lengths is None else [slice(n) for n in lengths]
    a = torch.cat([m[k] for m, k in zip(mine, kept)])
    b = torch.cat([t[k] for t, k in zip(theirs, kept)])
    return ((a - b).abs().max() / b.abs().max()).item()


def compare(name, model, path):
    gradus("import", path, "--out", path + "-run")
    gradus("export", path + "-run", path + "-back", "--format", "huggingface", "--example",
           path + ".safetensors")
    example = load_file(path + ".safetensors")
    found = example.get("logits", example.get("hidden"))
    lengths = example.get("lengths")
    errors = [difference(found, models.outputs(model, example["ids"], lengths), lengths)]
    again = type(model).from_pretrained(path + "-back").eval() if HEADS.get(name, True) else None
    if again is not None:
        errors.append(difference(models.outputs(again, example["ids"], lengths),
                                 models.outputs(model, example["ids"], lengths), lengths))
    one, other = AutoTokenizer.from_pretrained(path), AutoTokenizer.from_pretrained(path + "-back")
    same = one(TEXTS)["input_ids"] == other(TEXTS)["input_ids"]
    good = max(errors) < TOLERANCE and same
    print("pass" if good else "FAIL", name, *("%.1e" % e for e in errors),
          "" if same else "the tokenizers differ")
    return good


def compare_sentences(name, path):
    gradus("import", path, "--out", path + "-run")
    gradus("export", path + "-run", path + "-back", "--format", "huggingface")
    texts = [t.replace("\t", " ") for t in TEXTS]
    gradus("embed", path + "-run", "--out", path + "-v.safetensors",
           input=("\n".join(texts) + "\n").encode())
    mine = load_file(path + "-v.safetensors")["vectors"]
    errors = []
    for folder in (path, path + "-back"):
        theirs = SentenceTransformer(folder, device="cpu").encode(texts, convert_to_tensor=True)
        errors.append(difference([mine], [theirs], None))
    good = max(errors) < TOLERANCE
    print("pass" if good else "FAIL", name, *("%.1e" % e for e in errors))
    return good


GPT2 = {
    "gpt2": {},
    "gpt2_gelu": {"activation_function": "gelu"},
    "gpt2_relu_wide": {"activation_function": "relu", "n_inner": 40},
    "gpt2_fast_eps": {"activation_function": "gelu_fast", "layer_norm_epsilon": 0.1},
    "gpt2_tanh_one_head": {"activation_function": "gelu_pytorch_tanh", "n_head": 1, "n_layer": 1},
    "gpt2_untied": {"tie_word_embeddings": False},
    "gpt2_without_head": {"name": "GPT2Model"},
    "gpt2_more_rows": {"vocab_size": 290},
    "gpt2_long": {"n_positions": 200, "n_embd": 32, "n_head": 4},
}
BERT = {
    "bert": {},
    "bert_relu": {"hidden_act": "relu"},
    "bert_gelu_new": {"hidden_act": "gelu_new", "layer_norm_eps": 0.05},
    "bert_one_segment": {"type_vocab_size": 1, "num_hidden_layers": 1},
    "bert_pre_training": {"name": "BertForPreTraining"},
    "bert_encoder": {"name": "BertModel", "num_attention_heads": 4},
    "bert_encoder_wide": {"name": "BertModel", "hidden_size": 48, "intermediate_size": 100},
    "bert_more_rows": {"vocab_size": 80},
}
SENTENCE = {
    "sentence": {},
    "sentence_cls": {"pooling": "cls_token"},
    "sentence_plain": {"normalize": False, "length": 20},
}
# These come back as a model of another class.
HEADS = {"gpt2_without_head": False, "bert_pre_training": False}


def main():
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for seed, (name, more) in enumerate([*GPT2.items(), *BERT.items()]):
            path = os.path.join(folder, name)
            model = (models.gpt2 if name in GPT2 else models.bert)(path, seed, **more)
            good = compare(name, model, path) and good
        for seed, (name, more) in enumerate(SENTENCE.items()):
            path = os.path.join(folder, name)
            models.sentence(path, seed, **more)
            good = compare_sentences(name, path) and good
    print(len(GPT2) + len(BERT) + len(SENTENCE), "models compared")
    return 0 if good else 1


PROGRAM = os.path.abspath(sys.argv[1])
sys.exit(main())
