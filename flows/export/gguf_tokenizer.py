"""A tokenizer as GGUF's key-value pairs, for vocabularies whose splitting rule llama.cpp knows by name.

The names are llama.cpp's own; a rule that it lacks would tokenize otherwise than in training, without a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.errors import NotExportable

if TYPE_CHECKING:
    from gguf import GGUFWriter

_LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPLITS = {_LLAMA_3: "llama-bpe", _LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}"): "qwen2"}
ADVICE = "muniment export --format safetensors, or serve the adapter: muniment promote"


def add_tokenizer(writer: GGUFWriter, directory: Path, vocabulary: int) -> None:
    """Tokens, merges, special ids and chat template of the tokenizer in `directory`; `vocabulary` rows of embeddings.

    Raises NotExportable.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    told = json.loads(tokenizer.backend_tokenizer.to_str())
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(splitting(told))
    tokens, kinds = _tokens(told, vocabulary)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(_merges(told["model"]["merges"]))
    for add, token in (
        (writer.add_bos_token_id, tokenizer.bos_token_id), (writer.add_eos_token_id, tokenizer.eos_token_id),
        (writer.add_pad_token_id, tokenizer.pad_token_id), (writer.add_unk_token_id, tokenizer.unk_token_id),
    ):  # fmt: skip
        if token is not None:
            add(token)
    writer.add_add_bos_token(False)  # our templates write it themselves
    writer.add_add_space_prefix(False)
    writer.add_chat_template(str(tokenizer.chat_template))


def splitting(told: Mapping[str, Any]) -> str:
    """llama.cpp's name for how a tokenizer.json splits text. Raises NotExportable."""
    if told["model"]["type"] != "BPE" or told["model"].get("byte_fallback"):
        raise NotExportable("GGUF export knows byte-level BPE vocabularies, and this is another kind", ADVICE)
    if (told["normalizer"] or {"type": "NFC"})["type"] != "NFC":  # llama.cpp has none, and most text is NFC already
        raise NotExportable("llama.cpp would not change text before it is split, as this tokenizer does", ADVICE)
    rule = told["pre_tokenizer"] or {}
    parts = rule["pretokenizers"] if rule.get("type") == "Sequence" else [rule]
    kinds = [part.get("type") for part in parts]
    last = parts[-1]
    if last.get("add_prefix_space"):
        kinds = []
    if kinds == ["ByteLevel"] and last.get("use_regex", True):
        return "gpt-2"
    pattern = parts[0].get("pattern", {}).get("Regex", "")
    if kinds == ["Split", "ByteLevel"] and not last.get("use_regex", True) and pattern in _SPLITS:
        return _SPLITS[pattern]
    raise NotExportable("llama.cpp has no name for the way in which this tokenizer splits text", ADVICE)


def _tokens(told: Mapping[str, Any], vocabulary: int) -> tuple[list[str], list[int]]:
    """Every row of the embeddings by its token and kind; rows that no token uses are filled up."""
    from gguf import TokenType

    by_id = {number: token for token, number in told["model"]["vocab"].items()}
    kinds = dict.fromkeys(by_id, TokenType.NORMAL)
    for added in told["added_tokens"]:
        by_id[added["id"]] = added["content"]
        kinds[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    tokens = [by_id.get(number, f"[PAD{number}]") for number in range(vocabulary)]
    return tokens, [int(kinds.get(number, TokenType.UNUSED)) for number in range(vocabulary)]


def _merges(merges: list[Any]) -> list[str]:
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]
