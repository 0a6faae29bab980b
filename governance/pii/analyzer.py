"""Presidio's analyzer, with our token tagger and our rules as its recognizers.

Of the spaCy model only tokens and word vectors are used: its components cost time, and the tagger finds more.
This module imports Presidio and spaCy: import it inside the function that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import governance.pii.lean  # noqa: F401 - keeps torch out of what follows

# isort: split
import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine

from governance.pii import tagger
from governance.pii.mentions import addresses, foreign_names, whole_names
from governance.pii.naming import companies, foreign, handles, lone_names, names, native_names
from governance.pii.naming.languages import UNDECIDED
from governance.pii.patterns import (
    amounts,
    identifiers,
    own_patterns,
    passwords,
    phones,
    profiles,
    schemes,
    secrets,
    shapes,
    travel_documents,
)
from governance.pii.settings import PiiPolicy
from governance.pii.text import rules
from governance.pii.text.spans import Span
from governance.pii.text.tokens import quickened
from governance.pii.words import vocabulary
from registry.errors import NotFound

if TYPE_CHECKING:
    from spacy.language import Language

_TYPES = {t: t for t in tagger.LABELS[tagger.FIRST_PERSONAL :]} | {"CODE": "CASE_NUMBER"}
MOST_FOR_CODES = 0.6
"""A rule that knows what kind of number it found, and so what takes its place, goes before the tagger."""
MOST = 0.98
"""What the tagger may be sure of at most: a number whose checksum holds is what it is, whatever it stands in."""
Finder = Callable[[str], Iterable[Span]]
_ALONE = Lock()
OTHER = "other"
"""The language of an analyzer for all that have neither a model nor a dictionary of their own."""


_COMPANIES: tuple[str, list[str], tuple[Finder, ...]] = ("companies", ["ORGANIZATION"], (companies.by_legal_form,))


class Rules(EntityRecognizer):
    """Our finders as one Presidio recognizer; they look at context themselves."""

    def __init__(self, name: str, types: list[str], finders: tuple[Finder, ...], language: str = "en") -> None:
        self.finders = finders
        super().__init__(supported_entities=types, name=name, supported_language=language)

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        found = (span for finder in self.finders for span in finder(text))
        return [RecognizerResult(s.type, s.start, s.end, s.score) for s in found if s.type in entities]


class Tagging(EntityRecognizer):
    """Our token tagger as a Presidio recognizer; it reads the tokens that the spaCy pipeline made."""

    def __init__(self, vocab: spacy.vocab.Vocab, threshold: float) -> None:
        self.model, self.threshold = tagger.load(vocab), threshold
        super().__init__(sorted(set(_TYPES.values())), name="tagger", supported_language="en")

    def load(self) -> None:
        """Loaded when made."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        doc = nlp_artifacts.tokens
        if not len(doc):
            return []
        return [
            RecognizerResult(
                _TYPES[t.label],
                doc[t.start].idx,
                doc[t.end - 1].idx + len(doc[t.end - 1]),
                min(t.score, MOST_FOR_CODES if t.label == "CODE" else MOST),
            )
            for t in tagger.tagged(doc, self.model.predict([doc])[0], self.threshold)
            if _TYPES[t.label] in entities
        ]


class ForeignNames(EntityRecognizer):
    """People in a text of another language: what its spaCy model, or else our tagger, says, trimmed to a name."""

    def __init__(self, language: str, tagging: Tagging | None) -> None:
        self.tagging = tagging
        types = list(foreign.BORROWED) if tagging else sorted(set(foreign.TYPES.values()))
        super().__init__(types, name="foreign names", supported_language=language)

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts) -> list[RecognizerResult]:
        if self.tagging is not None:
            found = self.tagging.analyze(text, [t for t in foreign.BORROWED if t in entities], nlp_artifacts)
            return list(_names(text, (r for r in found if r.score >= foreign.LEAST_CHANCE), self.supported_language))
        ents = [e for e in nlp_artifacts.tokens.ents if foreign.TYPES.get(e.label_) in entities]
        found = [RecognizerResult(foreign.TYPES[e.label_], e.start_char, e.end_char, foreign.MODEL_SCORE) for e in ents]
        return list(_names(text, found, self.supported_language))


def _names(text: str, found: Iterable[RecognizerResult], language: str) -> Iterator[RecognizerResult]:
    """Persons trimmed to their names; what was taken for an address and is none may be a name as well."""
    for one in found:
        place = foreign.address_in(text, one.start, one.end) if one.entity_type == "STREET_ADDRESS" else None
        if place:
            yield RecognizerResult("STREET_ADDRESS", *place, one.score)
        elif one.entity_type not in foreign.BORROWED:
            yield one
        else:
            for start, end in foreign.names_in(text, one.start, one.end):
                name = foreign_names.as_name(text, start, end, one.score, language)
                if name is not None:
                    yield RecognizerResult("PERSON", *name, one.score)


class Tokens(SpacyNlpEngine):
    """Presidio's engine for spaCy, without the lemmas and keywords of its context words, which nobody reads here."""

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """The tokens of a text, and the entities in them where the pipeline finds any."""
        return NlpArtifacts([], self.get_nlp(language)(text), [], [], None, language)


