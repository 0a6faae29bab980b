"""The labelled sample is right by construction, and what is measured on it is what stays readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from governance.pii.recall.gold import GoldSpan, GoldText, read_gold
from governance.pii.recall.measure import measure
from governance.pii.recall.proof import DIRECT, OWN
from governance.pii.recall.sample import SHIPPED, hidden_spans, recall_of
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from registry.errors import ConfigError
from registry.records import Figure
from scripts.make_pii_sample import NAMES, sample

KEY = key_of(b"k" * 32)
POLICY = PiiPolicy()
WITHOUT_PEOPLE = PiiPolicy(replace=tuple(kind for kind in POLICY.replace if kind != "PERSON"))


def labelled(number: int, text: str, *details: tuple[str, str]) -> dict[str, object]:
    spans = [
        {"start": text.index(value), "end": text.index(value) + len(value), "type": kind, "identifier": "direct"}
        for value, kind in details
    ]
    return {"id": number, "text": text, "spans": spans}


IBAN = "GB82 WEST 1234 5698 7654 32"
LAMPS = "seven green lamps"
LETTER = "Dear Ms Haverkamp,\nwrite to gudrun@nordmail.com."
TEXTS = (
    labelled(1, LETTER, ("Haverkamp", "PERSON"), ("gudrun@nordmail.com", "EMAIL_ADDRESS")),
    labelled(2, f"Pay Gudrun Haverkamp, IBAN {IBAN}.", (IBAN, "IBAN_CODE")),
    labelled(3, f"The codeword of the house is {LAMPS}.", (LAMPS, "CUSTOMER_ID")),
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(text) for text in TEXTS), encoding="utf-8")
    return path


def by_name(figures: tuple[Figure, ...]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}


def test_the_shipped_sample_is_what_its_script_writes() -> None:
    written = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]

    assert written == list(sample())


def test_the_shipped_sample_holds_six_languages_and_most_direct_types() -> None:
    gold = read_gold(SHIPPED)
    direct = {span.type for text in gold for span in text.spans if span.identifier == "direct"}

    assert {str(text.id)[:2] for text in gold} == {"en", "de", "fr", "es", "it", "nl"}
    assert direct <= set(POLICY.replace)
    assert len(direct) >= 15


def test_a_label_spans_what_was_put_in_and_nothing_else() -> None:
    for text in read_gold(SHIPPED):
        for span in text.spans:
            value = text.text[span.start : span.end]
            assert value == value.strip(), text.id
            assert span.type != "EMAIL_ADDRESS" or value.count("@") == 1
    assert "name" in NAMES


def test_recall_counts_entities_with_an_interval(own: Path) -> None:
    figures, missed = recall_of([("", own), (OWN, own)], POLICY, KEY)

    direct = by_name(figures)[DIRECT]
    assert (round(direct.value, 5), direct.n) == (0.75, 4)
    assert direct.low is not None
    assert direct.high is not None
    assert 0 <= direct.low < direct.value < direct.high <= 1
    assert by_name(figures)[OWN + DIRECT].value == direct.value
    assert by_name(figures)["CUSTOMER_ID"].value == 0.0
    assert [(m.sample, m.id, m.type) for m in missed] == [("shipped", 3, "CUSTOMER_ID"), ("own", 3, "CUSTOMER_ID")]


def test_two_mentions_that_were_found_prove_nothing_of_the_next() -> None:
    anna = GoldSpan(start=5, end=9, type="PERSON", identifier="direct", entity_id="anna")
    gold = [GoldText(id=number, text=f"Call Anna {number}.", spans=(anna,)) for number in (1, 2)]

    measured = measure(gold, {text.id: text.spans for text in gold})

    assert measured.figures["ER_direct"] == measured.by_type["PERSON"].covered == 1
    assert measured.intervals["ER_direct"] == measured.by_type["PERSON"].interval
    assert measured.intervals["ER_direct"][0] < 0.5


def test_what_is_missed_is_told_by_place_and_not_by_value(own: Path) -> None:
    _, missed = recall_of([("", own)], POLICY, KEY)

    (one,) = missed
    text = str(TEXTS[2]["text"])
    assert text[one.start : one.end] == "seven green lamps"
    assert "seven green lamps" not in one.model_dump_json()


def test_a_type_that_is_found_but_not_replaced_is_not_hidden(own: Path) -> None:
    figures, missed = recall_of([("", own)], WITHOUT_PEOPLE, KEY)

    assert by_name(figures)["PERSON"].value == 0.0
    assert ("PERSON", 1) in {(m.type, m.id) for m in missed}


@pytest.mark.parametrize(("rest", "hidden"), [("", [(0, 22)]), (" See file 4711/2019 too.", [])])
def test_a_detail_that_still_stands_elsewhere_is_not_hidden(rest: str, hidden: list[tuple[int, int]]) -> None:
    label = {"start": 13, "end": 22, "type": "CASE_NUMBER", "identifier": "direct"}
    text = {"id": 1, "text": "Case number: 4711/2019 was closed." + rest, "spans": [label]}
    policy = PiiPolicy(deny=("Case number: 4711/2019",), entities=("DENIED",), replace=("DENIED",))

    found = hidden_spans(GoldText.model_validate_json(json.dumps(text)), policy, KEY)

    assert [(span.start, span.end) for span in found] == hidden


def test_a_sample_without_direct_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    row = labelled(1, "Nothing here, said Haverkamp.", ("Haverkamp", "PERSON"))
    row["spans"] = [{**row["spans"][0], "identifier": "quasi"}]  # type: ignore[index]
    path.write_text(json.dumps(row), encoding="utf-8")

    with pytest.raises(ConfigError, match="labels nothing as direct"):
        recall_of([("", path)], POLICY, KEY)
