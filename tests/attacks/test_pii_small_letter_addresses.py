"""An address that somebody typed without a capital is an address."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("i live at 12 high street, leeds and my phone is 0113 496 0000", "12 high"),
        ("please ship it to 221b baker street please", "221b baker"),
        ("meine adresse: hauptstraße 12, 50667 köln, danke", "hauptstraße 12"),
        ("send it to 14 oak avenue springfield", "14 oak avenue"),
    ],
)
def test_a_street_in_small_letters_is_found(text: str, street: str) -> None:
    start = text.index(street)
    met = [span for span in find(text, PiiPolicy()) if span.start <= start and span.end >= start + len(street)]

    assert met