class _AsFound(ContextAwareEnhancer):
    """Leaves scores alone: rules weigh their context words, which needs no lemmas."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, 0, 0)

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        return raw_results


def analyze(text: str, policy: PiiPolicy, entities: list[str], language: str = "en") -> tuple[Span, ...]:
    """Raw spans of one piece of text. Memory stays flat: what spaCy learns of new words is freed afterwards.

    One text at a time a process, since spaCy's memory zones must not overlap.
    """
    if language == UNDECIDED:
        abroad = foreign.presented(text) if "PERSON" in entities else ()
        return (*analyze(text, policy, entities, policy.language), *abroad)
    speaks = spoken(policy, language)
    analyzer = engine(policy, speaks)
    with _ALONE, _nlp_engine(*_pipeline(policy, speaks)).get_nlp(speaks).memory_zone():
        found = analyzer.analyze(text, speaks, entities=entities, score_threshold=policy.min_score)
        return tuple(Span(r.start, r.end, r.entity_type, float(r.score)) for r in found)


def spoken(policy: PiiPolicy, language: str) -> str:
    """The language whose analyzer reads a text: its own where that has a model or a dictionary, else OTHER."""
    own = {policy.language, *(own.language for own in policy.models), *vocabulary.LANGUAGES}
    return language if language in own else OTHER


@lru_cache(maxsize=len(vocabulary.LANGUAGES) + 2)
def engine(policy: PiiPolicy, language: str = "en") -> AnalyzerEngine:
    """The analyzer for a policy and language; loading takes a second or two. Raises NotFound for a missing model."""
    pipeline = _pipeline(policy, language)
    nlp_engine = _nlp_engine(*pipeline)
    registry = RecognizerRegistry(supported_languages=[language])
    tagging = None if pipeline.reads_names else _tagging(policy.model, policy.min_score)
    registry.add_recognizer(tagging if tagging and language == policy.language else ForeignNames(language, tagging))
    for recognizer in _recognizers(policy, language):
        registry.add_recognizer(recognizer)
    languages: list[str] = [language]
    return AnalyzerEngine(registry, nlp_engine, supported_languages=languages, context_aware_enhancer=_AsFound())


@lru_cache(maxsize=4)
def _tagging(model: str, threshold: float) -> Tagging:
    """One for all languages: its words are those of the one pipeline."""
    unused = tuple(spacy.util.load_config(model_directory(model) / "config.cfg")["nlp"]["pipeline"])
    return Tagging(_loaded(model_directory(model), unused).vocab, threshold)


def _recognizers(policy: PiiPolicy, language: str) -> list[Rules]:
    checked, shaped = identifiers.rules(), (*shapes.rules(), *handles.rules(), *profiles.rules())
    found = partial(phones.phones, regions=policy.phone_regions)
    types: list[str] = sorted({one.type for one in policy.patterns})
    each: tuple[tuple[str, list[str], tuple[Finder, ...]], ...] = (
        ("own", types, tuple(partial(own_patterns.found, one.type, one.pattern) for one in policy.patterns)),
        ("identifiers", sorted({r.type for r in checked}), tuple(partial(rules.matches, r) for r in checked)),
        ("numbers", sorted({*(s.type for s in schemes.schemes()), "ID_NUMBER"}), (identifiers.numbers,)),
        ("shapes", sorted({r.type for r in shaped}), tuple(partial(rules.matches, r) for r in shaped)),
        ("secrets", ["SECRET"], (secrets.secrets, passwords.passwords)),
        ("phones", ["PHONE_NUMBER"], (found,)),
        ("addresses", ["STREET_ADDRESS"], (addresses.addresses,)),
        ("amounts", ["AMOUNT"], (amounts.amounts,)),
        ("titles", ["PERSON"], (names.titled,)),
        ("travel documents", ["PASSPORT", "NATIONAL_ID", "PERSON"], (travel_documents.zones,)),
        ("native names", ["PERSON"], (native_names.native,)),
        ("lone names", ["PERSON"], (lone_names.people,)),
        ("speakers", ["PERSON", "USERNAME"], (handles.speakers,)),
    )
    abroad: tuple[Finder, ...] = (foreign.presented, partial(foreign_names.beyond_vocabulary, language=language))
    home = ("own names", ["PERSON"], (whole_names.standing,))
    own = (home,) if language == policy.language else (("own names", ["PERSON"], abroad), _COMPANIES)
    return [Rules(name, types, finders, language) for name, types, finders in (*each, *own)]


class _Pipeline(NamedTuple):
    """A spaCy model, the language that it reads, and whether it finds names itself."""

    model: str
    language: str
    reads_names: bool


def _pipeline(policy: PiiPolicy, language: str) -> _Pipeline:
    own = next((own.model for own in policy.models if own.language == language), None)
    return _Pipeline(own or policy.model, language, own is not None)


@lru_cache(maxsize=8)
def _nlp_engine(model: str, language: str, reads_names: bool) -> Tokens:
    directory = model_directory(model)
    components = spacy.util.load_config(directory / "config.cfg")["nlp"]["pipeline"]
    unused = [name for name in components if not (reads_names and name in ("tok2vec", "transformer", "ner"))]
    nlp_engine = Tokens([{"lang_code": language, "model_name": model}], NerModelConfiguration())
    pipelines = {language: _loaded(directory, tuple(unused))}
    nlp_engine.nlp = pipelines  # type: ignore[assignment]  # Presidio declares None
    return nlp_engine


@lru_cache(maxsize=8)
def _loaded(directory: Path, unused: tuple[str, ...]) -> Language:
    """One pipeline serves all languages that use it."""
    return quickened(spacy.load(directory, exclude=unused))


def model_directory(model: str) -> Path:
    """Where an installed package, or a directory, keeps its spaCy pipeline. Raises NotFound."""
    try:
        root = Path(model) if "/" in model else Path(str(resources.files(model)))
    except ModuleNotFoundError as error:
        raise NotFound(f"the spaCy model package {model} is not installed", f"pip install {model}") from error
    found = [path.parent for path in (root / "config.cfg", *sorted(root.glob("*/config.cfg"))) if path.is_file()]
    if not found:
        raise NotFound(f"{model} holds no spaCy pipeline", "name another model under pii.model in policy.yaml")
    return found[0]
