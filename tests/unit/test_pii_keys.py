"""Keys of code, configuration, mark-up and queries type their values, however their words are joined."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


def found(text: str) -> list[tuple[str, str]]:
    return [(span.type, text[span.start : span.end]) for span in find(text, POLICY)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('DB_USER = "metrics_77"', "USERNAME", "metrics_77"),
        ("export DB_USER=lbrandt7", "USERNAME", "lbrandt7"),
        ("db-user: lbrandt7", "USERNAME", "lbrandt7"),
        ("spring.datasource.username=lbrandt7", "USERNAME", "lbrandt7"),
        ('const userName: string = "lbrandt7";', "USERNAME", "lbrandt7"),
        ("  user := 'lbrandt7'", "USERNAME", "lbrandt7"),
        ("$cfg['db_user'] = 'lbrandt7';", "USERNAME", "lbrandt7"),
        ("'dbUser' => 'lbrandt7',", "USERNAME", "lbrandt7"),
        ('{"a": 1, "smtpUser": "lbrandt7"}', "USERNAME", "lbrandt7"),
        (r'"{\"dbUser\": \"lbrandt7\"}"', "USERNAME", "lbrandt7"),
        ('<patient mrn="HX-441902" ward="3"/>', "MEDICAL_RECORD", "HX-441902"),
        ('<worker empid="4420417"/>', "EMPLOYEE_ID", "4420417"),
        ('<employer name="Pale Heron Works" city="x"/>', "ORGANIZATION", "Pale Heron Works"),
        ('<ns:patient name="Lena Brandt"/>', "PERSON", "Lena Brandt"),
        ('{"v": 2, "patient_first_name": "Lena"}', "PERSON", "Lena"),
        ('row = {"secondaryPhone": "030 5550133"}', "PHONE_NUMBER", "030 5550133"),
        ('{"v": 2, "insuranceNumber": "NX-5540013"}', "CUSTOMER_ID", "NX-5540013"),
        ('{"v": 2, "insurance_id": "NX-5540013"}', "CUSTOMER_ID", "NX-5540013"),
        ("ssn=642-45-7913&name=Lena Brandt&page=2", "PERSON", "Lena Brandt"),
        ("ssn=642-45-7913&name=Deborah+Rogers", "PERSON", "Deborah+Rogers"),
        ("ssn=642-45-7913&name=Omar%20Haddad", "PERSON", "Omar%20Haddad"),
        ("https://shop.test/u?name=Lena Brandt&email=x", "PERSON", "Brandt"),
    ],
)
def test_a_key_types_its_value(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ssn=642-45-7913&phone=+1 (415) 555-0132&name=Lena Brandt", "phone"),
        ("ssn=642-45-7913&phone=+1 (415) 555-0132&name=Lena Brandt", "name"),
        ('# Owner Thomas Gonzalez\nDB_HOST = "10.0.0.1"', "DB_HOST"),
        ('# Config for Lena Brandt\nAPI_URL: "https://x.test"', "API_URL"),
        ("Visit 12 Oak Street, Chester, TN 58136\nPlaintiff SSN: 859-49-1455", "Plaintiff"),
        ('<patient name="Lena Brandt" mrn="HX-441902"/>', "name"),
    ],
)
def test_a_key_is_no_part_of_what_stands_beside_it(text: str, key: str) -> None:
    at = text.index(key)

    assert not [span for span in find(text, POLICY) if span.start < at + len(key) and at < span.end]


@pytest.mark.parametrize(
    "text",
    [
        'const user = "postgres"; fileName = "Report Final";',
        '{"dependencies": {"passport": "^0.7.0", "x": 1}}',
        '<input name="firstName" placeholder="First name">',
        'if (user == "admin" || role === "user") { go(); }',
        '<child name="calendar"/><child name="terminal"/>',
        'labels = {"lastName": "Last name", "userName": "User name"}',
        '"scripts": {"host_name": "build", "table_name": "orders", "max_age": "30"}',
    ],
)
def test_code_about_nobody_stays(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ['logger.info("started")', "import java.io", "self.info = 1", "console.info(x)"])
def test_methods_and_modules_are_no_hosts(text: str) -> None:
    assert "URL" not in [kind for kind, _ in found(text)]


def test_hosts_stay_found() -> None:
    assert ("URL", "acme.io") in found("Write to the people of acme.io today.")
