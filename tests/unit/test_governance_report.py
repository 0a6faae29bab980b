"""The audit report says what is known, says what is missing, and stands alone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from governance.pii.recall.proof import Residue
from governance.policy import Policy
from governance.report.facts import AuditFacts, Known, gather
from governance.report.peers import peers_of
from governance.report.render import render, write_report
from registry.audit.chain import Head, Source, link
from registry.database.changes import Change, Edge
from registry.database.store import Registry
from registry.digests import of_json
from registry.erasure.records import Erasure, Plan, Removed, Tombstone
from registry.records import (
    Adapter,
    AuditEvent,
    Base,
    Dataset,
    Decision,
    Document,
    DocumentSet,
    Evidence,
    Figure,
    GoldenPrompt,
    Reason,
    Record,
    Rejected,
    Release,
    ScrubbedSet,
    SuiteResult,
    Table,
    TrainingRun,
    ValidatedBatch,
    Verdict,
)

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
POLICY = "9" * 64
DEFAULTS = Policy()


def table(rows: int) -> Table:
    return Table(artifact="1" * 64, rows=rows, columns=("text",))


def evidence(kind: str, subject: str, value: float) -> Evidence:
    low, high = max(0.0, value - 0.05), min(1.0, value + 0.05)
    figure = Figure(name="accuracy", value=value, low=low, high=high, n=300)
    return Evidence(type=kind, subject=subject, figures=(figure,))


BASE = Base(
    name="SmolLM2-135M-Instruct", weights="2" * 64, licence="Apache-2.0", architecture="LlamaForCausalLM",
    parameters=134_515_008, source="package",
)  # fmt: skip
RUN = {"base": BASE.digest, "dataset": "3" * 64, "settings": {"r": 16, "learning_rate": 5e-4}, "rows": 2466}
SFT = TrainingRun.model_validate(
    RUN | {"method": "sft", "parent": None, "weights": "4" * 64, "steps": 310, "tokens": 220_000}
    | {"first_loss": 3.1, "last_loss": 0.4}
)  # fmt: skip
DPO = TrainingRun.model_validate(
    RUN | {"method": "dpo", "parent": SFT.digest, "weights": "5" * 64, "steps": 60, "tokens": 50_000}
    | {"first_loss": 0.6931, "last_loss": 0.41}
)  # fmt: skip
ADAPTER = Adapter(
    name="regqa", weights="5" * 64, base=BASE.digest, run=DPO.digest, rank=16,
    target_modules=("q_proj", "v_proj"), licences={"MIT": 2000, "CC-BY-4.0": 466}, golden=(),
)  # fmt: skip
EVIDENCE = (
    evidence("headline", BASE.digest, 0.065), evidence("general", BASE.digest, 0.51),
    evidence("headline", SFT.digest, 0.66), evidence("general", SFT.digest, 0.50),
    evidence("headline", ADAPTER.digest, 0.70), evidence("general", ADAPTER.digest, 0.495),
    Evidence(type="pii.recall", subject=ADAPTER.digest, figures=(
        Figure(name="direct", value=0.954, low=0.936, high=0.969, n=926),
        Figure(name="char_precision", value=0.888, low=0.866, high=0.907),
        Figure(name="PERSON", value=0.98, low=0.966, high=0.992, n=610),
        Figure(name="own direct", value=0.97, low=0.9, high=0.99, n=70),
    )),
    Evidence(type="pii.residual", subject=ADAPTER.digest, artifact="8" * 64, figures=(
        Figure(name="per_100k_characters", value=2.9, low=1.8, high=4.4, n=900), Figure(name="found", value=22, n=900),
        Figure(name="share_of_units_asked_for", value=0.5, n=1800), Figure(name="SURNAME", value=22),
    )),
)  # fmt: skip


def approval(who: str, policy: str = POLICY, valid: timedelta = timedelta(days=90)) -> Decision:
    return Decision(
        decision="approve", adapter=ADAPTER.digest, evidence=(), policy=policy, principal=who,
        reason="figures checked", issued=NOW - timedelta(hours=2), expires=NOW + valid,
    )  # fmt: skip


def release(version: int = 1, adapter: Adapter = ADAPTER) -> Release:
    return Release(
        version=version, alias="production", adapter=adapter, base=BASE, policy=POLICY, evidence=(),
        approvals=("{}", "{}"), requester="eva", principal="oscar", reason="first release", previous=None,
        issued=NOW - timedelta(hours=1), expires=NOW + timedelta(days=90),
    )  # fmt: skip


def made_from(path: str = "hr/letter.pdf", source: str = "ADGM rulebook, © ADGM") -> list[Record]:
    refused = Rejected(what="document", place="bad/locked.pdf", reason=Reason.ENCRYPTED)
    aside = Rejected(what="row", place=f"{path}#0", reason=Reason.INVALID, detail="no_nul, little_garbage")
    document = Document(
        content="6" * 64, path=path, media_type="application/pdf", size_bytes=9, licence="MIT", source=source
    )
    return [
        document,
        DocumentSet(
            units=table(61), documents=61, formats={"application/pdf": 40, "text/html": 21},
            licences={"MIT": 45, "CC-BY-4.0": 16}, rejected=(refused,),
        ),
        ScrubbedSet(
            units=table(61), entities={"PERSON": 120, "EMAIL_ADDRESS": 33}, key_id="k1", policy=POLICY,
            languages={"de": 20, "en": 41},
        ),
        ValidatedBatch(
            rows=table(60), quarantined=(aside,), data_docs="7" * 64,
            suites=(SuiteResult(suite="documents", passed=True, checked=61, expectations=10, failed=("no_nul",)),),
        ),
        Dataset(
            purpose="sft", train=table(2466), held_out=table(300), licences={"MIT": 2466},
            origins={"imported": 2400, "extractive": 66}, rejected=(),
        ),
    ]  # fmt: skip


def verdict(passed: bool = True) -> Verdict:
    reasons = ("The adapter beats its base on the headline task.",)
    return Verdict(subject=ADAPTER.digest, policy=POLICY, evidence=(), passed=passed, reasons=reasons)


def everything() -> list[Record]:
    return [
        ADAPTER, BASE, SFT, DPO, *made_from(), *EVIDENCE, verdict(), approval("anna"), approval("ben"), release(),
    ]  # fmt: skip


def chain() -> list[AuditEvent]:
    events: list[AuditEvent] = []
    for who, action in (("eva", "register"), ("anna", "approve"), ("ben", "approve"), ("oscar", "promote")):
        told = Change(action=action, subjects=(ADAPTER.digest,))
        head = Head(events[-1].sequence, events[-1].digest) if events else Head()
        events.append(link(head, Source(NOW, who), told))
    return events


def facts(
    records: list[Record] | None = None, events: list[AuditEvent] | None = None, policy: Policy = DEFAULTS
) -> AuditFacts:
    known = everything() if records is None else records
    told = chain() if events is None else events
    return gather(ADAPTER, Known(known, told, {SFT.digest: [3.1, 1.2, 0.6, 0.4]}), NOW, policy)


def words(page: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


class Outline(HTMLParser):
    """Tags and attributes, as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_a_whole_record_has_no_gaps_and_tells_the_way_from_base_to_adapter() -> None:
    found = facts()

    assert found.gaps == ()
    assert [step.label for step in found.steps] == ["base", "SFT", "DPO"]
    assert [step.headline.value for step in found.steps if step.headline] == [0.065, 0.66, 0.70]
    assert found.status == "in production"
    assert found.chain.intact
    assert found.chain.events == 4
    assert found.material.rejected == {"encrypted": 1}
    assert found.material.quarantined == {"little_garbage": 1, "no_nul": 1}


