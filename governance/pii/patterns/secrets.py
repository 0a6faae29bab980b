"""Keys, tokens and passwords: what opens an account is worse to train on than whose account it is.

Shapes of services' tokens come from `detect-secrets`; what is long (key blocks, web tokens) or known by the words
before it (passwords, connection strings) is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib import import_module

from governance.pii.text.rules import Rule, matches
from governance.pii.text.spans import Range, Span

_SERVICES = (
    "aws", "azure_storage_key", "discord", "github_token", "gitlab_token", "mailchimp", "npm", "openai", "pypi_token",
    "sendgrid", "slack", "square_oauth", "stripe", "telegram_token", "twilio",
)  # fmt: skip
_TOKEN = re.compile(r"(?<![\w/+=.-])(?=\S{0,80}\d)[\w/+=.:$-]{16,400}(?![\w/+=-])")
_OTHER_SERVICES = (
    r"sk-(?:ant|proj|svcacct|or)-[\w-]{16,200}|github_pat_\w{22,100}|gl(?:pat|rt|dt)-[\w-]{16,60}|AIza[\w-]{35}|ya29\.[\w-]{20,300}"
    r"|hf_[A-Za-z0-9]{30,50}|xapp-\d-[\w-]{20,200}|[rs]k_(?:test|live)_\w{10,120}|whsec_[\w+/=]{16,80}|do[opr]_v1_[0-9a-f]{64}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|AGE-SECRET-KEY-1[0-9A-Z]{58}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|dckr_pat_[\w-]{20,60}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,250}|hv[sb]\.[\w-]{24,200}|AccountKey=[A-Za-z0-9+/=]{40,120}"
)
NAMES = (
    r"(?:(?<![A-Za-z0-9])|(?-i:(?<=[a-z])(?=[A-Z]))|(?<=db)|(?<=pg)|(?<=sql)|(?<=user)|(?<=admin)|(?<=root))"
    r"(?:pass ?(?:word|wd|phrase|code|key)?|pwd|pw|pin(?: code)?|secret"
    r"|credentials?|(?:(?:api|access|secret|private|client|account|auth|encryption|signing|shared|webhook|bearer|refresh|session|bot)"
    r"[ _-]?){1,3}(?:key|token|secret|id)"
    r"|token|passwort|kennwort|losungswort|zugangscode|mot de passe|code secret|contrase[ñn]a"
    r"|clave(?: de acceso)?|wachtwoord|toegangscode|parola d['’]ordine|parola chiave|codice segreto|senha)"
)
_WHAT_FOR = r"(?: (?:für|zum|zur|von|for|to|of|on|pour|du|de|para|del|per|di|voor|van)(?: [\w'’-]{1,20}){1,4}?)?"
"""`Das Passwort für das Portal lautet …`"""
_IS = r"is(?: now)?|was(?: (?:re)?set to)?|ist(?: jetzt)?|lautet(?: jetzt)?|war|est|était|es|era|è|luidt"
WHICH = r"(?:[_-](?:hash|value|plain|raw|old|new|prod|dev|test|staging|live|main|primary|secondary|backup)|_?\d{1,2})?"
_SAID = rf"{WHICH}[\"'\])]{{0,2}}{_WHAT_FOR}(?:\s{{0,3}}(?:=>?|:=?)|\s{{1,3}}(?:{_IS})\b)\s{{0,3}}:?\s{{0,3}}"


_SETTING = re.compile(r"\$?[A-Za-z_]+(?:(?:\.|->|::)[A-Za-z_]+)+[,;]?")
"""Where a secret is kept (`settings.db_password`), which is none."""
_CALL = re.compile(r"[\w.]*[A-Za-z_](?=[(\[])")


def end_in_prose(text: str, start: int, end: int) -> int:
    """Without the mark that ends a sentence; other signs may be part of a secret."""
    return start + len(text[start:end].rstrip(".,:;]*_"))


def is_chosen(value: str) -> bool:
    """No word of prose such as `required`: digits and letters or signs mixed, or a PIN."""
    value = value.rstrip(".!?")
    if _SETTING.fullmatch(value):
        return False
    kinds = (str.isdigit, str.isalpha, lambda c: not c.isalnum() and c not in ".-'’")
    return sum(any(map(kind, value)) for kind in kinds) > 1 or (value.isdigit() and len(value) <= 8)


_BEGUN = tuple(Rule("SECRET", re.compile(pattern), 1.0, literals=literals) for pattern, literals in (
    (r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}"
     r"(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?", ("-----BEGIN ",)),
    (r"PuTTY-User-Key-File-\d: [^\0]{0,8000}?Private-MAC: [0-9a-f]{40,64}", ("PuTTY-User-Key-File-",)),
    (r"(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,8000}(?:\.[\w-]{0,2000})?", ("eyJ",)),
    (rf"(?<![\w-])(?:{_OTHER_SERVICES})", ("sk-", "github_", "glpat", "glrt", "gldt", "AIza",
     "ya29", "hf_", "xapp", "k_test", "k_live", "whsec",
     "_v1_", "shp",
     "AGE-", "PMAK", "dckr", "npm_", "pypi-", "hv.", "hvs.", "hvb.", "AccountKey")),
    (r"(?<![\w-])(?i:bearer|basic) (?P<span>[\w.~+/=:-]{16,2000})", ("earer ", "EARER ", "asic ", "ASIC ")),
    (r"(?<=://)(?P<span>[^\s/@:]{0,80}:[^\s@]{1,120})@(?=[\w.-])", ("://",)),
    (r"(?<![\w-])curl [^\n]{0,200}?(?<=\s)(?:-u|--user)[ =]?[\"']?"
     r"(?P<span>[^\s:\"'<>$]{1,64}:(?!\$)[^\s\"'<>]{3,120})", ("curl ",)),
))  # fmt: skip
_QUOTED = re.compile(rf"(?i:{NAMES}{_SAID})[\"'`](?P<span>[^\"'`\n]{{4,200}})[\"'`]")
_PLAIN = re.compile(rf"(?i:{NAMES}{_SAID})(?P<span>[^\s\"'`,;<>(){{}}]{{4,200}})")
_BARE = re.compile(
    r"(?i:(?<!\w)(?:pass(?:word|phrase|code)|pwd|kennwort|passwort|mot de passe|contraseña|wachtwoord)) "
    r"(?P<span>(?=\S{0,40}\d)(?=\S{0,40}[A-Za-z])(?=\S{0,40}?[^\sA-Za-z0-9.,:/'-]\S{0,40}?[A-Za-z0-9])[^\s,;\"'`<>()]{6,60})"
)
"""`temporary password Xy7#kk20`: nothing between, so the value itself must look like one."""
_SAFE = r"(?:sécurité|securite|seguridad|sicurezza|vérification|verificación|verifica)"
_CARD_CHECK = re.compile(
    r"(?i:(?<!\w)(?:cvv2?|cvc2?|security code|card verification (?:value|code)|prüfziffer|kartenprüfnummer"
    r"|(?:kartenprüf|sicherheits|beveiligings|veiligheids|controle)code|cryptogramme(?: visuel)?"
    rf"|(?:code|código|codigo|codice) (?:de |di )?{_SAFE}"
    r"|(?:three|3|four|4)[ -]digits?(?: code)? on the (?:back|front)))"
    r"(?i:[\s-]?(?:number|code|no\.?|nr\.?))?[\"']?\s{0,2}(?:[:=(]|is|are|ist|lautet|est|es|è)?\s{0,2}[\"']?"
    r"(?P<span>\d{3,4})(?![\w.,/-]?\d)(?!(?<=(?:19|20)\d\d) [a-z])"
)
_AFTER_EXPIRY = re.compile(
    r"\d{3,6},?[ \t/|·]{1,3}(?i:(?:exp(?:iry|ires)?|valid(?: thru)?)\.?:? )?(?:0[1-9]|1[0-2])[ ]?[/-][ ]?(?:20)?\d\d"
    r"[,;]?[ \t/|·]{1,3}(?P<span>\d{3,4})(?![\w.,/-]?\d)"
)
"""`5413 6082 3706 6360 11/27 482`: what stands behind a card's number and expiry."""
_PIN = re.compile(
    r"(?i:(?<!\w)(?:pin|pin[ -]?(?:code|nummer|number|no\.?|nr\.?)|code pin|geheimzahl|geheimnummer))"
    r"[\"']?\s{0,2}(?:[:=(]|is|ist|est|es|è|lautet)?\s{0,2}[\"']?"
    r"(?P<span>\d{2} \d{2}(?: \d{2})?|\d{4,6})(?![\w.,/-]?\d)"
)
_REACH = 300
_CORES = re.compile(
    "cvv|cvc|verific|vérific|cryptogramme|prüf|security|digit|geheim"
    "|sécurité|securite|seguridad|sicurezza"
    "|pass|pwd|pw|pin|secret|credential|key|token|kennwort|mot de|contrase|wachtwoord|senha|wort|code|codice|clave"
    "|parola",
    re.IGNORECASE,
)


