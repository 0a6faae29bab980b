"""Ways to train on what was not scrubbed, each stopped by the proof and written into the audit chain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.house import House, open_house
from flows.walk import detectors, privacy, stages
from governance.pii.recall import sample, second
from governance.pii.recall.proof import DIRECT, RATE, RECALL, RESIDUAL
from governance.pii.settings import LanguageModel, PiiPolicy
from governance.pii.standins.pseudonyms import KEY_FILE, key_of, rotate
from registry.database.store import Registry
from registry.errors import ConfigError, EvidenceMissing, RecallTooLow, ResidualFound
from registry.records import AuditEvent, Evidence

Labels = tuple[str, tuple[tuple[int, int], ...]]
SURNAMES = ("Haverkamp", "Birtwhistle", "Okonjo", "Vandersteen", "Thorvaldsen", "Castellanos", "Mukherjee", "Papadakis")
GIVEN = ("Gudrun", "Thaddeus", "Ngozi", "Marieke", "Sigrid", "Esteban", "Anindita", "Yiannis")
LIST = "\n".join(f"{given} {surname} was paid on the first of the month." for given in GIVEN for surname in SURNAMES)
NO_PEOPLE = "\npii: {replace: [EMAIL_ADDRESS, PHONE_NUMBER, IBAN_CODE]}\n"
ANY_RECALL = "proof: {minimum_recall_direct: 0}\n"


@pytest.fixture(autouse=True)
def short_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fourth of the shipped texts: the same scrubber in a quarter of the time."""
    path = tmp_path / "sample.jsonl"
    path.write_text("\n".join(sample.SHIPPED.read_text(encoding="utf-8").splitlines()[::4]), encoding="utf-8")
    monkeypatch.setattr(sample, "SHIPPED", path)


def house(root: Path, policy: str = "", text: str = LIST) -> House:
    (root / "documents").mkdir(parents=True)
    (root / "documents" / "payroll.txt").write_text(text, encoding="utf-8")
    (root / "pipeline.yaml").write_text("documents: documents\nbase_model: smollm2-135m-instruct\n", encoding="utf-8")
    (root / "policy.yaml").write_text(policy, encoding="utf-8")
    return open_house(root)


def proven(house: House) -> privacy.Proof:
    documents = stages.ingest(house)
    return privacy.prove_scrubbing(house, documents, stages.scrub(house, documents))


def recorded(house: House) -> tuple[set[str], list[AuditEvent]]:
    with Registry.open(house.workspace.registry, "tests") as registry:
        refused = [event for event in registry.events() if event.outcome == "refused"]
        return {evidence.type for evidence in registry.all(Evidence)}, refused


def test_an_honest_scrubbing_is_proved_with_intervals(tmp_path: Path) -> None:
    proof = proven(house(tmp_path / "house"))

    recall, residual = proof.recall.figure(DIRECT), proof.residual.figure(RATE)
    assert recall is not None
    assert residual is not None
    assert recall.low is not None
    assert recall.low >= 0.9
    assert residual.value == 0
    assert proof.recall.subject == proof.residual.subject == proof.scrubbed.digest


def test_what_another_version_of_a_detector_scrubbed_is_not_taken_for_this_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = house(tmp_path / "house", text="Nobody is named here, and nobody is meant.")
    documents = stages.ingest(place)

    def times_scrubbed() -> int:
        stages.scrub(place, documents)
        with Registry.open(place.workspace.registry, "tests") as registry:
            return len(registry.query("SELECT key FROM stages WHERE name = 'scrub'"))

    assert [times_scrubbed(), times_scrubbed()] == [1, 1]

    monkeypatch.setattr(detectors, "version", lambda name: "1000.0")

    assert times_scrubbed() == 2


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_says_before_it_scrubs_anew_that_the_pseudonym_key_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kept: bool
) -> None:
    monkeypatch.setenv("MUNIMENT_KEYS", str(tmp_path / "keys"))
    place = house(tmp_path / "house", text="Nobody is named here, and nobody is meant.")
    documents = stages.ingest(place)
    key = stages.scrub(place, documents).key_id
    if kept:
        rotate(tmp_path / "keys")
    else:
        (tmp_path / "keys" / KEY_FILE).unlink()
    capsys.readouterr()

    stages.scrub(place, documents)
    stages.scrub(place, documents)

    said = [line for line in capsys.readouterr().err.splitlines() if "pseudonym.key" in line]
    assert [f"another one than the key {key}" in line for line in said] == ([] if kept else [True])


