"""A model behind an OpenAI-compatible endpoint, asked once for each thing: what it said is kept, so that a run that
was killed asks no question twice and ends with the same rows."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.datasets.settings import EndpointSection
from registry import digests
from registry.errors import ConfigError, TeacherUnreachable
from registry.files import left_whole, write_copy

if TYPE_CHECKING:
    import openai

MOST_FAILED_SHARE = 0.05
LEAST_FAILED = 3
Messages = tuple[tuple[str, str], ...]
"""Role and text of each message."""


@dataclass(frozen=True)
class Teacher:
    """Who is asked, where what was said is kept, and the setting that names the endpoint."""

    section: EndpointSection
    place: Path
    setting: str = "build.teacher"

    def said(self, asked: Sequence[Messages]) -> list[str | None]:
        """An answer to each; None where the endpoint refuses that one, or fails for it again and again.

        Raises TeacherUnreachable when too many fail: what was said so far is kept for the next run. ConfigError for a
        key that is not accepted or a model that is not there.
        """
        return asyncio.run(self._said(asked))

    async def _said(self, asked: Sequence[Messages]) -> list[str | None]:
        answers: list[str | None] = []
        failed, most = 0, max(LEAST_FAILED, int(MOST_FAILED_SHARE * len(asked)))
        async with self._client() as client:
            for start in range(0, len(asked), self.section.concurrency):
                batch = asked[start : start + self.section.concurrency]
                answers += await asyncio.gather(*(self._one(client, one) for one in batch))
                failed = sum(answer is None for answer in answers)
                if failed >= most:
                    raise TeacherUnreachable(
                        f"{self.section.model} failed {failed} of {len(answers)} questions",
                        f"see that {self.setting}.url answers within {self.setting}.timeout_s, then run again: "
                        "what was said is kept",
                    )
        return answers

    async def _one(self, client: openai.AsyncOpenAI, messages: Messages) -> str | None:
        name = digests.of_json([self.section.url, self.section.model, self.section.max_tokens, *map(list, messages)])
        kept = self.place / f"{name}.json"
        known = left_whole(kept, lambda data: str(json.loads(data)))
        if known is not None:
            return known
        answer = await self._asked(client, messages)
        if answer is not None:  # in a thread of its own: a slow disk takes nothing of the others' time
            await asyncio.to_thread(write_copy, kept, json.dumps(answer).encode())
        return answer

    def _client(self) -> openai.AsyncOpenAI:
        import httpx2
        import openai

        from flows.datasets.teaching.whole import AS_IT_IS, Whole

        name = self.section.key_env
        key = os.environ.get(name, "") if name else "none"
        if not key:
            raise ConfigError(f"{name} holds no key for {self.setting}", "set that environment variable")
        # A proxy of the environment would read the documents, and so would whoever is redirected to.
        way = Whole(httpx2.AsyncHTTPTransport(trust_env=False), self.section.timeout_s)
        direct = openai.DefaultAsyncHttpxClient(
            trust_env=False, follow_redirects=False, headers=AS_IT_IS, transport=way
        )
        return openai.AsyncOpenAI(
            base_url=self.section.url, api_key=key, max_retries=self.section.max_retries,
            timeout=self.section.timeout_s, http_client=direct,
        )  # fmt: skip

    async def _asked(self, client: openai.AsyncOpenAI, messages: Messages) -> str | None:
        import openai

        section, setting = self.section, self.setting
        told = json.loads(json.dumps([{"role": role, "content": text} for role, text in messages]))
        try:
            done = await client.chat.completions.create(
                model=section.model, messages=told, max_tokens=section.max_tokens, temperature=0, seed=0
            )
            return str(done.choices[0].message.content or "")
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise ConfigError(
                f"{setting}.url does not accept our key", f"{setting}.key_env names its variable"
            ) from error
        except openai.NotFoundError as error:
            raise ConfigError(f"there is no model {section.model!r} at {setting}.url", "see its /models") from error
        except openai.BadRequestError:
            return ""  # too long for it, or against its rules: this one will never be answered
        except (openai.APIError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
            return None
