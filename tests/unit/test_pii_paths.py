"""What a scrubbed file may be called."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from governance.pii.standins.paths import plain_words, scrubbed_path
from governance.pii.standins.pseudonyms import key_of

KEY, OTHER = key_of(b"k" * 32), key_of(b"o" * 32)
KNOWN = frozenset(("hr", "letter", "to", "leave", "policy"))
PARTS = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=40)


def test_a_path_of_plain_words_stays() -> None:
    assert scrubbed_path("hr/leave-policy.md", KNOWN, KEY) == "hr/leave-policy.md"


def test_other_words_and_numbers_give_way_to_digits_of_the_key() -> None:
    new = scrubbed_path("HR/Letter to Jane Roe 1980-05-12.docx", KNOWN, KEY)

    assert new.startswith("HR/Letter-to-")
    assert new.endswith(".docx")
    assert not [word for word in ("Jane", "Roe", "1980") if word in new]
    assert new != scrubbed_path("HR/Letter to Jane Roe 1980-05-12.docx", KNOWN, OTHER)
    assert new != scrubbed_path("HR/Letter to Jane Poe 1980-05-12.docx", KNOWN, KEY)


def test_a_name_of_plain_words_alone_is_shortened_where_a_suffix_would_make_it_too_long() -> None:
    new = scrubbed_path(f"letter{'-' * 240}.html", KNOWN, KEY)

    assert new.startswith("letter-")
    assert len(new) < 150


def test_words_with_capitals_are_no_vocabulary() -> None:
    assert plain_words("The letter from Anna WEBER to policy-makers") == {"letter", "from", "to", "policy", "makers"}


@given(st.lists(PARTS, min_size=1, max_size=4))
def test_a_path_stays_below_its_folder_and_keeps_no_unknown_word(parts: list[str]) -> None:
    new = scrubbed_path("/".join([*parts, "file.txt"]), KNOWN, KEY)

    assert not new.startswith("/")
    assert ".." not in new.split("/")
    assert all(len(part.encode()) < 255 for part in new.split("/"))
    assert {word.lower() for word in re.findall(r"[a-z]{2,}", re.sub(r"[0-9a-f]{8}", "", new))} <= {*KNOWN, "txt"}
