"""Texts made to keep a pattern busy: every rule reads each of them in time that grows with its length alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from governance.pii.detect import find
from governance.pii.mentions import addresses
from governance.pii.patterns import identifiers, phones, secrets, shapes
from governance.pii.repeats import repeated
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of, pseudonym
from governance.pii.text import rules
from governance.pii.text.pieces import CHUNK_CHARS, SHORT_CHARS, pieces
from governance.pii.text.spans import terms
from governance.pii.text.visible import visible

if TYPE_CHECKING:
    from spacy.language import Language

CHARACTERS = 10_000
SECONDS = 1.0
BAITS = (
    "1", "1 ", "1-", "1.", "1/", "12 ", "123 ", "4111 ", "(1)", "((1", "a", "A ", "Aa ", "a.", "a-", "a@",
    "a@a.", "a@a@a@", "@ ", "a_at_", "a dot ", "[at]", "a (dot) ", "(", '"', '"a" ', " ", "\n", " \n", ".", "_",
    "Mr ", "Mr. A ", "12 A Street ", "1 a b c ", "rue de ", "http://a:", "www.", "/a", "%40", "%25", "&amp;",
    "&#", "\\u", "=", "<b>", "<!-- ", "a*", "DE89 ", "AB12", "1\n> ", "zero ", "ssn ", "account ", "case no. ",
    "1 Jan ", "+1 ", "e\u0301", "\u200b", "\u202ea", "а", "аa", "–1", "\u3164", "\U000e0041", "eyJ",
    "eyJaaaaaaaa.", "password: ", 'password="', "-----BEGIN PRIVATE KEY-----", "xoxb-1-", "lives at ", "0x",
    "::1", "A.B.", "\x00", "\u2039", "a,", "a:", "$", "'s", "...",
    "1** **", "4532* ", "1[.]", "hxxp[:]//", "t.me/", "x.com/a/", "password for a ", "P<A<",
    "Dear John,\n", "12 High Street, ",
)  # fmt: skip
RUN_CHARACTERS = 30_000
ORDINARY = (
    'Jane Roe\'s letter (of 3 May) asked: "Why pay $5.20/kg, e.g. at http://shop.example/a?b=c?"\n'
    f"Introduction{'.' * 80} 5\n{'=' * 60}\nI don't know; they've said so… 20km, U.K., O'Brien's).\n" * 3
)


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


@pytest.fixture(scope="module")
def pipeline() -> Callable[[], Language]:
    """Makes the tokenizer of the shipped policy, as spaCy has it."""
    from governance.pii.analyzer import model_directory

    directory = model_directory(PiiPolicy().model)

    def made() -> Language:
        import spacy

        return spacy.load(directory, exclude=spacy.util.load_config(directory / "config.cfg")["nlp"]["pipeline"])

    return made


@pytest.fixture(scope="module")
def quick(pipeline: Callable[[], Language]) -> Language:
    from governance.pii.text.tokens import quickened

    return quickened(pipeline())


@pytest.mark.parametrize("bait", BAITS, ids=ascii)
def test_no_bait_keeps_the_tokenizer_busy(bait: str, quick: Language) -> None:
    text = (bait * RUN_CHARACTERS)[:RUN_CHARACTERS]
    started = time.process_time()

    with quick.memory_zone():
        read = quick.tokenizer(text).text

    assert time.process_time() - started < SECONDS
    assert read == text


def test_the_quick_tokenizer_gives_the_tokens_that_spacy_gives(
    pipeline: Callable[[], Language], quick: Language
) -> None:
    theirs, ours = pipeline().tokenizer(ORDINARY), quick.tokenizer(ORDINARY)

    assert [(t.idx, t.text, t.norm_) for t in ours] == [(t.idx, t.text, t.norm_) for t in theirs]


def test_a_run_longer_than_any_word_is_cut_and_nothing_of_it_is_lost(quick: Language) -> None:
    text = f"I don't {'x' * 5_000} know, {'(' * 4_001} they've said"

    tokens = quick.tokenizer(text)

    assert tokens.text == text
    assert [token.norm_ for token in tokens][:3] == ["i", "do", "not"]
    assert max(len(token) for token in tokens) == 2_000


def test_no_endless_address_keeps_its_replacement_busy() -> None:
    text = ("12 High Street, " * CHARACTERS)[: 5 * CHARACTERS]
    started = time.process_time()

    made = pseudonym("STREET_ADDRESS", text, key_of(b"k" * 32))

    assert time.process_time() - started < SECONDS
    assert not {"12", "High"} & set(made.replace(",", " ").split())


REPEATED = ("a,", "[", "=", "::", "a/b/", "a\n", "1|2\n", "1,2,3\n", "a:b:", "@a ", "Name: ", "+4930123456 ", "Smith ")


@pytest.mark.parametrize("said", REPEATED, ids=ascii)
@pytest.mark.parametrize("around", [("", ""), ("Dear Sir, I write to say: ", "!")], ids=["alone", "amid"])
def test_what_repeats_itself_is_read_once(said: str, around: tuple[str, str]) -> None:
    text = (said * CHARACTERS * 10)[: CHARACTERS * 10].join(around)

    read = {text[start:end] for start, end in pieces(text)}

    assert sum(map(len, read)) < CHARACTERS * 2


def test_what_repeats_itself_is_cut_into_equal_pieces_that_leave_nothing_out() -> None:
    text = f"Introduction. {'x' * 5_000} {'John Smith met Anna Weber. ' * 3_000}{'y ' * 300}The end."

    places = list(pieces(text))

    assert (places[0][0], max(end for _, end in places)) == (0, len(text))
    assert all(start < before for (_, before), (start, _) in pairwise(places))
    assert len({text[start:end] for start, end in places}) < 10 < len(places)


def test_a_text_that_does_not_repeat_itself_is_cut_at_its_end_alone() -> None:
    text = " ".join(map(str, range(8_000)))

    assert SHORT_CHARS < len(text) < CHUNK_CHARS
    assert list(pieces(text)) == [(0, len(text))]


def test_who_is_named_over_and_over_is_found_every_time() -> None:
    text = "Mrs Anna Weber called again. " * 1_000

    assert sum(span.type == "PERSON" for span in find(text, PiiPolicy())) == 1_000


@pytest.mark.parametrize("spaces", [26, 400])
def test_a_number_set_wide_keeps_the_look_for_the_same_number_busy_no_longer(spaces: int) -> None:
    account = (" " * spaces).join(("DE89", "3704", "0044", "0532", "0130", "00"))
    started = time.process_time()

    found = list(repeated(f"From {account} to {account}7 or {account}.", {account: "IBAN_CODE"}))

    assert time.process_time() - started < SECONDS
    assert len(found) == 2


def test_a_term_with_a_run_of_spaces_keeps_nothing_busy() -> None:
    started = time.process_time()
    pattern = terms(("Bank" + " " * 40 + "of Ruritania",))
    assert pattern is not None

    assert pattern.search("Bank" + " " * 60 + "of Nowhere") is None
    assert pattern.search("the Bank  of Ruritania")
    assert time.process_time() - started < SECONDS


def test_a_number_with_more_digits_than_any_phone_has_is_replaced_whole() -> None:
    made = pseudonym("PHONE_NUMBER", "+49 " + "1" * 5_000, key_of(b"k" * 32))

    assert sum(map(str.isdigit, made)) == 5_002
    assert "1" * 30 not in made


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "\u200b", "\ud800", "\ud800\udc00\udfff", "\x00", "&#0;", "&#1114112;", "\\u{ffffff}"]
)
def test_nothing_and_broken_characters_are_read_as_they_are(text: str) -> None:
    seen = visible(text).text

    assert len(seen) <= len(text)
    assert not list(identifiers.numbers(seen))
    assert not list(secrets.secrets(seen))
