"""Presidio's analyzer, with our token tagger and our rules as its recognizers.

Of the spaCy model only tokens and word vectors are used: its components cost time, and the tagger finds more.
This module imports Presidio and spaCy: import it inside the function that needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path
from threading import Lock

import governance.pii.lean  # noqa: F401 - keeps torch out of what follows

# isort: split
import spacy
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine

from governance.pii import addresses, amounts, identifiers, names, phones, rules, schemes, shapes, tagger
from governance.pii.settings import PiiPolicy
from governance.pii.spans import Span
from registry.errors import NotFound

_TYPES = {t: t for t in tagger.LABELS[tagger.FIRST_PERSONAL :]} | {"CODE": "CASE_NUMBER"}
Finder = Callable[[str], Iterable[Span]]
_ALONE = Lock()


class Rules(EntityRecognizer):
    """Our finders as one Presidio recognizer; they look at context themselves."""

    def __init__(self, name: str, types: list[str], finders: tuple[Finder, ...]) -> None:
        self.finders = finders
        super().__init__(supported_entities=types, name=name, supported_language="en")

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
            RecognizerResult(_TYPES[t.label], doc[t.start].idx, doc[t.end - 1].idx + len(doc[t.end - 1]), t.score)
            for t in tagger.tagged(doc, self.model.predict([doc])[0], self.threshold)
            if _TYPES[t.label] in entities
        ]


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


def analyze(text: str, policy: PiiPolicy, entities: list[str]) -> tuple[Span, ...]:
    """Raw spans of one piece of text. Memory stays flat: what spaCy learns of new words is freed afterwards.

    One text at a time a process, since spaCy's memory zones must not overlap.
    """
    analyzer = engine(policy)
    with _ALONE, _nlp_engine(policy.model, policy.language).get_nlp(policy.language).memory_zone():
        found = analyzer.analyze(text, policy.language, entities=entities, score_threshold=policy.min_score)
        return tuple(Span(r.start, r.end, r.entity_type, float(r.score)) for r in found)


@lru_cache(maxsize=4)
def engine(policy: PiiPolicy) -> AnalyzerEngine:
    """The analyzer for a policy; loading takes a second or two. Raises NotFound for a missing model."""
    nlp_engine = _nlp_engine(policy.model, policy.language)
    registry = RecognizerRegistry(supported_languages=[policy.language])
    registry.add_recognizer(Tagging(nlp_engine.get_nlp(policy.language).vocab, policy.min_score))
    for recognizer in _recognizers(policy):
        registry.add_recognizer(recognizer)
    languages: list[str] = [policy.language]
    return AnalyzerEngine(registry, nlp_engine, supported_languages=languages, context_aware_enhancer=_AsFound())


def _recognizers(policy: PiiPolicy) -> list[Rules]:
    checked, shaped = identifiers.rules(), shapes.rules()
    found = partial(phones.phones, regions=policy.phone_regions)
    own = tuple(rules.Rule(p.type, re.compile(rf"(?<!\w)(?:{p.pattern})(?!\w)"), 1.0) for p in policy.patterns)
    return [
        Rules("own", sorted({r.type for r in own}), tuple(partial(rules.matches, r) for r in own)),
        Rules("identifiers", sorted({r.type for r in checked}), tuple(partial(rules.matches, r) for r in checked)),
        Rules("numbers", sorted({*(s.type for s in schemes.schemes()), "ID_NUMBER"}), (identifiers.numbers,)),
        Rules("shapes", sorted({r.type for r in shaped}), tuple(partial(rules.matches, r) for r in shaped)),
        Rules("phones", ["PHONE_NUMBER"], (found,)),
        Rules("addresses", ["STREET_ADDRESS"], (addresses.addresses,)),
        Rules("amounts", ["AMOUNT"], (amounts.amounts,)),
        Rules("titles", ["PERSON"], (names.titled,)),
    ]


@lru_cache(maxsize=2)
def _nlp_engine(model: str, language: str) -> SpacyNlpEngine:
    directory = model_directory(model)
    components = spacy.util.load_config(directory / "config.cfg")["nlp"]["pipeline"]
    nlp_engine = SpacyNlpEngine([{"lang_code": language, "model_name": model}], NerModelConfiguration())
    pipelines = {language: spacy.load(directory, exclude=components)}
    nlp_engine.nlp = pipelines  # type: ignore[assignment]  # Presidio declares None
    return nlp_engine


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
