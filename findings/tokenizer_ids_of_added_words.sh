#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tokenizers 0.23.3: the "id" of an added word in tokenizer.json is ignored. A file that gives the word the id 1000
# loads without a warning, and the word gets the first id after the vocabulary.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'tokenizers==0.23.3'
check 'asked for 1000, got 2
saved again as 2' <<'PY'
import json
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
tokenizer.add_tokens([AddedToken("word")])
file = json.loads(tokenizer.to_str())
file["added_tokens"][0]["id"] = 1000
again = Tokenizer.from_str(json.dumps(file))
print("asked for 1000, got", again.token_to_id("word"))
print("saved again as", json.loads(again.to_str())["added_tokens"][0]["id"])
PY