def test_an_adapter_with_nothing_on_record_is_all_gaps_and_still_reported() -> None:
    found = facts(records=[], events=[])

    assert found.status == "awaiting approval"
    assert not found.chain.intact
    assert len(found.gaps) == 12
    assert "What is missing" in render(found)


@pytest.mark.parametrize(
    ("extra", "gap"),
    [
        (approval("carl", valid=timedelta(hours=-1)), "The approval of carl has expired."),
        (approval("carl", policy="8" * 64), "The approval of carl was given under another policy than the gate's."),
    ],
)  # fmt: skip
def test_an_approval_that_no_longer_fits_is_pointed_out(extra: Decision, gap: str) -> None:
    assert gap in facts([*everything(), extra]).gaps


@pytest.mark.parametrize(("decision", "status"), [("revoke", "revoked"), ("reject", "rejected")])
def test_a_rejection_or_revocation_wins_over_approvals_and_releases(decision: str, status: str) -> None:
    against = Decision.model_validate(approval("dora").model_dump() | {"decision": decision})

    found = facts([*everything(), against])

    assert found.status == status
    assert 'class="banner bad"' in render(found)


def test_a_release_that_was_followed_by_another_adapter_is_not_current() -> None:
    other = ADAPTER.model_copy(update={"weights": "8" * 64})

    found = facts([*everything(), release(2, other)])

    assert [d.current for d in found.deployments] == [False]
    assert found.status == "awaiting release"