def test_a_model_directory_with_other_content_is_another_detector(tmp_path: Path) -> None:
    policy = PiiPolicy(models=(LanguageModel(language="de", model=str(tmp_path)),))
    (tmp_path / "meta.json").write_text('{"version": "1"}', encoding="utf-8")
    before = detectors.detector_versions(policy)

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "loaded.pyc").write_bytes(b"compiled")
    assert detectors.detector_versions(policy) == before, "loading a model leaves this"

    (tmp_path / "meta.json").write_text('{"version": "2"}', encoding="utf-8")

    assert detectors.detector_versions(policy) != before


def test_a_policy_that_leaves_people_in_is_stopped_by_recall(tmp_path: Path) -> None:
    place = house(tmp_path / "house", NO_PEOPLE)

    with pytest.raises(RecallTooLow, match="direct identifiers"):
        proven(place)

    types, refused = recorded(place)
    assert types == {RECALL}
    assert [event.detail for event in refused] == ["RecallTooLow"]


def test_and_by_the_second_detector_where_recall_is_not_asked_for(tmp_path: Path) -> None:
    place = house(tmp_path / "house", NO_PEOPLE + ANY_RECALL)

    with pytest.raises(ResidualFound, match=r"document\.txt#\d+ text \d+–\d+: (SURNAME|GIVEN_NAME)") as stopped:
        proven(place)

    types, refused = recorded(place)
    assert types == {RECALL, RESIDUAL}
    assert [event.detail for event in refused] == ["ResidualFound"]
    assert not [name for name in (*SURNAMES, *GIVEN) if name in stopped.value.message]


def test_a_run_without_the_second_detector_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "PACKAGE", "no_such_detector")

    with pytest.raises(EvidenceMissing, match="second detector"):
        proven(house(tmp_path / "house"))


def test_an_own_sample_that_is_not_there_or_not_hidden_stops_the_run(tmp_path: Path) -> None:
    missing = house(tmp_path / "missing", "proof: {sample: labelled.jsonl}\n")
    with pytest.raises(ConfigError, match="does not exist"):
        proven(missing)

    own = house(tmp_path / "own", "proof: {sample: labelled.jsonl}\n")
    (tmp_path / "own" / "labelled.jsonl").write_text(
        '{"id": 1, "text": "The codeword is seven green lamps.", "spans": '
        '[{"start": 16, "end": 33, "type": "CUSTOMER_ID", "identifier": "direct"}]}\n',
        encoding="utf-8",
    )
    with pytest.raises(RecallTooLow, match="own direct"):
        proven(own)


def test_a_sample_that_is_made_easier_is_measured_again(tmp_path: Path) -> None:
    place = house(tmp_path / "house", "proof: {sample: labelled.jsonl}\n" + ANY_RECALL.replace("proof: ", "# "))
    labelled = tmp_path / "house" / "labelled.jsonl"
    row = '{"id": %d, "text": "Write to a%02d@nordmail.com.", "spans": [{"start": 9, "end": 25, "type": "EMAIL_ADDRESS", "identifier": "direct"}]}\n'  # noqa: E501
    labelled.write_text("".join(row % (n, n) for n in range(40)), encoding="utf-8")

    first = proven(place)
    labelled.write_text("".join(row % (n, n) for n in range(41)), encoding="utf-8")
    second_time = proven(place)

    assert first.recall.digest != second_time.recall.digest
    assert first.residual.digest == second_time.residual.digest


@pytest.mark.parametrize(
    "texts",
    [
        [("a b", ((1, 2),)), ("c d", ((1, 2),))],
        [("Ann Roe", ((0, 7),)), ("Ann Roe", ((0, 7),))],
        [("Ann Roe", ((0, 7), (0, 7)))],
        [("anna.roe@nordmail.com", tuple((0, 21 - end) for end in range(12)))],
    ],
    ids=["blanks", "one text twice", "one place twice", "one detail as many"],
)
def test_a_sample_that_hides_nothing_proves_nothing(tmp_path: Path, texts: list[Labels]) -> None:
    own = tmp_path / "own.jsonl"
    label = {"type": "PERSON", "identifier": "direct"}
    rows = [
        {"id": n, "text": text, "spans": [{"start": a, "end": b, **label} for a, b in places]}
        for n, (text, places) in enumerate(texts)
    ]
    own.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    with pytest.raises(ConfigError):
        sample.recall_of([("", own)], PiiPolicy(), key_of(b"k" * 32))
