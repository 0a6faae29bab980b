"""The languages that py3langid tells apart, with varieties of one that the pipeline reads counted as that one."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LIKELIEST = 8
_VARIETIES = {
    "pcm": "en", "sco": "en", "jam": "en", "nds": "de", "bar": "de", "gsw": "de", "als": "de", "ksh": "de", "pfl": "de",
    "oc": "fr", "wa": "fr", "pcd": "fr", "frp": "fr", "nrm": "fr", "gcf": "fr", "ext": "es", "an": "es", "ast": "es",
    "vec": "it", "lij": "it", "lmo": "it", "pms": "it", "scn": "it", "nap": "it", "eml": "it", "fur": "it",
    "li": "nl", "zea": "nl", "vls": "nl", "zxx": "", "vo": "", "la": "",
}  # fmt: skip


def ranked(prose: str) -> Counter[str]:
    """How likely each language is, by ISO 639 code; "" stands for none that people write in."""
    chances: Counter[str] = Counter()
    for language, chance in _identifier().rank(prose)[:_LIKELIEST]:
        chances[_VARIETIES.get(language, language)] += chance
    return chances


def told_apart() -> frozenset[str]:
    """ISO 639 codes of all languages that can be told."""
    return frozenset(_VARIETIES.get(code, code) for code in map(str, _identifier().nb_classes)) - {""}


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
