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
        ("5413 6082 3706 6360 11/27 482", "SECRET", "482"),
        ("Card 4462 3906 2277 2570, exp. 04/29, 077", "SECRET", "077"),
        ("the three digits on the back are 558", "SECRET", "558"),
        ("Der CVV-Code 117 steht hinten.", "SECRET", "117"),
        ("cryptogramme visuel : 904", "SECRET", "904"),
        ("El código de seguridad es 645.", "SECRET", "645"),
        ("Il codice di sicurezza è 733.", "SECRET", "733"),
        ("De beveiligingscode is 281.", "SECRET", "281"),
        ("PIN: 4821", "SECRET", "4821"),
        ("her PIN (7719) was written on the card", "SECRET", "7719"),
        ("telephone banking PIN 44 18", "SECRET", "44 18"),
        ("Geheimzahl 8805", "SECRET", "8805"),
        ("PIN-Code: 2046", "SECRET", "2046"),
        ("code PIN : 1470", "SECRET", "1470"),
        ("Your temporary password Xy7#kk20 expires tomorrow.", "SECRET", "Xy7#kk20"),
        ("Ihr Passwort g8!Wolke gilt bis morgen.", "SECRET", "g8!Wolke"),
        ("Meld je met personeelsnummer 40718 aan.", "EMPLOYEE_ID", "40718"),
        ("He drives a blue Fiesta, reg BD18 KLM, to work.", "VEHICLE_ID", "BD18 KLM"),
        ("Your Ref: B/4417/PET", "CASE_NUMBER", "B/4417/PET"),
        ("She asked about loan LN0093315 again.", "CUSTOMER_ID", "LN0093315"),
        ("Vers.-Nr. K772910334", "CUSTOMER_ID", "K772910334"),
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
        "Security code 2019 edition applies.",
        "The PIN must have 4 digits.",
        "Change your PIN every 90 days.",
        "PIN 3 on the connector is ground.",
        "Card payments rose 123 % in 2024.",
    ],
)
def test_ordinary_words_and_sums_are_no_codes(text: str) -> None:
    assert not [span for span in find(text, POLICY) if span.type in ("SECRET", "CASE_NUMBER", "CUSTOMER_ID")]
