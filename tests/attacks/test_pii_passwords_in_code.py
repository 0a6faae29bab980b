"""Passwords and accounts where no `is` or `:` announces them, and code that only speaks of passwords."""

from __future__ import annotations

import time

import pytest

from governance.pii.detect import find
from governance.pii.fields import keys
from governance.pii.patterns.passwords import passwords
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('pass := "Moon7;Light@"', "Moon7;Light@"),
        ('  dbPass: "$Moon7Light!"', "$Moon7Light!"),
        ('DB_PASS = "7Moon%Light#"', "7Moon%Light#"),
        ('db-password: "#Moon7$Light"', "#Moon7$Light"),
        ("dbpass='Moonlight'", "Moonlight"),
        ('DB_PASSWORD_PROD: "Moonlight"', "Moonlight"),
        ("export DB_PASSWORD=moon(7,8);light", "moon(7,8);light"),
        ("CREATE USER 'k'@'%' IDENTIFIED BY 'moonlight';", "moonlight"),
        ("alter user k identified with caching_sha2_password by 'Moon 7 light'", "Moon 7 light"),
        ("CREATE USER k IDENTIFIED BY moonlight", "moonlight"),
        ("ALTER ROLE k WITH LOGIN PASSWORD 'moonlight';", "moonlight"),
        ("<db_password>moonlight</db_password>", "moonlight"),
        ("He got in with password 'Moon7Light!' on Monday.", "Moon7Light!"),
        ('It was opened with the password "MoonLight!".', "MoonLight!"),
        ("credentials: kim@shop.test / Moon7Light", "Moon7Light"),
        ("The credentials kim@shop.test / MoonLight! or lee@shop.test:Sun8Light leaked.", "Sun8Light"),
        ("Login: kim / Moon7Light", "Moon7Light"),
        ("Use the guest box (pwd moon77) for now.", "moon77"),
        ("Your first password MoonLight77 is valid for a day.", "MoonLight77"),
    ],
)
def test_a_password_is_masked_to_its_last_sign(text: str, secret: str) -> None:
    assert ("SECRET", secret) in [(span.type, text[span.start : span.end]) for span in find(text, POLICY)]


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("CREATE USER 'metrics_77'@'10.0.0.1' IDENTIFIED BY 'x';", "metrics_77"),
        ("GRANT ALL ON *.* TO `lbrandt`@`%`;", "lbrandt"),
        ('DROP ROLE IF EXISTS "o.haddad";', "o.haddad"),
        ("CREATE USER lbrandt7 WITH LOGIN;", "lbrandt7"),
        ("The UserID 'lbrandt' was locked.", "lbrandt"),
        ("The login for 'kim@shop.test' was 'net_ops', they said.", "net_ops"),
    ],
)
def test_an_account_in_sql_or_in_quotes_is_masked(text: str, account: str) -> None:
    assert ("USERNAME", account) in [(span.type, text[span.start : span.end]) for span in find(text, POLICY)]


@pytest.mark.parametrize(
    "text",
    [
        'password = os.environ["DB_PASSWORD"]',
        'password = get_secret("db")',
        "db_password = settings.db_password",
        "const password = process.env.PASSWORD;",
        "PASSWORD=${PASSWORD}",
        'login with password "{password}" or password "<password>"',
        "The modules are identified by name, and a user is identified as 'known'.",
        "The password 'policy' and the password “field” are described below.",
        "Choose a password that nobody knows. Password managers help; passwords expire.",
        "See the login page at /login / Sign-in. Credentials: Bachelor / Master.",
        '<input type="password" name="x"/> <password>{{ pw }}</password>',
    ],
)
def test_code_and_prose_about_passwords_stay(text: str) -> None:
    assert not [text[span.start : span.end] for span in find(text, POLICY) if span.type in ("SECRET", "USERNAME")]


@pytest.mark.parametrize("account", ["root", "postgres", "admin", "public"])
def test_accounts_that_every_machine_has_stay(account: str) -> None:
    assert not list(find(f"GRANT ALL ON t TO '{account}'@'localhost';", POLICY))


@pytest.mark.parametrize(
    "bait",
    ['a="', "a-", "user='a", 'pass "', "pass := ", "a@a.a / ", "credentials: a", "<a name=", "&a=", "?a=b&", "\na:",
     "<password>", "password_", "identified by ", "GRANT a TO ", "'a'@", "A_B = ", "\npassword=a("],
)  # fmt: skip
def test_no_bait_keeps_keys_and_passwords_busy(bait: str) -> None:
    text = (bait * 10_000)[:10_000]
    started = time.process_time()

    list(passwords(text))
    list(keys.keys(text))
    list(keys.heads(text))
    list(keys.quoted(text, 0))
    list(keys.queries(text, 0))

    assert time.process_time() - started < 1.0