def secrets(text: str) -> Iterator[Span]:
    """Spans of type SECRET; may overlap each other."""
    for rule in _BEGUN:
        yield from (replace(span, end=end_in_prose(text, span.start, span.end)) for span in matches(rule, text))
    for token in _TOKEN.finditer(text):
        if any(shape.search(token.group()) for shape in _shapes()):
            yield Span(token.start(), end_in_prose(text, *token.span()), "SECRET", 1.0)
    for check in _AFTER_EXPIRY.finditer(text) if "/" in text else ():
        yield Span(*check.span("span"), "SECRET", 0.99)
    yield from _named(text)


def around(text: str, cores: re.Pattern[str], before: int) -> Iterator[Range]:
    """Stretches of the text, apart from each other, around the words that names of secrets are made of: alternatives
    in small letters, which are cheaper to look for than to match.
    """
    lower, end = text.lower(), 0
    if not any(word in lower for word in cores.pattern.split("|")):
        return
    for core in cores.finditer(text):
        if core.start() >= end:
            start, end = max(end, core.start() - before), core.end() + _REACH
            yield start, end


def _named(text: str) -> Iterator[Span]:
    """What is called a secret."""
    for start, end in around(text, _CORES, 40):
        for pattern in (_QUOTED, _PLAIN, _BARE, _CARD_CHECK, _PIN):
            for match in pattern.finditer(text, start, end):
                if pattern is _QUOTED:
                    yield Span(*match.span("span"), "SECRET", 0.99)
                elif pattern is not _PLAIN or (is_chosen(match["span"]) and not _CALL.match(text, match.start("span"))):
                    yield Span(match.start("span"), end_in_prose(text, *match.span("span")), "SECRET", 0.99)


@lru_cache(maxsize=1)
def _shapes() -> tuple[re.Pattern[str], ...]:
    modules = (import_module(f"detect_secrets.plugins.{name}") for name in _SERVICES)
    plugins = [kind for module in modules for kind in vars(module).values() if hasattr(kind, "denylist")]
    return tuple(shape for plugin in plugins if isinstance(plugin.denylist, list | tuple) for shape in plugin.denylist)