def test_an_edited_audit_chain_shows_on_the_first_screen() -> None:
    events = chain()
    events[1] = events[1].model_copy(update={"actor": "mallory"})

    found = facts(events=events)

    assert not found.chain.intact
    assert "The audit chain does not verify." in found.gaps
    assert 'class="banner bad"' in render(found)


def test_a_licence_that_policy_no_longer_knows_does_not_stop_the_report() -> None:
    changed = DocumentSet.model_validate(
        {"units": table(1), "documents": 1, "formats": {}, "licences": {"Odd": 1}, "rejected": ()}
    )

    found = facts([changed])

    assert "The policy does not know the licence Odd." in found.gaps


def test_the_page_fetches_nothing_runs_nothing_and_names_every_section() -> None:
    outline = Outline(render(facts()))

    assert not {"script", "link", "img", "iframe", "object", "form"} & set(outline.tags)
    assert not [value for name, value in outline.attributes if name in ("src", "href") and not value.startswith("#")]
    named = {value for name, value in outline.attributes if name == "aria-labelledby"}
    assert named
    assert named <= {value for name, value in outline.attributes if name == "id"}
    assert outline.tags.count("h1") == 1
    assert outline.tags.count("svg") == 4
    assert outline.tags.count("figcaption") == 4


def test_the_same_facts_give_the_same_bytes_and_the_twin_reads_back(tmp_path: Path) -> None:
    html, twin = write_report(facts(), tmp_path / "reports")

    again = render(facts())

    assert html.read_text(encoding="utf-8") == again
    assert AuditFacts.model_validate(json.loads(twin.read_text(encoding="utf-8"))) == facts()
    ids = re.findall(r'\bid="([^"]+)"', again)
    assert len(ids) == len(set(ids))


def test_the_proof_of_the_scrubbing_is_shown_with_intervals_and_places() -> None:
    place = Residue(document="3fa2b1c0d9e8/leave.md", unit=4, cell="text", start=17, end=25, type="SURNAME")

    page = re.sub(r"<[^>]+>", " ", render(facts().model_copy(update={"left": (place,)})))
    words = " ".join(page.split())

    assert "all direct identifiers 95.4 % 93.6 % to 96.9 % 926" in words
    assert "all direct identifiers (own sample) 97.0 % 90.0 % to 99.0 % 70" in words
    assert "PERSON 98.0 % 96.6 % to 99.2 % 610" in words
    assert "2.9 places in 100,000 characters (1.8 to 4.4)" in words
    assert "3fa2b1c0d9e8/leave.md 4 text 17 to 25 SURNAME" in words


def test_a_scrubbing_that_was_never_proved_reads_as_a_gap() -> None:
    unproved = [r for r in everything() if not (isinstance(r, Evidence) and r.type.startswith("pii."))]

    found = facts(unproved)

    assert [gap.split(" say ")[0] for gap in found.gaps] == 2 * ["Its evidence does not"]
    assert render(found).count("The adapter's evidence does not say") == 2


