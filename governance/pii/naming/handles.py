"""Whose account it is: home directories, and the speakers of chats and their transcripts.

`/home/mmueller/`, `C:\\Users\\j.smith\\`, `<jsmith> hi`, `[10:04] Anna K.: …`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from governance.pii.naming import names
from governance.pii.naming.names import TITLE_CASE
from governance.pii.settings import SPOKEN
from governance.pii.text.rules import Rule
from governance.pii.text.spans import Span
from governance.pii.words import listed_names, vocabulary
from governance.pii.words.labels import label

SCORE = 0.7
_NOBODY_WORDS = """
public default shared all guest admin administrator root user users username yourname you me name test tmp temp ubuntu
debian centos fedora ec2-user vagrant runner app appuser node nobody www-data nginx apache git jenkins postgres mysql
oracle docker builder build ci deploy service svc system localhost common data home work projects backup archive index
administrators sqlexpress mssqlserver defaultapppool interop config
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())
_ACCOUNT = r"(?P<span>[^\W\d_][\w.-]{0,30}\w)"
_ENDS = r"(?=[\\/\s\"'`,;:)\]]|\.?(?:\s|\Z))"
_DRIVE, _SHARED = r"(?<!\w)(?:[A-Za-z]:|\\{2,4}[\w.-]{1,63})", r"(?:users|home\$?|profiles\$?|documents and settings)"
_WINDOWS = rf"{_DRIVE}[\\/]{{1,2}}{_SHARED}[\\/]{{1,2}}"
_TIME = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
_CLOCK = re.compile(r"\d[:.]\d\d")
_QUOTE = r"[\"'`“‘]"
_SQL_ACCOUNT = re.compile(
    rf"(?:(?:CREATE|ALTER|DROP) (?:USER|LOGIN|ROLE)(?: IF (?:NOT )?EXISTS)?|GRANT [^;\n]{{1,200}}? TO) "
    rf"(?:{_QUOTE}|(?=[\w.]{{0,40}}[\d.]))(?P<span>[A-Za-z_][\w.@-]{{1,60}})"
)
_AT_HOST = re.compile(r"(?P<open>['`\"])(?P<span>[^\s'`\"@]{2,64})(?P=open)@['`\"][\w.%:*-]{1,255}['`\"]")
_SERVED = re.compile(
    r"(?<=[\w.:] )[\w.-]{1,40} (?P<span>(?!-)[A-Za-z][\w.@-]{1,60}) \[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:"
)
"""Who was served, in the log of a web server."""
_LOGGED = re.compile(
    r"(?:(?:Accepted|Failed) [\w/-]{1,30} for (?:invalid user )?|session (?:opened|closed) for user |[Ii]nvalid user "
    r"|sudo(?:\[\d{1,7}\])?: {1,9})(?P<span>[A-Za-z_][\w.-]{1,30})(?= from | by | :|\(uid|\s*$)",
    re.MULTILINE,
)
"""Who logged in or became another, in the log of a machine."""
_CALLED = re.compile(
    rf"(?i:(?<!\w)(?:user ?(?:name|id)|login(?: ?(?:name|id))?|logon|benutzer(?:name|kennung)|nom d['’]utilisateur"
    rf"|usuario|nome utente|gebruikersnaam)(?: for {_QUOTE}?[\w.@+-]{{2,80}}['’\"]?)?"
    rf"(?: (?:is|was|ist|war|est|es|era|è))? ?:? ?){_QUOTE}(?P<span>[\w@][\w.@+-]{{2,60}})[\"'`”’]"
)
_DOMAIN = r"(?!HK)[A-Z][A-Z0-9-]{1,14}\\"
_LOGON = r"[a-z](?=[a-z0-9._-])[a-z0-9]{0,19}(?:[._-][a-z0-9]{1,19}){0,2})(?![\w\\()\[\]{}/$^*+?|&-])"
_NAMED = r"(?i:user|account|log[io]n|by|konto|benutzer|utilisateur|usuario|utente)[ \t:=/<(\"'`]{1,3}"
_CALLED_IN_DOMAIN = re.compile(rf"{_NAMED}{_DOMAIN}(?P<span>(?![bfnrtux]){_LOGON}")
_IN_DOMAIN = re.compile(rf"(?:(?<![\w\\])|(?P<named>{_NAMED})){_DOMAIN}(?P<span>(?(named)|(?![bfnrtux])){_LOGON}")
"""`CORP\\jwinter`; what is called no account may be a line's end written out, as `TOTAL\\nfor`, or mathematics."""
_OF_STAFF, _LEAST_LOGON = re.compile(r"[a-z]{1,3}\d{5,}"), 5
_NICK = re.compile(
    rf"^[ \t]{{0,4}}(?:[\[(]?{_TIME}[\])]? )?<[@+~&%]?(?P<span>[A-Za-z_\[^|`][\w\[\]^|`.-]{{1,30}})>(?= \S)",
    re.MULTILINE,
)
_NO_NICK_WORDS = """
br hr img li input meta link body head html title div span table tr td th pre code name date time user id url email
phone address number value key file path redacted unk pad bos eos mask sep cls person organization
location string int none
"""
_NO_NICK = frozenset(_NO_NICK_WORDS.split())
_SAID = rf"(?P<span>{TITLE_CASE}(?: {TITLE_CASE}| [A-Z]\.?){{0,3}})"
_SPEAKERS = (
    re.compile(rf"^[ \t>]{{0,4}}[\[(]?{_TIME}[\])]?(?: ?[-–])? {_SAID} ?:(?=\s)", re.MULTILINE),
    re.compile(rf"^[ \t>]{{0,4}}[\[(]{_TIME}[\])] ?(?P<span>{TITLE_CASE}(?:,? {TITLE_CASE}| [A-Z]\.?){{0,3}})"
               rf"(?: \([^()\n]{{2,30}}\))?[ \t]*$", re.MULTILINE),
    re.compile(rf"^[ \t>]{{0,4}}{_SAID}[ \t,]{{1,4}}[\[(]?{_TIME}[\])]?[ \t]*:?$", re.MULTILINE),
)
_HANDLE = re.compile(
    rf"^[ \t>]{{0,4}}[\[(]{_TIME}[\])] ?(?P<span>[a-z]{{1,20}}(?:[._][a-z]{{1,20}}){{1,2}}) ?:(?=\s)", re.MULTILINE
)
_EXPORTED = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp][Mm])?(?:\]| -)")
_NO_SPEAKER_WORDS = """
agenda agent answer assistant bot break caller client closing coffee customer debug dinner doors end error fatal info
introduction lunch meeting note notes opening operator question reminder start status summary support system task todo
trace update user video warning welcome
"""
_NO_SPEAKER = frozenset(_NO_SPEAKER_WORDS.split())


