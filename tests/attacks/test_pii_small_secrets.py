"""Short codes that open an account or name a traveller, and sums that only look like such codes."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("The card expires 09/27, cvv 123, thank you.", "SECRET", "123"),
        ("CVC: 4421", "SECRET", "4421"),
        ("The security code is 987.", "SECRET", "987"),
        ("Your temporary password Xy7#kk20 expires tomorrow.", "SECRET", "Xy7#kk20"),
        ("Ihr Passwort g8!Wolke gilt bis morgen.", "SECRET", "g8!Wolke"),
        ("PNR QX7K2P was booked for two.", "CUSTOMER_ID", "QX7K2P"),
        ("Booking reference: 7KD92L for the flight.", "CUSTOMER_ID", "7KD92L"),
        ("His licence MORGA657054SM9IJ expired.", "DRIVER_LICENSE", "MORGA657054SM9IJ"),
        ("Driving licence no. MORGA657054SM9IJ", "DRIVER_LICENSE", "MORGA657054SM9IJ"),
    ],
)
def test_it_is_found_whole(text: str, kind: str, value: str) -> None:
    assert (kind, value) in [(span.type, text[span.start : span.end]) for span in find(text, POLICY)]


@pytest.mark.parametrize(
    "text",
    [
        "The order total 1,250.00 is due.",
        "The password policy applies to all staff.",
        "The password is required.",
        "The security code of conduct has 12 pages.",
    ],
)
def test_ordinary_words_and_sums_are_no_codes(text: str) -> None:
    assert not [span for span in find(text, POLICY) if span.type in ("SECRET", "CASE_NUMBER", "CUSTOMER_ID")]