def test_a_gate_that_was_not_asked_has_not_refused() -> None:
    said = words(render(facts([r for r in everything() if not isinstance(r, Verdict)])))

    assert "Gate not asked yet Approvals given" in said
    assert "Gate ✗ refused Approvals given" in words(render(facts([*everything(), verdict(passed=False)])))


def test_golden_prompts_are_texts_and_stay_out_of_the_report(tmp_path: Path) -> None:
    prompted = ADAPTER.model_copy(update={"golden": (GoldenPrompt(prompt="Zebulon asks", token_ids=(1,)),)})

    written = write_report(gather(prompted, Known(everything(), chain()), NOW, Policy()), tmp_path)

    assert not any("Zebulon" in path.read_text(encoding="utf-8") for path in written)
    assert prompted.digest[:12] in written[0].name


def test_evidence_is_shown_even_where_the_training_run_is_lost() -> None:
    found = facts([evidence("headline", ADAPTER.digest, 0.7)])

    assert [step.label for step in found.steps] == ["base", "adapter"]
    assert "70.0 %" in render(found)


def test_the_evidence_that_the_gate_saw_is_shown_rather_than_a_newer_one() -> None:
    later = evidence("headline", ADAPTER.digest, 0.9)
    judged = verdict().model_copy(update={"evidence": tuple(e.digest for e in EVIDENCE)})

    found = facts([*everything(), judged, later])

    assert [step.headline.value for step in found.steps if step.headline] == [0.065, 0.66, 0.70]


def test_what_is_replaced_is_told_apart_from_what_policy_leaves_in_place() -> None:
    rules = of_json(Policy().pii.model_dump(mode="json"))
    found = {"PERSON": 120, "DATE_TIME": 16, "ORGANIZATION": 4}
    scrubbed = ScrubbedSet(units=table(61), entities=found, key_id="k1", policy=rules)

    said = words(render(facts([*everything(), scrubbed])))

    assert "PERSON 120 replaced" in said
    assert "ORGANIZATION 4 left in place" in said
    assert "140 120 replaced, 20 left in place" in said
    assert "and so in the training text: 20 (DATE_TIME, ORGANIZATION)." in said


def test_refused_rows_are_not_called_documents() -> None:
    rows = tuple(Rejected(what="row", place=f"bad.jsonl:{n}", reason=Reason.MALFORMED_ROW) for n in (3, 7))
    sets = [one for one in made_from() if isinstance(one, DocumentSet)]
    read = sets[0].model_copy(update={"rejected": (*sets[0].rejected, *rows)})
    polish = Rejected(what="row", place="a.txt#0", reason=Reason.UNSUPPORTED_LANGUAGE)
    scrubbed = ScrubbedSet(units=table(61), entities={}, key_id="k1", policy=POLICY, rejected=(polish,))

    found = facts([*everything(), read, scrubbed])
    said = words(render(found))

    assert found.material.rejected == {"encrypted": 1}
    assert found.material.rejected_rows == {"malformed_row": 2, "unsupported_language": 1}
    assert "Refused: 1 document, 3 rows or passages within documents." in said
    assert "Refused documents Reason Count encrypted 1 Refused rows" in said
    assert "Refused rows and passages Reason Count malformed_row 2 unsupported_language 1 Licences" in said
    assert [place.split(": ")[1] for place in found.material.rejected_places] == ["document", "row", "row", "row"]


def test_each_peer_is_said_to_be_trained_from_the_adapter_that_its_run_began_with(tmp_path: Path) -> None:
    def adapter(run: TrainingRun) -> Adapter:
        return ADAPTER.model_copy(update={"weights": run.weights, "run": run.digest})

    again = SFT.model_copy(update={"parent": SFT.digest, "weights": "6" * 64})
    pairs = DPO.model_copy(update={"parent": again.digest, "weights": "7" * 64})
    lost = DPO.model_copy(update={"parent": "8" * 64, "weights": "8" * 64})
    runs = (SFT, DPO, again, pairs, lost)
    adapters = tuple(adapter(run) for run in runs)
    asked = next(one for one in made_from() if isinstance(one, Dataset))
    measured = [evidence("headline", one.digest, 0.7) for one in (BASE, *adapters)]
    edges = tuple(Edge(asked.digest, one.digest) for one in measured)
    with Registry.open(tmp_path / "r.duckdb", "eve") as registry:
        registry.apply(Change("add", (asked.digest,), records=(BASE, asked, *runs, *adapters, *measured), edges=edges))
        began = {peer.name: peer.began for peer in peers_of(registry, adapters[1])}

    sft, dpo, continued, preferred, orphan = (one.version for one in adapters)
    assert began == {
        BASE.name: "the base itself", sft: "the base", dpo: sft, continued: sft, preferred: continued,
        orphan: "not on record",
    }  # fmt: skip


