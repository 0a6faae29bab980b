"""The scrub stage: units in, the same units with personal data replaced out, and a count by type."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pyarrow as pa

from governance.pii.detect import find, find_together
from governance.pii.journal import code, journaled
from governance.pii.naming import languages, names
from governance.pii.parallel import batches, fitting
from governance.pii.settings import PiiPolicy
from governance.pii.standins.paths import left_of
from governance.pii.standins.pseudonyms import PseudonymKey
from governance.pii.standins.replacement import Replacement, replacement
from governance.pii.text.spans import Span
from governance.pii.words import listed_names
from registry.artifacts import Artifacts
from registry.digests import of_bytes, of_json
from registry.errors import AllRejected
from registry.processes import Crew, crew
from registry.progress import Progress
from registry.records import DocumentSet, Reason, Rejected, ScrubbedSet
from registry.tables import CELLS, KEYED, LATER, UNITS, choices_of, read_table, texts, turns_of, write_table

Row = dict[str, object]
Choices = tuple[str, ...]
_ASKED = ("text", "prompt")


def scrub(
    documents: DocumentSet,
    policy: PiiPolicy,
    key: PseudonymKey,
    store: tuple[Artifacts, Path],
    progress: Progress | None = None,
    workers: int | None = None,
) -> ScrubbedSet:
    """Replace personal data in every unit of `documents`; same inputs, policy and key give the same digest.

    A unit in a language that the policy refuses is left out as `Rejected`; all others are counted by language.

    `store` is the artifact store with the stage's directory, in which a rerun finds what was done before a kill.
    `workers` processes share the work, with the same result whatever their number; None uses as many as fit.
    Raises WorkerDied, and AllRejected when no unit is left.
    """
    artifacts, scratch = store
    rows: list[Row] = read_table(documents.units, artifacts).to_pylist()
    counts, spoken = Counter[str](), Counter[str]()
    scrubbed: list[Row] = []
    rejected: list[Rejected] = []
    with crew(workers or fitting(sum(map(_chars, rows)))) as us:
        work = partial(scrub_rows, policy, key)
        parts = batches(_with_labels(rows, policy, us), lambda item: _chars(item[0]))
        for done in journaled(scratch / f"scrubbed-{code()[:16]}", us, work, parts):
            new, found, tongues, refused = json.loads(done)
            scrubbed += new
            counts.update(found)
            spoken.update(tongues)
            rejected += [_refused(place, language) for place, language in refused]
            if progress is not None:
                progress(len(scrubbed) + len(rejected), len(rows))
    if rejected and not scrubbed:
        raise AllRejected(f"all {len(rejected)} units are in {rejected[0].detail}", "accept it under pii.languages")
    table = write_table(pa.Table.from_pylist(scrubbed, schema=UNITS), artifacts, scratch, "units")
    return ScrubbedSet(
        units=table,
        entities=dict(sorted(counts.items())),
        key_id=key.id,
        policy=of_json(policy.model_dump(mode="json")),
        languages=dict(sorted(spoken.items())),
        rejected=tuple(rejected),
    )


def _refused(place: str, language: str) -> Rejected:
    detail = f"a language that the policy does not accept ({language})"
    return Rejected(what="row", place=place, reason=Reason.UNSUPPORTED_LANGUAGE, detail=detail)


def _with_labels(rows: list[Row], policy: PiiPolicy, us: Crew) -> Iterator[tuple[Row, Choices]]:
    """Each row with its choices, where they are labels that stay as they are."""
    shared = shared_choices(rows, policy.min_label_share)
    lists = sorted({choices for of_document in shared.values() for choices in of_document})
    people = dict(zip(lists, us.each(partial(_people, policy), lists), strict=True))
    named = {(row["document"], choices_of(row)) for row in rows if _is_named(row, people.get(choices_of(row)) or ())}
    for row in rows:
        choices = choices_of(row)
        labels = choices in shared.get(str(row["document"]), frozenset()) and people[choices] is not None
        yield row, choices if labels and (row["document"], choices) not in named else ()


def shared_choices(rows: list[Row], least: int) -> Mapping[str, frozenset[Choices]]:
    """By document: the lists of choices that at least `least` of its rows share, which makes them vocabulary."""
    counts = Counter((str(row["document"]), choices_of(row)) for row in rows if row["choices"])
    found: dict[str, set[Choices]] = {}
    for (document, choices), count in counts.items():
        if count >= least:
            found.setdefault(document, set()).add(choices)
    return {document: frozenset(lists) for document, lists in found.items()}


def _people(policy: PiiPolicy, choices: Choices) -> tuple[str, ...] | None:
    """Who may be named among them; None where an address, an account or a number stands there: those are personal
    however often they are repeated.
    """
    found = [(choice[s.start : s.end], s.type) for choice in choices for s in find(choice, policy)]
    if any(kind in _certain(policy) for _, kind in found):
        return None
    given = {choice for choice in choices if listed_names.is_given(choice)}
    people = given | {said for said, kind in found if kind == "PERSON"}
    return tuple(sorted(people)) if "PERSON" in policy.replace else ()


def _is_named(row: Row, people: tuple[str, ...]) -> bool:
    """Whether the row speaks of one of `people` beside its choices: masked there, the list would say who that is."""
    choices = choices_of(row)
    own = (text for text in _said(row) if people and text.strip() not in choices)
    return any(next(names.mentions(people, text, names.lower_words(text)), None) is not None for text in own)


def _certain(policy: PiiPolicy) -> frozenset[str]:
    """What rules find and is replaced; a name alone may as well be a label or an author."""
    return frozenset(policy.replace) - {"PERSON", "STREET_ADDRESS", "USERNAME"}


def scrub_text(text: str, policy: PiiPolicy, key: PseudonymKey, document: str = "") -> tuple[str, list[Span]]:
    """The text with personal data replaced, and everything that was found (offsets in `text`).

    `document` names what the text belongs to, whose dates move together; without it the text stands alone.
    """
    spans = find(text, policy)
    document = document or of_bytes(text.encode("utf-8", "surrogatepass"))
    return replacement(document, [text], [spans], policy, key).text(text, spans), spans


def scrub_document(rows: list[Row], policy: PiiPolicy, key: PseudonymKey) -> tuple[list[Row], Counter[str]]:
    """`scrub` for the units of one document, in this process: the new units, and what was found by type."""
    counts: Counter[str] = Counter()
    labelled = _with_labels(rows, policy, Crew(None, 1))
    return [_scrub_row(row, labels, policy, key, counts) for row, labels in labelled], counts


def scrub_rows(policy: PiiPolicy, key: PseudonymKey, rows: list[tuple[Row, Choices]]) -> str:
    """JSON of the scrubbed rows, of the counts by type and by language, and of (place, language) of refused rows."""
    counts, spoken = Counter[str](), Counter[str]()
    scrubbed: list[Row] = []
    refused: list[tuple[str, str]] = []
    for row, labels in rows:
        text = "\n\n".join(filter(None, _said(row)))
        foreign = languages.refused(text, policy)
        if foreign is not None:
            refused.append((f"{left_of(str(row['path']), str(row['document']), '')}#{row['unit']}", foreign))
            continue
        spoken[languages.main_language(text, policy)] += 1
        scrubbed.append(_scrub_row(row, labels, policy, key, counts))
    return json.dumps([scrubbed, counts, spoken, refused])


def _scrub_row(row: Row, labels: Choices, policy: PiiPolicy, key: PseudonymKey, counts: Counter[str]) -> Row:
    """All cells of a row together: who is named in the prompt is known in the answer."""
    choices, turns = choices_of(row), turns_of(row)
    cells = dict(_cells(row, labels))
    found = _found(row, cells, policy)
    counts.update(span.type for spans in found for span in spans)
    by = replacement(str(row["document"]), list(cells.values()), found, policy, key)
    new = {place: by.text(text, spans) for (place, text), spans in zip(cells.items(), found, strict=True)}
    scrubbed: Row = {**row, **{name: new[name] for name in CELLS if name in new}}
    scrubbed["path"] = left_of(str(row["path"]), str(row["document"]), new.get("text", ""))
    scrubbed["source"] = _without_certain(str(row["source"]), by)
    groups = row["groups"]
    if isinstance(groups, list):
        as_asked = all(new[place] == text for place, text in cells.items() if place in _ASKED or "turns." in place)
        scrubbed["groups"] = [_compared(str(group), as_asked, key) for group in groups]
    if choices and not labels:
        scrubbed["choices"] = [new[f"choices.{index}"] for index in range(len(choices))]
    if turns:
        scrubbed["turns"] = [{**turn, "content": new[f"turns.{index}"]} for index, turn in enumerate(turns)]
    return scrubbed


def stand_ins(row: Row, policy: PiiPolicy, key: PseudonymKey) -> Iterator[tuple[str, str, str]]:
    """What scrubbing `row` replaces: type, what stood there, what stands there now."""
    places = dict(_cells(row, ()))
    cells = list(places.values())
    found = _found(row, places, policy)
    by = replacement(str(row["document"]), cells, found, policy, key)
    beside = texts_of(row)[len(cells) :]
    read = [*zip(cells, found, strict=True), *((text, find(text, policy)) for text in beside)]
    for text, spans in read:
        for span in (s for s in spans if s.type in policy.replace):
            said = text[span.start : span.end]
            yield span.type, said, by.of(span.type, said)


def texts_of(row: Row) -> list[str]:
    """All texts of a row that may say who it is about."""
    groups = row["groups"] if isinstance(row["groups"], list) else []
    return [*(text for _, text in texts(row)), str(row["source"] or ""), *map(str, groups)]


def _cells(row: Row, labels: Choices) -> Iterator[tuple[str, str]]:
    """What is to be scrubbed: all texts but labels, in the list of choices and as the answer."""
    for place, text in texts(row):
        if not (labels and (place.startswith("choices.") or (place == "completion" and text.strip() in labels))):
            yield place, text


def _found(row: Row, cells: Mapping[str, str], policy: PiiPolicy) -> list[list[Span]]:
    """Of all cells together, by their places, each beside what it answers."""
    texts, by_line = list(cells.values()), row["kind"] != "text"
    return find_together(texts, policy, by_line=by_line, questions=_questions(row, cells))


def _questions(row: Row, places: Iterable[str]) -> list[str]:
    """What the text at each of a row's places follows: a turn the one before, an answer or a choice the prompt."""
    said = [str(turn["content"]) for turn in turns_of(row)]
    before = {f"turns.{number}": text for number, text in enumerate(said, 1)}
    before |= {"text": "", "prompt": said[-1] if said else "", "turns.0": ""}
    return [before.get(place, str(row["prompt"] or "")) for place in places]


def _without_certain(text: str, by: Replacement) -> str:
    """Of where a row comes from: authors stay, who must be credited; addresses, accounts and numbers go."""
    found = find(text, by.policy) if text else []
    return by.text(text, [span for span in found if span.type in _certain(by.policy)])


def _compared(group: str, as_asked: bool, key: PseudonymKey) -> str:
    """A group is only compared, so its name may go. The digest of a document or of what was asked stays where it tells
    no more than the table does: a name in a question could be tried out by it, without the key.
    """
    kind = next((kind for kind in ("ref:", "row:") if group.startswith(kind)), "")
    plain = group == LATER or group.startswith("doc:") or (as_asked and kind == "row:")
    return group if plain else KEYED + kind + key.tag("group", group)


def _chars(row: Row) -> int:
    return sum(map(len, _said(row)))


def _said(row: Row) -> Iterator[str]:
    """All texts of a row beside its choices."""
    return (text for place, text in texts(row) if not place.startswith("choices."))
