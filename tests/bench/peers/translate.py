# SPDX-License-Identifier: MIT
"""translate-greedy and translate-beam5 in CTranslate2: the model of tools/bench/translate.cpp.

The weights are random, so every answer is kept at the same number of tokens as there.
"""
import tempfile

from measure import report_sentences, start

ctranslate2, settings = start(steps=0, warmup=1, layers=("greedy", "beam5"), library="ctranslate2")
import numpy
from ctranslate2.specs import Activation, TransformerSpec

from made_up import sentences

WORDS, WIDTH, HIDDEN, LAYERS, HEADS, COUNT, ANSWER = 5000, 256, 512, 3, 8, 128, 12
beam = 5 if settings.layer == "beam5" else 1
settings.steps = settings.steps or (3 if beam > 1 else 5)
random = numpy.random.default_rng(0)
params = 0


def values(*shape):
    global params
    params += int(numpy.prod(shape))
    return (random.standard_normal(shape) * shape[-1] ** -0.5).astype(numpy.float32)


def linear(spec, rows, cols):
    spec.weight, spec.bias = values(rows, cols), values(rows)


def norm(spec):
    spec.gamma, spec.beta = 1 + 0 * values(WIDTH), 0 * values(WIDTH)


def feed_forward(spec):
    norm(spec.layer_norm)
    linear(spec.linear_0, HIDDEN, WIDTH)
    linear(spec.linear_1, WIDTH, HIDDEN)


def attention(spec, parts):
    """`parts`: rows of its linear layers in widths; query, key and value are joint."""
    norm(spec.layer_norm)
    for layer, rows in zip(spec.linear, parts):
        linear(layer, rows * WIDTH, WIDTH)


def random_model():
    spec = TransformerSpec.from_config((LAYERS, LAYERS), HEADS, pre_norm=True,
                                       activation=Activation.RELU)
    table = values(WORDS, WIDTH)
    spec.encoder.embeddings[0].weight = table
    spec.decoder.embeddings.weight = table
    spec.decoder.projection.weight = table
    spec.decoder.projection.bias = values(WORDS)
    for stack in (spec.encoder, spec.decoder):
        norm(stack.layer_norm)
        for layer in stack.layer:
            attention(layer.self_attention, (3, 1))
            feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        attention(layer.attention, (1, 2, 1))
    words = ["<blank>", "<s>", "</s>"] + [f"w{n}" for n in range(3, WORDS)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.config.unk_token, spec.config.add_source_eos = "<blank>", True
    return spec


def translator():
    with tempfile.TemporaryDirectory() as folder:
        spec = random_model()
        spec.validate()
        spec.save(folder)
        return ctranslate2.Translator(folder, device="cpu", compute_type="float32",
                                      inter_threads=1, intra_threads=settings.threads)


model = translator()
ids = sentences(COUNT, 3, WORDS)
texts = [[f"w{n}" for n in sentence] for sentence in ids]


def step():
    length = ANSWER + 1  # with the end token
    found = model.translate_batch(texts, beam_size=beam, max_batch_size=4096, batch_type="tokens",
                                  min_decoding_length=length, max_decoding_length=length)
    assert all(len(one.hypotheses[0]) == length for one in found)


report_sentences("translate-" + settings.layer, step, settings, sentences=COUNT,
                 tokens=sum(len(sentence) + 1 for sentence in ids), params=params)