def test_what_was_scrubbed_under_other_rules_is_not_read_by_those_of_today() -> None:
    found = facts()

    assert found.privacy.replaced is None
    assert "PERSON 120 not known" in words(render(found))


def test_a_type_that_is_left_in_place_is_not_said_to_be_never_hidden() -> None:
    said = words(render(facts()))

    assert "are at 0" not in said
    assert "hidden only where it was taken for something that is replaced" in said


def test_the_headline_comes_with_its_interval_and_its_number_of_questions() -> None:
    assert "6.5 % → 70.0 % of 300 questions; 95 % interval 65.0 % to 75.0 %" in words(render(facts()))


def test_where_the_policy_departs_from_the_defaults_is_shown_and_no_code_name_with_it() -> None:
    kept = tuple(kind for kind in Policy().pii.replace if kind != "BIC")
    policy = Policy.model_validate(
        {"gate": {"minimum_headline": 10}, "pii": {"replace": (*kept, "AGE"), "deny": ("Zebulon",)}}
    )

    said = words(render(facts(policy=policy)))

    assert "gate.minimum_headline 10 100" in said
    assert f"pii.replace {len(kept) + 1} listed: adds AGE; leaves out BIC {len(kept) + 1} listed" in said
    assert "pii.deny 1 listed none" in said
    assert "Zebulon" not in said
    assert "policy.yaml departs from the shipped defaults nowhere" in words(render(facts()))


def test_an_approval_in_the_chain_names_the_person_whose_key_signed_it() -> None:
    signed = approval("anna")
    told = Change(action="approve", subjects=(ADAPTER.digest, signed.digest))
    later = Change(action="stage.export", subjects=(ADAPTER.digest, signed.digest))
    first = link(Head(), Source(NOW, "root"), told)
    events = [first, link(Head(first.sequence, first.digest), Source(NOW, "root"), later)]

    found = facts(events=events)

    assert found.signers == {0: "anna"}
    assert "root anna approve done" in words(render(found))
    assert "root – stage.export done" in words(render(found))


@pytest.mark.parametrize(
    "word",
    ["Headline is the share", "General is the share", "Extractive rows are questions", "means over a tenth of its"],
)
def test_each_word_of_ours_is_explained(word: str) -> None:
    assert word in words(render(facts()))


def test_the_languages_of_the_documents_and_what_a_policy_digest_is_are_told() -> None:
    said = words(render(facts()))

    assert "Language Count en 41 de 20" in said
    assert "SHA-256 of all that policy.yaml settles" in said


GRAVE = Tombstone(of="d" * 64, was="document", remains={})
"""Of a document that an erasure knows by two hashes: of its bytes, and of what it says."""


def erasure(**taken: object) -> Erasure:
    return Erasure.model_validate({
        "what": "subject", "key_id": "k1", "subject": "a" * 64, "documents": ("b" * 64, "e" * 64), "rows": (),
        "removed": (), "tombstones": {GRAVE.of: GRAVE.digest}, "revoked": (), "plan": Plan(), "principal": "paul",
        "reason": "She asked.", "issued": NOW,
        **taken,
    })  # fmt: skip


