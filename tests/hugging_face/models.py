# SPDX-License-Identifier: MIT
# Small models with random weights, written by Hugging Face's libraries: make_cases.py stores some of
# them with their outputs, compare.py tries many.
import json
import os

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import (BertConfig, BertForMaskedLM, BertForPreTraining, BertModel,
                          GPT2Config, GPT2LMHeadModel, GPT2Model)
from transformers import logging

logging.set_verbosity_error()
TEXT = ["the cat sat on the mat and the dog looked at the moon", "a king may look at a cat",
        "the moon looks at the king, and the king sees the moon", "one two three four five",
        "caf\u00e9 \u00fcber \u4f60\u597d \uc548\ub155 \U0001f642"]
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "king", "moon", "look",
          "##ing", "##ed", "and", "at", ",", ".", "!", "cafe", "uber", "\u4f60", "\u597d"]
PIECES += list("abcdefghijklmnopqrstuvwxyz") + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz"]
MODELS = {m.__name__: m for m in (GPT2LMHeadModel, GPT2Model, BertForMaskedLM, BertForPreTraining,
                                  BertModel)}


def randomise(model, seed):
    """Values for which every part of the model counts."""
    gen = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            draw = torch.randn(p.shape, generator=gen)
            norm = name.endswith("weight") and p.dim() == 1
            scale = 0.3 if p.dim() == 1 else 0.6 / p.shape[-1] ** 0.5 + 0.1
            p.copy_(1 + 0.2 * draw if norm else draw * scale)
    return model.eval()


def write(path, name, value):
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "w", encoding="utf8", newline="\n") as out:
        out.write(value if isinstance(value, str) else json.dumps(value, indent=1) + "\n")


def bpe_files(path, vocab):
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(TEXT, vocab_size=vocab, min_frequency=1,
                                  special_tokens=["<|endoftext|>"])
    tokenizer.save_model(path)
    return tokenizer.get_vocab_size()


def wordpiece_files(path):
    write(path, "vocab.txt", "\n".join(PIECES) + "\n")
    write(path, "tokenizer_config.json", {"do_lower_case": True, "tokenizer_class": "BertTokenizer",
                                          "model_max_length": 1000000000000000019884624838656})
    return len(PIECES)


def gpt2(path, seed, name="GPT2LMHeadModel", **more):
    os.makedirs(path, exist_ok=True)
    settings = dict(n_embd=16, n_head=2, n_layer=2, n_positions=24, vocab_size=bpe_files(path, 280),
                    bos_token_id=0, eos_token_id=0)
    model = randomise(MODELS[name](GPT2Config(**{**settings, **more})), seed)
    model.save_pretrained(path)
    return model


def bert(path, seed, name="BertForMaskedLM", **more):
    os.makedirs(path, exist_ok=True)
    settings = dict(hidden_size=16, num_attention_heads=2, num_hidden_layers=2,
                    intermediate_size=24, max_position_embeddings=20,
                    vocab_size=wordpiece_files(path))
    model = randomise(MODELS[name](BertConfig(**{**settings, **more})), seed)
    model.save_pretrained(path)
    return model


def sentence(path, seed, pooling="mean_tokens", normalize=True, length=12, **more):
    model = bert(path, seed, "BertModel", **more)
    parts = ["Transformer", "Pooling"] + ["Normalize"] * normalize
    paths = ["", "1_Pooling", "2_Normalize"]
    write(path, "modules.json", [{"idx": i, "name": str(i), "path": paths[i],
                                  "type": "sentence_transformers.models." + part}
                                 for i, part in enumerate(parts)])
    write(path, "sentence_bert_config.json", {"max_seq_length": length, "do_lower_case": False})
    modes = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"]
    write(path + "/1_Pooling", "config.json",
          {"word_embedding_dimension": model.config.hidden_size,
           **{"pooling_mode_" + mode: mode == pooling for mode in modes}})
    os.makedirs(path + "/2_Normalize", exist_ok=True)
    return model


def outputs(model, ids, lengths=None):
    """Logits, or the vectors of a model without a head."""
    mask = None
    if lengths is not None:
        mask = (torch.arange(ids.shape[1])[None, :] < lengths[:, None]).long()
    with torch.no_grad():
        found = model(ids, attention_mask=mask)
    for name in ("logits", "prediction_logits", "last_hidden_state"):
        if name in found:
            y = found[name]
            break
    if isinstance(model, GPT2Model):
        y = y @ model.wte.weight.T  # as the output layer of a language model
    return y
