"""Texts made to keep a pattern busy: every rule reads each of them in time that grows with its length alone."""

from __future__ import annotations

import time

import pytest

from governance.pii import addresses, identifiers, phones, rules, secrets, shapes
from governance.pii.settings import PiiPolicy
from governance.pii.visible import visible

CHARACTERS = 10_000
SECONDS = 1.0
BAITS = (
    "1", "1 ", "1-", "1.", "1/", "12 ", "123 ", "4111 ", "(1)", "((1", "a", "A ", "Aa ", "a.", "a-", "a@",
    "a@a.", "a@a@a@", "@ ", "a_at_", "a dot ", "[at]", "a (dot) ", "(", '"', '"a" ', " ", "\n", " \n", ".", "_",
    "Mr ", "Mr. A ", "12 A Street ", "1 a b c ", "rue de ", "http://a:", "www.", "/a", "%40", "%25", "&amp;",
    "&#", "\\u", "=", "<b>", "<!-- ", "a*", "DE89 ", "AB12", "1\n> ", "zero ", "ssn ", "account ", "case no. ",
    "1 Jan ", "+1 ", "e\u0301", "\u200b", "\u202ea", "а", "аa", "–1", "\u3164", "\U000e0041", "eyJ",
    "eyJaaaaaaaa.", "password: ", 'password="', "-----BEGIN PRIVATE KEY-----", "xoxb-1-", "lives at ", "0x",
    "::1", "A.B.", "\x00",
)  # fmt: skip


@pytest.mark.parametrize("bait", BAITS, ids=ascii)
def test_no_bait_keeps_the_rules_busy(bait: str) -> None:
    text = (bait * CHARACTERS)[:CHARACTERS]
    started = time.process_time()

    seen = visible(text).text
    for rule in (*identifiers.rules(), *shapes.rules()):
        list(rules.matches(rule, seen))
    for finder in (identifiers.numbers, addresses.addresses, secrets.secrets):
        list(finder(seen))
    list(phones.phones(seen, PiiPolicy().phone_regions))

    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\u200b", "\ud800", "\ud800\udc00\udfff", "\x00", "&#0;", "&#1114112;", "\\u{ffffff}"]
)
def test_nothing_and_broken_characters_are_read_as_they_are(text: str) -> None:
    seen = visible(text).text

    assert len(seen) <= len(text)
    assert not list(identifiers.numbers(seen))
    assert not list(secrets.secrets(seen))
