"""Sums of money: a number beside a currency, as a sign, as an ISO 4217 code or in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.text.spans import Span

_CODES = (
    "AED|ARS|ATS|AUD|BEF|BGN|BRL|CAD|CHF|CLP|CNY|CZK|DEM|DKK|EGP|ESP|EUR|FIM|FRF|GBP|GRD|HKD|HRK|HUF|IDR|IEP|ILS|INR"
    "|ISK|ITL|JPY|KRW|LTL|LVL|MXN|MYR|NGN|NLG|NOK|NZD|PHP|PKR|PLN|PLZ|PTE|QAR|ROL|RON|RSD|RUB|RUR|SAR|SEK|SGD|SIT|SKK"
    "|THB|TRL|TRY|TWD|UAH|USD|VND|ZAR"
)
_NAMES = (
    "(?:(?:Polish|Turkish|Austrian|German|French|Swiss|Belgian|Italian|Spanish|Czech|Slovak|Swedish|Danish|Norwegian"
    "|Hungarian|Romanian|Russian|Croatian|Bulgarian|Ukrainian|Finnish|Greek|Dutch|US|U\\.S\\.|Canadian|Australian"
    "|Hong Kong|Singapore|New Zealand|Irish|Cyprus|British) )?"
    "(?:euros?|dollars?|pounds?(?: sterling)?|francs?|(?:Deutsche )?marks?|schillings?|lir[ae]s?|zlotys?|złotys?|zł"
    "|kron(?:a|or|er|e)|korun(?:a|as|y)|crowns?|forints?|le[iu]|roubles?|rubles?|hryvnias?|hryvnyas?|kunas?|levs?|leva"
    "|drachmas?|guilders?|pesetas?|escudos?|markkas?|yen|yuan|rupees?|dirhams?|riyals?|shekels?|pesos?|reais|rand"
    "|dinars?|litai|lats|tolars?)"
)
_NUMBER = r"\d{1,3}(?:[.,' \u00a0\u202f]\d{3}){1,5}(?:[.,]\d{1,2})?|\d{1,15}(?:[.,]\d{1,4})?"
_SCALE = r"(?:[ -]?(?:thousand|million|billion|bn|[mk]|mn))?"
_IN_BRACKETS = rf"(?: ?\((?:approximately |about |the equivalent of )?(?:{_CODES}|[€$£])(?: ?(?:{_NUMBER}))?\))?"
_PATTERNS = (
    re.compile(rf"(?<!\w)(?:{_NUMBER}){_SCALE} (?:{_NAMES}|{_CODES})(?!\w){_IN_BRACKETS}"),
    re.compile(rf"(?<!\w)(?:{_CODES}) ?(?:{_NUMBER}){_SCALE}(?!\w)"),
    re.compile(rf"(?<!\w)(?:US|A|C|HK|NZ|S|R)?[€$£¥]\s?(?:{_NUMBER}){_SCALE}(?!\w)"),
    re.compile(rf"(?<![\w.,])(?:{_NUMBER})\s?[€£](?!\w)"),
)


def amounts(text: str) -> Iterator[Span]:
    """Spans of type AMOUNT; may overlap each other."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), "AMOUNT", 0.75)
