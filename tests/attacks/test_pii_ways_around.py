"""Ways around the scrubber into the training rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from governance.pii.scrub import scrub, scrub_text
from governance.pii.settings import PiiPolicy
from governance.pii.standins.pseudonyms import key_of
from registry.artifacts import Artifacts
from registry.records import DocumentSet
from registry.tables import UNITS, read_table, write_table

KEY = key_of(bytes(range(32)))
"""Always the same: now and then a stand-in has the letters of `roe` in it by chance."""
EMAIL, IBAN = "jane.roe@acme-bank.com", "GB82WEST12345698765432"


@pytest.mark.parametrize(
    "text",
    [
        "Open https://intra/?u=jane.roe%40acme-bank.com today",
        "Write to jane.roe&#64;acme-bank.com today",
        "Write to jane\\.roe\\@acme-bank\\.com today".replace("\\@", "@"),
        "See contact_jane.roe@acme-bank.com_now",
        "Write to jane.roe@acme-bank\u3002com",
        "Fetch ftp://jane.roe:secret@acme-bank.com/ and https://jane.roe@acme-bank/x",
        "Pay GB82.WEST.1234.5698.7654.32 now",
        "Pay GB82\tWEST\t1234\t5698\t7654\t32 now",
        "Pay GB82  WEST  1234  5698  7654  32 now",
    ],
)
def test_a_disguised_address_or_account_is_replaced(text: str) -> None:
    scrubbed, _ = scrub_text(text, PiiPolicy(), KEY)

    assert not [secret for secret in ("roe", "acme-bank", "5698") if secret in scrubbed]


def test_no_address_passes_as_a_label_a_source_or_a_group(tmp_path: Path) -> None:
    row = {
        "unit": 1, "kind": "qa", "text": None, "prompt": "Whom do we write to?", "completion": EMAIL, "chosen": None,
        "rejected": None, "choices": [EMAIL, IBAN], "document": "d", "path": "rows.jsonl", "licence": "CC0-1.0",
        "source": f"A mail from {EMAIL}", "groups": [f"ref:{EMAIL}"],
    }  # fmt: skip
    artifacts = Artifacts(tmp_path / "artifacts")
    rows = [{**row, "unit": number} for number in range(12)]
    units = write_table(pa.Table.from_pylist(rows, schema=UNITS), artifacts, tmp_path, "units")
    documents = DocumentSet(units=units, documents=1, formats={}, licences={}, rejected=())

    scrubbed = scrub(documents, PiiPolicy(), KEY, (artifacts, tmp_path))

    kept = str(read_table(scrubbed.units, artifacts).to_pylist())
    assert EMAIL not in kept
    assert IBAN not in kept
