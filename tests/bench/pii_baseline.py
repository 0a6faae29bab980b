"""Plain Presidio, for comparison: as its documentation sets it up, with the same spaCy model and ORG switched on."""

from __future__ import annotations

from collections.abc import Callable

from governance.pii.settings import PiiPolicy
from governance.pii.text.spans import Span


def plain_presidio() -> Callable[[str], list[Span]]:
    """Its default recognizers over the whole spaCy pipeline; every result at its default threshold of 0."""
    from governance.pii.analyzer import model_directory

    # isort: split
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    default = NerModelConfiguration()
    ignored = [label for label in default.labels_to_ignore or () if label not in {"ORG", "ORGANIZATION"}]
    mapping = {**(default.model_to_presidio_entity_mapping or {}), "ORG": "ORGANIZATION"}
    configuration = NerModelConfiguration(labels_to_ignore=ignored, model_to_presidio_entity_mapping=mapping)
    model = str(model_directory(PiiPolicy().model))
    nlp_engine = SpacyNlpEngine([{"lang_code": "en", "model_name": model}], configuration)
    analyzer = AnalyzerEngine(nlp_engine=nlp_engine, supported_languages=["en"])

    def found(text: str) -> list[Span]:
        return [Span(r.start, r.end, r.entity_type, float(r.score)) for r in analyzer.analyze(text, "en")]

    return found
