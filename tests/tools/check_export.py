# SPDX-License-Identifier: MIT
# Checks exported runs of gradus with the same models written in PyTorch: load_state_dict(strict=True)
# loads the weights, and the outputs equal those of `gradus export --example`.
# python3 tests/tools/check_export.py PROGRAM
import math
import os
import subprocess
import sys
import tempfile
import warnings

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
TOLERANCE = 1e-5  # of the largest output


def hidden(lengths, steps):
    """True where a step is padding, as in torch.nn."""
    return torch.arange(steps)[None, :] >= lengths[:, None]


def causal(steps):
    return torch.ones(steps, steps, dtype=torch.bool).triu(1)


def sinusoidal(times, width):
    i = torch.arange(width)
    angle = times.double()[..., None] / 10000 ** ((i - i % 2).double() / width)
    return torch.where(i % 2 == 0, angle.sin(), angle.cos()).float()


def masked_mean(x, lengths):
    keep = ~hidden(lengths, x.shape[1])[..., None]
    return (x * keep).sum(1) / lengths[:, None]


class Gpt(nn.Module):
    def __init__(self, vocab, block, width, heads, layers):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(block, width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, 4 * width, 0, "gelu", batch_first=True,
                                       norm_first=True, bias=False) for _ in range(layers))
        self.ln_f = nn.LayerNorm(width, bias=False)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight[:ids.shape[1]]
        for layer in self.layers:
            x = layer(x, src_mask=causal(ids.shape[1]))
        return F.linear(self.ln_f(x), self.wte.weight)


class Embeddings(nn.Module):
    def __init__(self, vocab, block, width):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab, width)
        self.position_embeddings = nn.Embedding(block, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)


class Bert(nn.Module):
    def __init__(self, vocab, block, width, heads, layers, pooler=False):
        super().__init__()
        self.embeddings = Embeddings(vocab, block, width)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, 4 * width, 0, "gelu", 1e-12,
                                       batch_first=True) for _ in range(layers))
        if pooler:
            self.pooler = nn.Module()
            self.pooler.dense = nn.Linear(width, width)

    def forward(self, ids, lengths):
        e = self.embeddings
        x = e.LayerNorm(e.word_embeddings(ids) + e.position_embeddings.weight[:ids.shape[1]])
        for layer in self.encoder.layer:
            x = layer(x, src_key_padding_mask=hidden(lengths, ids.shape[1]))
        return x


class MaskedLM(nn.Module):
    def __init__(self, vocab, block, width, heads, layers):
        super().__init__()
        self.bert = Bert(vocab, block, width, heads, layers)
        self.cls = nn.Module()
        self.cls.predictions = nn.Module()
        self.cls.predictions.bias = nn.Parameter(torch.empty(vocab))
        self.cls.predictions.transform = nn.Module()
        self.cls.predictions.transform.dense = nn.Linear(width, width)
        self.cls.predictions.transform.LayerNorm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, ids, lengths):
        head = self.cls.predictions
        x = head.transform.LayerNorm(F.gelu(head.transform.dense(self.bert(ids, lengths))))
        return F.linear(x, self.bert.embeddings.word_embeddings.weight, head.bias)


class TextClassifier(nn.Module):
    def __init__(self, pooler, classes, *sizes):
        super().__init__()
        self.bert = Bert(*sizes, pooler=pooler)
        self.classifier = nn.Linear(sizes[2], classes)

    def forward(self, ids, lengths):
        x = self.bert(ids, lengths)
        if hasattr(self.bert, "pooler"):
            return self.classifier(self.bert.pooler.dense(x[:, 0]).tanh())
        return self.classifier(masked_mean(x, lengths))


class Translator(nn.Module):
    def __init__(self, vocab, width, heads, layers):
        super().__init__()
        self.source_embedding = nn.Embedding(vocab, width)
        self.target_embedding = nn.Embedding(vocab, width)
        self.transformer = nn.Transformer(width, heads, layers, layers, 128, 0, batch_first=True,
                                          norm_first=True)
        self.generator = nn.Linear(width, vocab)
        self.width = width

    def embed(self, table, ids):
        return table(ids) * math.sqrt(self.width) + sinusoidal(torch.arange(ids.shape[1]),
                                                               self.width)

    def forward(self, source, source_lengths, target):
        pad = hidden(source_lengths, source.shape[1])
        x, y = self.embed(self.source_embedding, source), self.embed(self.target_embedding, target)
        return self.generator(self.transformer(x, y, tgt_mask=causal(target.shape[1]),
                                               src_key_padding_mask=pad,
                                               memory_key_padding_mask=pad))


class Side(nn.Module):
    def __init__(self, vocab, width, state, speaks):
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(vocab, width), nn.GRU(width, state, batch_first=True)
        if speaks:
            self.fc_out = nn.Linear(state, vocab)