def rules() -> tuple[Rule, ...]:
    """USERNAME by the directory that an account calls its home, in SQL, and where it is quoted after its label."""
    unix, windows = ("/home/", "/Users/"), ("sers", "SERS", "ome", "OME", "rofiles", "ettings")
    spaced = _ACCOUNT.replace(r"[\w.-]{0,30}", r"[\w. -]{0,38}")
    home = rf"{_WINDOWS}{_ACCOUNT}{_ENDS}"
    return (
        Rule("USERNAME", re.compile(rf"(?<![\w.])/(?:export/|mnt/)?(?:home|Users)/{_ACCOUNT}{_ENDS}"), 0.8, is_somebody,
             literals=unix),
        Rule("USERNAME", re.compile(home, re.IGNORECASE), 0.8, is_somebody, literals=windows),
        Rule("USERNAME", re.compile(rf"{_WINDOWS}{spaced}(?=\\)", re.IGNORECASE), 0.8, is_somebody, literals=windows),
        Rule("USERNAME", _SQL_ACCOUNT, 0.9, is_somebody, literals=("USER", "LOGIN", "ROLE", "GRANT")),
        Rule("USERNAME", _SERVED, 0.8, is_somebody, literals=(" [",)),
        Rule("USERNAME", _LOGGED, 0.8, is_somebody, literals=(" for ", "nvalid user ", "sudo")),
        Rule("USERNAME", _AT_HOST, 0.9, is_somebody, literals=("'@", "`@", '"@')),
        Rule("USERNAME", _CALLED_IN_DOMAIN, 0.8, is_somebody, literals=("\\",)),
        Rule("USERNAME", _IN_DOMAIN, 0.8, _is_called_after_somebody, literals=("\\",)),
        Rule("USERNAME", _CALLED, 0.8, is_somebody,
             literals=("ser", "SER", "ogin", "LOGIN", "ogon", "uario", "utent", "tilis", "bruik")),
    )  # fmt: skip


def is_somebody(account: str) -> bool:
    """Whether an account may be a person's, and is none that every machine has."""
    return account.lower() not in _NOBODY


def _is_called_after_somebody(account: str) -> bool:
    """`jwinter`, `tom.baker`, `k204417`; neither a folder nor `drivers`, and no command of TeX."""
    if _OF_STAFF.fullmatch(account):
        return True
    parts = re.split("[._-]", account)
    if len(parts) > 1:
        return any(len(part) > 1 and listed_names.is_listed(part) for part in parts)
    surname = listed_names.is_listed(account[1:]) and len(account) >= _LEAST_LOGON
    return surname and not any(vocabulary.is_in_dictionary(account, language) for language in SPOKEN)


def speakers(text: str) -> Iterator[Span]:
    """USERNAME spans of nicks at the head of lines, PERSON spans of who speaks at a time of day."""
    for nick in _NICK.finditer(text) if "<" in text else ():
        if nick["span"].lower() not in _NO_NICK and f"</{nick['span']}" not in text:
            yield Span(*nick.span("span"), "USERNAME", SCORE)
    for pattern in _SPEAKERS if _CLOCK.search(text) else ():
        said = [match for match in pattern.finditer(text) if _may_speak(match["span"])]
        if _is_chat(said):
            yield from (Span(*match.span("span"), "PERSON", SCORE) for match in said)
    typed = list(_HANDLE.finditer(text)) if _CLOCK.search(text) else []
    if any(map(listed_names.is_given, (part for match in typed for part in re.split("[._]", match["span"])))):
        yield from (Span(*match.span("span"), "USERNAME", SCORE) for match in typed)


def _may_speak(name: str) -> bool:
    word = name.split(" ", maxsplit=1)[0].rstrip(",").lower()
    if word in listed_names.given():
        return True
    return word not in _NO_SPEAKER and not names.common(name) and label(name) is None


def _is_chat(said: list[re.Match[str]]) -> bool:
    """Names are known, or one comes back, or the lines look as messengers export them; else it is a timetable."""
    who = Counter(match["span"] for match in said)
    known = any(listed_names.is_given(name.split(" ", maxsplit=1)[0]) for name in who)
    returns = len(who) > 1 and any(count > 1 for count in who.values())
    return known or returns or any(_EXPORTED.search(match.group()) for match in said)
