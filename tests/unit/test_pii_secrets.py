"""Keys, tokens and passwords never reach a training row; prose about passwords does."""

from __future__ import annotations

import base64
import json
from random import Random

import pytest

from governance.pii.detect import find
from governance.pii.patterns.secrets import secrets
from governance.pii.settings import PiiPolicy

RANDOM = Random(11)


def letters(size: int, alphabet: str = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") -> str:
    return "7" + "".join(RANDOM.choice(alphabet) for _ in range(size - 1))


def web_token() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "name": "Jane"})
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join([*encoded, letters(43)])


KEY = "\n".join(["-----BEGIN {0}PRIVATE KEY-----", *(letters(64) for _ in range(6)), "-----END {0}PRIVATE KEY-----"])
SECRETS = {
    "AWS key id": "AKIA" + letters(16, "ABCDEFGHIJKLMNOP234567"),
    "GitHub token": "ghp_" + letters(36),
    "GitHub fine-grained token": "github_pat_" + letters(82),
    "GitLab token": "glpat-" + letters(20),
    "Slack token": "xoxb-123456789012-1234567890123-" + letters(24),
    "Stripe key": "sk_live_" + letters(24),
    "short Stripe key": "sk_test_" + letters(12),
    "SendGrid key": f"SG.{letters(22)}.{letters(43)}",
    "Google key": "AIza" + letters(35),
    "OpenAI key": "sk-proj-" + letters(48),
    "Anthropic key": "sk-ant-api03-" + letters(95),
    "Hugging Face token": "hf_" + letters(34),
    "npm token": "npm_" + letters(36),
    "web token": web_token(),
    "RSA key": KEY.format("RSA "),
    "OpenSSH key": KEY.format("OPENSSH "),
    "plain key": KEY.format(""),
}
SAID = {
    "password = {}": "hunter2!x",
    "Password: {}": "Tr0ub4dor&3",
    "the password is {} for now": "S0mmer2024",
    'DB_PASSWORD="{}"': "correct horse battery",
    "aws_secret_access_key = {}": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "api_key: {}": letters(32),
    "apiKey: '{}'": letters(24),
    "client secret is {}": letters(28),
    "Authorization: Bearer {}": letters(40),
    "postgresql://{}@db.internal:5432/hr": "admin:pa55/word",
    "https://{}@git.example.com/x.git": "jane:" + letters(20),
    "Server=db;User Id=sa;Password={};": "P@ssw0rd1",
    "DefaultEndpointsProtocol=https;AccountName=x;AccountKey={};": letters(86) + "==",
    "curl -s -u {} https://api.example.com/v1": "admin:hunter2x",
    "curl -X POST --user '{}' https://api.example.com/v1": "jane.doe:p@ssw0rd",
    "Passwort: {}": "Geh3im!",
    "Your PIN is {}.": "4821",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_of_known_shape_is_found_whole(secret: str) -> None:
    text = f"Use this one: {secret}\nand delete the mail."

    found = find(text, PiiPolicy())

    covered = {i for span in found if span.type == "SECRET" for i in range(span.start, span.end)}
    assert covered >= {i for i in range(14, 14 + len(secret)) if text[i].isalnum()}


@pytest.mark.parametrize(("sentence", "secret"), SAID.items())
def test_a_secret_is_found_by_the_words_before_it(sentence: str, secret: str) -> None:
    text, start = sentence.format(secret), sentence.index("{}")

    covered = {i for span in secrets(text) for i in range(span.start, span.end)}

    assert covered >= {i for i in range(start, start + len(secret)) if text[i].isalnum()}


@pytest.mark.parametrize(
    "text",
    [
        "The password is required. A token is a unit of text; its secret is safe with the depositary.",
        "Passwords: see section 4. PIN entry devices are tested. Credentials: none.",
        "The access token is issued by the server, and the private key is kept offline.",
        "Pass: 87 %. The key is that staff authenticate; api key rotation is annual.",
        "Call curl -u $USER:$PASSWORD https://example.com or curl -u <user>:<password> with your own.",
        "See https://example.com:8080/a/b and mail ops@example.com. Ratio 3:4@2x.",
    ],
)
def test_prose_about_secrets_is_no_secret(text: str) -> None:
    assert not list(secrets(text))
