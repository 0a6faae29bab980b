"""A merged model as one GGUF file for llama.cpp and what is built on it; Llama-type architectures only.

The tensors' names come from the `gguf` package's own map. Read back with transformers' loader, which knows
nothing of this code: `read`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.export.gguf_tokenizer import ADVICE, add_tokenizer
from registry.artifacts import disk_full_named
from registry.errors import NotExportable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch
    from gguf import GGMLQuantizationType, GGUFWriter
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from flows.export.settings import Precision

ARCHITECTURES = {
    "LlamaForCausalLM": "llama", "MistralForCausalLM": "llama",
    "Qwen2ForCausalLM": "qwen2", "Qwen3ForCausalLM": "qwen3",
}  # fmt: skip


def require_writable(architecture: str) -> str:
    """GGUF's name for an architecture. Raises NotExportable."""
    if architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise NotExportable(f"no GGUF file is written of {architecture}, only of {known}", ADVICE)
    return ARCHITECTURES[architecture]


def write(
    model: PreTrainedModel, tokenizer: Path, precision: Precision, about: dict[str, str], path: Path
) -> None:
    """`about` holds name, license and base. Raises NotExportable, DiskFull."""
    from gguf import GGUFWriter

    arch = require_writable(type(model).__name__)
    writer = GGUFWriter(path, arch)
    writer.add_name(about["name"])
    writer.add_license(about["license"])
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, about["base"])
    _add_shape(writer, model.config)
    add_tokenizer(writer, tokenizer, model.config.vocab_size)
    for name, values, kind in _tensors(model, arch, precision):
        writer.add_tensor(name, values, raw_dtype=kind)
    with disk_full_named(path):
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def read(path: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The file as transformers reads it, in fp32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
    )
    return model.to(torch.float32).eval(), AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)


def _add_shape(writer: GGUFWriter, config: Any) -> None:
    rope = config.rope_parameters
    if rope.get("rope_type", "default") != "default":
        raise NotExportable(f"no GGUF file is written of rotary positions scaled by {rope['rope_type']}", ADVICE)
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        raise NotExportable("no GGUF file is written of a model with sliding windows", ADVICE)
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_context_length(config.max_position_embeddings)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)


def _tensors(
    model: PreTrainedModel, arch: str, precision: Precision
) -> Iterator[tuple[str, npt.NDArray[np.generic], GGMLQuantizationType]]:
    """Name, bytes and type of each; a head that is tied to the embeddings is left out, as readers expect."""
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map
    from gguf.quants import quantize

    kinds = {name: kind for kind, name in MODEL_ARCH_NAMES.items()}
    names = get_tensor_name_map(kinds[arch], model.config.num_hidden_layers)
    for ours, tensor in model.state_dict().items():
        if ours == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        theirs = names.get_name(ours, try_suffixes=(".weight", ".bias"))
        if theirs is None:
            raise NotExportable(f"GGUF has no place for {ours} in {arch}", ADVICE)
        values = _turned(tensor.float(), ours, model.config) if arch == "llama" else tensor.float()
        kind = _type(tensor, precision)
        yield theirs, quantize(values.numpy(), kind), kind


def _type(tensor: torch.Tensor, precision: Precision) -> GGMLQuantizationType:
    """Vectors stay in fp32, as llama.cpp wants them; blocks of q8_0 are 32 values of a row."""
    from gguf import GGMLQuantizationType as Type

    if tensor.dim() < 2:
        return Type.F32
    asked = {"fp32": Type.F32, "bf16": Type.BF16, "fp16": Type.F16, "q8_0": Type.Q8_0}[precision]
    return Type.F16 if asked is Type.Q8_0 and tensor.shape[-1] % 32 else asked


def _turned(tensor: torch.Tensor, name: str, config: Any) -> torch.Tensor:
    """Queries and keys of Llama in the order in which llama.cpp turns pairs (its `permute`)."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    count = next((heads[part] for part in name.split(".") if part in heads), None)
    if count is None:
        return tensor
    halves = tensor.reshape(count, 2, tensor.shape[0] // count // 2, *tensor.shape[1:])
    return halves.swapaxes(1, 2).reshape(tensor.shape)
