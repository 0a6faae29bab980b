"""Run by vLLM's own interpreter: what its chat endpoint makes of messages, for many models in one process.

Takes a JSON file of [{"model": directory, "talks": [[message, …], …]}, …] and writes [[ids, …], …] to another. What is
called is what `POST /v1/chat/completions` calls before the engine is asked: `OnlineRenderer.render_chat`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any


def main(asked: Path, answered: Path) -> None:
    wanted = json.loads(asked.read_text(encoding="utf-8"))
    told = [asyncio.run(rendered(one["model"], one["talks"])) for one in wanted]
    answered.write_text(json.dumps(told), encoding="utf-8")


async def rendered(model: str, talks: list[Any]) -> list[list[int]]:
    from vllm.config import VllmConfig
    from vllm.engine.arg_utils import EngineArgs
    from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
    from vllm.renderers import renderer_from_config
    from vllm.renderers.online_renderer import OnlineRenderer

    config = EngineArgs(model=model, dtype="bfloat16", max_model_len=1024).create_model_config()
    renderer = renderer_from_config(VllmConfig(model_config=config))
    online = OnlineRenderer(
        model_config=config, renderer=renderer, request_logger=None, chat_template=None,
        chat_template_content_format="auto",
    )  # fmt: skip
    found = []
    for messages in talks:
        done = await online.render_chat(ChatCompletionRequest(model=model, messages=messages, max_tokens=8))
        found.append(list(done[1][0]["prompt_token_ids"]))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