def test_an_erasure_that_took_the_weights_is_told_first() -> None:
    one = erasure(removed=(Removed(artifact=ADAPTER.weights),))
    found = facts([*everything(), GRAVE, one])
    page = words(render(found))

    told = f"The weights and 1 source document were erased on 2026-11-24 by paul: She asked. (proof {one.digest[:12]})."
    assert told in found.gaps
    assert told in page
    assert "those of the weights were erased" in page
    assert "erased" not in words(render(facts([*everything(), erasure(revoked=("c" * 64,))])))
    (told,) = facts([*everything(), GRAVE, erasure(revoked=(ADAPTER.digest,))]).gaps
    assert told.startswith("Revoked by the erasure of 1 source document on")


@pytest.mark.parametrize(
    ("buried", "rows", "told"),
    [
        (2, (), "2 source documents were"), (0, ("f" * 64,), "1 row of a question file were"),
        (1, ("e" * 64, "f" * 64), "1 source document and 2 rows of question files were"),
    ],
)  # fmt: skip
def test_what_was_erased_is_counted_by_documents_and_rows(buried: int, rows: tuple[str, ...], told: str) -> None:
    graves = [Tombstone(of=str(n) * 64, was="document", remains={}) for n in range(buried)]
    other = Tombstone(of="8" * 64, was="document-set", remains={})
    elsewhere = Tombstone(of="9" * 64, was="document", remains={})
    taken = {one.of: one.digest for one in (*graves, other)}
    one = erasure(removed=(Removed(artifact=ADAPTER.weights),), rows=rows, tombstones=taken)

    (gap,) = facts([*everything(), *graves, other, elsewhere, one]).gaps

    assert told in gap


def test_a_gate_that_refused_before_and_rules_of_its_own_are_told_first() -> None:
    refused = verdict(passed=False).model_copy(update={"policy": "8" * 64, "reasons": ("Too few questions.",)})
    events = [
        link(Head(), Source(NOW, "pipeline"), Change("stage.gate", (ADAPTER.digest, refused.digest))),
    ]
    loose = DEFAULTS.model_copy(update={"gate": DEFAULTS.gate.model_copy(update={"beat_base": False})})
    page = words(render(facts([refused, *everything()], events, loose)))

    assert "The gate passed it , after it had refused it before." in page.replace("it,", "it ,")
    assert "Too few questions." in page
    assert "stage.gate done: refused" in page
    assert "depart from the shipped defaults in 1 place. The audit chain" in page
    assert "depart from the shipped defaults" not in words(render(facts()))


def test_what_is_told_first_has_a_space_between_its_sentences() -> None:
    page = words(render(facts([ADAPTER, verdict(passed=False)])))

    assert "The gate refused it. The audit chain" in page


def test_the_headline_stands_beside_what_the_commonest_answer_would_score() -> None:
    last = next(e for e in EVIDENCE if e.type == "headline" and e.subject == ADAPTER.digest)
    with_majority = last.model_copy(update={"figures": (*last.figures, Figure(name="majority", value=0.36842))})
    page = words(render(facts([with_majority if one == last else one for one in everything()])))

    assert "always the commonest answer: 36.8 %" in page
    assert "0.36842" not in page


def test_words_and_times_of_ours_are_not_broken_inside() -> None:
    page = render(facts())

    whole = re.findall(r'<td class="w">([^<]*)</td>', page)

    assert "break-word" in page[page.index("td.w {") :].split("}")[0]
    assert {"sft", "headline", "accuracy"} <= set(whole)
    assert any(cell.endswith(" UTC") for cell in whole)


def test_a_headline_that_moved_has_room_in_its_card() -> None:
    page = render(facts())

    assert "<dd><span>6.5 %</span> → <span>70.0 %</span>" in page
    assert "nowrap" not in page[page.index(".cards dd {") :].split("}")[0]


def test_shares_of_pairs_are_told_in_percent() -> None:
    one = next(e for e in EVIDENCE if e.type == "headline" and e.subject == ADAPTER.digest)
    likelier = Figure(name="likelier", value=0.476191, low=0.28341, high=0.67632, n=21)
    figures = (likelier, Figure(name="by_length", value=0.523812, n=21))
    pairs = one.model_copy(update={"type": "preference", "figures": figures})
    page = words(render(facts([*everything(), pairs])))

    assert "preference likelier 47.6 % 28.3 % to 67.6 % 21" in page
    assert "preference by_length 52.4 % – 21" in page
