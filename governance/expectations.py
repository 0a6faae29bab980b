"""Great Expectations, kept to one call: a suite over a frame of derived columns, and its Data Docs.

The pages are made the same for the same result: no clock, no random id, nothing fetched from
elsewhere when they are read.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MEANINGS = {
    "kind_known": "The kind of the row is text, qa, pair, rating or chat.",
    "shortest_characters": "No text that the row needs is missing or blank.",
    "longest_within_limit": "No text is longer than policy allows.",
    "no_nul": "No text holds a NUL character.",
    "little_garbage": "Few characters are the replacement character of a broken encoding.",
    "differs": "The chosen and the rejected answer differ.",
    "answer_among_choices": "The answer is one of the closed list of choices, where there is one.",
    "no_template_marks": "No text holds a mark by which a chat template tells who speaks.",
    "answer_stripped": "Answers have no white space around them.",
    "speakers_alternate": "Turns begin with the user, alternate and end with the assistant, where there are turns.",
    "prompt_ends_with_the_user": "The prompt begins and ends with the user, and speakers alternate.",
    "completion_is_one_assistant_message": "The completion is exactly one assistant message.",
    "chosen_is_one_assistant_message": "The chosen answer is exactly one assistant message; a dislike alone has none.",
    "rejected_is_one_assistant_message": "The rejected answer is exactly one assistant message; a like alone has none.",
    "licence_present": "The row states its licence.",
    "document_present": "The row names the document that it comes from.",
}


@dataclass(frozen=True)
class Outcome:
    """`failing` maps a row's position to the names of the expectations that it failed."""

    suite: str
    expectations: int
    failing: dict[int, tuple[str, ...]]


def run_suite(name: str, frame: pd.DataFrame, docs: Path) -> Outcome:
    """Check every derived column of `frame`, write the Data Docs site to `docs`.

    `frame` holds booleans that must be true and counts that must be at least 1; nothing textual.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)  # it sets itself to INFO
    logging.getLogger("great_expectations.render.renderer.site_builder").addFilter(_raise_what_was_caught)
    shutil.rmtree(docs, ignore_errors=True)
    context = gx.get_context(mode="ephemeral")
    _quiet(context, docs)
    result = _validate(context, _suite(name, frame), frame)
    context.build_data_docs(site_names=["muniment"])
    _settle(docs)
    return Outcome(suite=name, expectations=len(result.results), failing=_failing(result))


def _raise_what_was_caught(record: logging.LogRecord) -> bool:
    """A page that cannot be written, as on a full disk, would be logged with a traceback, and left out of the docs."""
    if (caught := sys.exception()) is not None:
        raise caught
    return True


def _quiet(context: EphemeralDataContext, docs: Path) -> None:
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for site in list(context.get_site_names()):
        context.delete_data_docs_site(site)
    context.add_data_docs_site(
        site_name="muniment",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(docs.absolute()),
            },
        },
    )


def _suite(name: str, frame: pd.DataFrame) -> ExpectationSuite:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
        ExpectColumnValuesToBeInSet,
    )
    from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
        ExpectTableRowCountToBeBetween,
    )

    suite = ExpectationSuite(name=name)
    suite.add_expectation(ExpectTableRowCountToBeBetween(min_value=1))
    for column in frame.columns:
        note = _MEANINGS[column]
        if column == "shortest_characters":
            suite.add_expectation(ExpectColumnValuesToBeBetween(column=column, min_value=1, notes=note))
        else:
            suite.add_expectation(ExpectColumnValuesToBeInSet(column=column, value_set=[True], notes=note))
    return suite


def _validate(
    context: EphemeralDataContext, suite: ExpectationSuite, frame: pd.DataFrame
) -> ExpectationSuiteValidationResult:
    from great_expectations import ValidationDefinition
    from great_expectations.core.run_identifier import RunIdentifier

    asset = context.data_sources.add_pandas("muniment").add_dataframe_asset(suite.name)
    batch = asset.add_batch_definition_whole_dataframe("whole")
    definition = context.validation_definitions.add(
        ValidationDefinition(name=suite.name, data=batch, suite=context.suites.add(suite))
    )
    return definition.run(
        batch_parameters={"dataframe": frame},
        result_format={"result_format": "COMPLETE"},
        run_id=RunIdentifier(run_name=suite.name, run_time=_EPOCH),
    )


def _failing(result: ExpectationSuiteValidationResult) -> dict[int, tuple[str, ...]]:
    failing: dict[int, list[str]] = {}
    for one in result.results:
        config = one.expectation_config
        column = str(config.kwargs.get("column", "rows")) if config else "rows"
        if one.exception_info.get("raised_exception"):
            raise RuntimeError(f"expectation on {column} could not be computed")
        for index in one.result.get("unexpected_index_list") or []:
            failing.setdefault(int(index), []).append(column)
    return {index: tuple(names) for index, names in failing.items()}


_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLOCK = re.compile(r"(?:19|20)\d{6}T\d{6}\.\d{6}Z")
_REMOTE_LOGO = re.compile(r'src="https://great-expectations-web-assets[^"]*"')
_NOTHING_REMOTE = """<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'self' 'unsafe-inline' data:">
<style>body { font-family: sans-serif; max-width: 70em; margin: 1em auto }
.collapse { display: block } table { border-collapse: collapse }
td, th { border: 1px solid #ccc; padding: .3em } footer, .navbar-brand img { display: none !important }
.fa-check-circle::before { content: "met" } .fa-times::before { content: "not met"; font-weight: bold }
</style>"""


def _settle(docs: Path) -> None:
    """Take clocks, random ids and remote assets out of the pages; drop the help animations."""
    for page in sorted(docs.rglob("*.html")):
        page.write_text(_settled(page.read_text(encoding="utf-8")), encoding="utf-8")
    for animation in docs.rglob("*.gif"):
        animation.unlink()


def _settled(page: str) -> str:
    order: dict[str, str] = {}
    page = _UUID.sub(lambda found: order.setdefault(found[0], str(UUID(int=len(order) + 1))), page)
    page = _CLOCK.sub("20000101T000000.000000Z", page)
    return _REMOTE_LOGO.sub('src=""', page).replace("<head>", _NOTHING_REMOTE, 1)
