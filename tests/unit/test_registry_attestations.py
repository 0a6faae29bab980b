"""What was read from an envelope stays what was signed."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from registry.signatures.attestations import DigestSet, Statement, StatementSubject

DIGEST = DigestSet(sha256="0" * 64)
SUBJECT = StatementSubject(name="house-assistant", digest=DIGEST)
STATEMENT = Statement(subject=(SUBJECT,), predicateType="https://example.org/decision", predicate={})


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [(DIGEST, "sha256", "1" * 64), (SUBJECT, "name", "another"), (STATEMENT, "predicate", {"decision": "approve"})],
)
def test_no_part_of_a_statement_changes_once_it_is_read(part: BaseModel, field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        setattr(part, field, value)