class RecurrentTranslator(nn.Module):
    def __init__(self, vocab, width, state):
        super().__init__()
        self.encoder, self.decoder = Side(vocab, width, state, False), Side(vocab, width, state, True)

    def forward(self, source, source_lengths, target):
        x = self.encoder.embedding(source)
        x = nn.utils.rnn.pack_padded_sequence(x, source_lengths, batch_first=True)
        y, _ = self.decoder.rnn(self.decoder.embedding(target), self.encoder.rnn(x)[1])
        return self.decoder.fc_out(y)


class Series(nn.Module):
    """Classifier or forecaster of series."""
    def __init__(self, rnn=None, width=16, features=4, outputs=2, layers=2, forecasts=False):
        super().__init__()
        if rnn:
            self.rnn = rnn(features, width, layers, batch_first=True)
        else:
            self.projection = nn.Linear(features, width)
            layer = nn.TransformerEncoderLayer(width, 2, 128, 0, batch_first=True, norm_first=True)
            self.encoder = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width),
                                                 enable_nested_tensor=False)
        self.head = nn.Linear(width, outputs)
        if forecasts:
            self.skip = nn.Linear(features, outputs, bias=False)

    def forward(self, values, times, lengths):
        if hasattr(self, "rnn"):
            x = self.rnn(values)[0]
        else:
            x = self.projection(values) + sinusoidal(torch.arange(values.shape[1]), 16)
            x = self.encoder(x, src_key_padding_mask=hidden(lengths, values.shape[1]))
        if hasattr(self, "skip"):
            return self.head(x) + self.skip(values)
        return self.head(masked_mean(x, lengths))


def gradus(*words):
    subprocess.run([PROGRAM, *words], check=True, capture_output=True)


def randomise(path):
    """Values for which every part of the model counts."""
    gen = torch.Generator().manual_seed(1)
    weights = {}
    for name, x in sorted(load_file(path).items()):
        draw = torch.randn(x.shape, generator=gen)
        norm = x.dim() == 1 and name.endswith("weight")
        weights[name] = 1 + 0.2 * draw if norm else 0.3 * draw
    save_file(weights, path)


def compare(name, train, model):
    gradus(*train, "--steps", "2", "--quiet", "--out", name)
    randomise(name + "/model.safetensors")
    gradus("export", name, name + ".safetensors", "--example", name + ".example.safetensors")
    model.load_state_dict(load_file(name + ".safetensors"), strict=True)
    example = load_file(name + ".example.safetensors")
    output = next(key for key in ("logits", "forecasts") if key in example)
    expected = example.pop(output)
    with torch.no_grad():
        found = model.eval()(**example)
    if found.dim() == 3 and "lengths" in example:
        keep = ~hidden(example["lengths"], found.shape[1])
        found, expected = found[keep], expected[keep]
    error = ((found - expected).abs().max() / expected.abs().max()).item()
    good = error < TOLERANCE and expected.abs().max().item() > 0.1
    print("pass" if good else "FAIL", name, "%.1e" % error)
    return good


def main():
    with open("text.txt", "w") as out:
        out.write("the king sees the moon\na cat may look at a king\n" * 40)
    with open("text.tsv", "w") as out:
        out.write("the king\tking\na cat\tcat\nking\tking\nthe cat\tcat\n" * 10)
    gradus("data", "churn", "--out", "churn.csv")
    small = ["--d-model", "16", "--nhead", "2", "--layers", "2"]
    text, words = ["text.txt", "--block", "12"], ["classify", "--text", "text.tsv", "--block", "12"]
    letters = len(set("the king sees the moon\na cat may look at a king\n"))
    cases = {
        "lm": (["lm", *text, *small], Gpt(letters, 12, 16, 2, 2)),
        "mlm": (["mlm", *text, *small], MaskedLM(letters + 5, 12, 16, 2, 2)),
        "texts_mean": ([*words, *small], TextClassifier(False, 2, 10, 12, 16, 2, 2)),
        "texts_first": ([*words, *small, "--pooling", "first"],
                        TextClassifier(True, 2, 10, 12, 16, 2, 2)),
        "copy": (["copy", *small], Translator(11, 16, 2, 2)),
        "copy_gru": (["copy", "--model", "gru", "--attention", "none"],
                     RecurrentTranslator(11, 32, 64)),
        "classify": (["classify", "churn.csv", "--position", "step", "--activation", "relu",
                      *small], Series()),
        "forecast_gru": (["forecast", "churn.csv", "--model", "gru", "--d-model", "16", "--layers",
                          "1"], Series(nn.GRU, outputs=4, layers=1, forecasts=True)),
    }
    for kind, layer in (("gru", nn.GRU), ("lstm", nn.LSTM), ("rnn", nn.RNN)):
        cases["classify_" + kind] = (["classify", "churn.csv", "--model", kind, "--d-model", "16",
                                      "--layers", "2", "--pooling", "mean"], Series(layer))
    good = [compare(name, ["train", *train], model) for name, (train, model) in cases.items()]
    print(len(good), "models compared")
    return 0 if all(good) else 1


PROGRAM = os.path.abspath(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    code = main()
    os.chdir("/")
sys.exit(code)
