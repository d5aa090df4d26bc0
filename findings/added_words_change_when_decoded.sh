#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tokenizers 0.23.3: an added word with capitals or accents, behind a normalizer that folds them, is stored as written but
# decoded in its folded form: the id that token_to_id gives for the word gives back another word.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'tokenizers==0.23.3'
check 'added Été, id 2
its token: ete
decoded: a ete' <<'PY'
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.add_tokens([AddedToken("Été", normalized=True)])
print("added Été, id", tokenizer.token_to_id("Été"))
print("its token:", tokenizer.id_to_token(2))
print("decoded:", tokenizer.decode(tokenizer.encode("a Été").ids))
PY
