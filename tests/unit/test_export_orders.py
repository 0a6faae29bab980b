"""An export that cannot be had is refused in the words of the command line."""

from __future__ import annotations

import pytest

from flows.export.cli import _order
from registry.errors import ConfigError


@pytest.mark.parametrize(("form", "use", "said"), [
    ("ggufx", "serve_internal", "--format ggufx: form should be 'safetensors', 'gguf' or 'adapter'"),
    ("gguf:q9", "serve_internal", "--format gguf:q9: precision should be 'fp32', 'bf16', 'fp16' or 'q8_0'"),
    ("gguf", "sell", "--use sell: use should be 'serve_internal', 'serve_external' or 'distribute'"),
    ("gguf", "train", "--use train: use should be 'serve_internal', 'serve_external' or 'distribute'"),
    ("adapter:fp16", "distribute", "an adapter leaves as it was trained"),
])  # fmt: skip
def test_an_order_that_nobody_knows_names_the_option_and_what_there_is(form: str, use: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        _order(form, use)

    assert refused.value.message.startswith(said)
