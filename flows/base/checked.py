"""Is a directory a base model that can be trained and served: whole, alone, of a known architecture, without code?"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from registry.errors import BaseModelMissing, Unservable


def check_safe(directory: Path) -> None:
    """Refuse pickled weights, repositories that bring their own code, and what would load more than the directory.

    Raises Unservable, and BaseModelMissing where there is no model.
    """
    if not (directory / "config.json").is_file():
        raise BaseModelMissing(f"{directory.name} holds no config.json", "name a directory in transformers' format")
    if not any(directory.glob("*.safetensors")):
        raise Unservable(
            f"{directory.name} holds no safetensors weights", "convert it with transformers' save_pretrained"
        )
    if (directory / "adapter_config.json").is_file():
        raise Unservable(
            f"{directory.name} holds an adapter beside the model, which would be trained with and not served",
            "merge it into the weights, or take adapter_config.json and its weights out",
        )
    for file in ("config.json", "tokenizer_config.json", "generation_config.json"):
        path = directory / file
        if path.is_file() and "auto_map" in settings_of(path):
            raise Unservable(
                f"{directory.name}/{file} asks for its own Python code (auto_map)",
                "choose a model whose architecture transformers and vLLM carry",
            )
    if settings_of(directory / "config.json").get("transformers_weights") is not None:
        raise Unservable(
            f"{directory.name}/config.json names its weights itself (transformers_weights), which vLLM would not read",
            "load it and write it anew with transformers' save_pretrained",
        )
    for index in directory.glob("*.safetensors.index.json"):
        _check_index(index)


def unsteered(directory: Path) -> None:
    """Take out of the configuration of `directory`, our own copy, by which code it is computed and how answers are
    searched for: that is ours to say.

    Kernels that are not installed end in the loader's own error, and others would be fetched. vLLM knows no other
    search either.
    """
    for path, steering in ((directory / "config.json", _STEERING), (directory / "generation_config.json", _SEARCHING)):
        found = settings_of(path) if path.is_file() else {}
        kept = _without(found, steering)
        if kept != found:
            path.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def check_known(directory: Path) -> None:
    """Raises Unservable where transformers has no causal language model of that configuration."""
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig

    try:
        config = AutoConfig.from_pretrained(directory, local_files_only=True)
        known = type(config) in MODEL_FOR_CAUSAL_LM_MAPPING and bool(list(config.architectures or ["unknown"]))
    except Exception as error:
        raise Unservable(f"config.json cannot be read: {type(error).__name__}", _ADVICE) from error
    if not known:
        raise Unservable(f"{type(config).__name__} is of no causal language model", _ADVICE)


def check_whole(found: Mapping[str, Collection[object]], name: str) -> None:
    """`found` is what transformers says of a loading: what is missing it would make up by chance, anew each time."""
    wanting = [*found["missing_keys"], *found["mismatched_keys"]]
    if wanting:
        raise Unservable(
            f"{len(wanting)} weights of {name} are not there or of another shape than config.json says",
            "see that all of its safetensors files and its own config.json are there",
        )


def settings_of(path: Path) -> dict[str, Any]:
    """Raises Unservable for what is no JSON object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unservable(f"{path.parent.name}/{path.name} is no JSON", _ADVICE) from error
    if not isinstance(found, dict):
        raise Unservable(f"{path.parent.name}/{path.name} is no JSON object", _ADVICE)
    return found


def _without(settings: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Parts of a model that has several have settings of their own."""
    kept = {name: value for name, value in settings.items() if name not in names}
    return {name: _without(value, names) if isinstance(value, dict) else value for name, value in kept.items()}


def _check_index(index: Path) -> None:
    """Files elsewhere are neither copied nor part of the digest."""
    files = settings_of(index).get("weight_map")
    names = set(files.values()) if isinstance(files, dict) else {None}
    here = {path.name for path in index.parent.glob("*.safetensors")}
    if not names <= here:
        raise Unservable(
            f"{index.parent.name}/{index.name} names weights that are not in the directory",
            "copy the whole model, or load it and write it anew with save_pretrained",
        )


_STEERING = frozenset((
    "attn_implementation", "_attn_implementation", "experts_implementation", "_experts_implementation",
    "fusion_config", "output_attentions", "_output_attentions", "output_hidden_states", "return_dict",
))  # fmt: skip
_SEARCHING = frozenset((
    "assistant_confidence_threshold", "constraints", "custom_generate", "dola_layers", "force_words_ids", "num_beams",
    "num_beam_groups", "num_return_sequences", "penalty_alpha", "prompt_lookup_num_tokens", "return_dict_in_generate",
    "stop_strings",
))  # fmt: skip
_ADVICE = "copy the whole model again, or choose one that transformers and vLLM carry"
