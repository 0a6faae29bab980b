"""One broken byte costs one sign, not the file's other words."""

from __future__ import annotations

import json

import pytest

from flows.ingest import formats, plain

ASKED = [{"prompt": f"Où est l'élève {number} ?", "completion": "À l'école."} for number in range(5)]
LINES = [json.dumps(row, ensure_ascii=False).encode() for row in ASKED]


def test_a_broken_line_leaves_the_accents_of_the_others() -> None:
    data = b"\n".join([*LINES, b'{"prompt": "Qui \xe9crit ?", "completion": "Lui."}'])

    reading = formats.read(data, ".jsonl", 1000)

    assert [unit.prompt for unit in reading.units[:-1]] == [row["prompt"] for row in ASKED]
    assert reading.units[-1].prompt == "Qui \ufffdcrit ?"


@pytest.mark.parametrize("text", ["Die Höhe beträgt fünf Meter. Größe", "Отчёт о рисках за год, часть вторая"])
def test_a_text_cut_in_the_middle_of_a_sign_keeps_the_rest(text: str) -> None:
    cut = text.encode() + "é".encode()[:1]

    assert plain.decode(cut) == f"{text}\ufffd"


@pytest.mark.parametrize(
    "text", ["Größe und Höhe der Fläche sind hier genannt", "Le numéro du contrat, même échu, reste à noter"]
)
def test_a_text_of_the_windows_code_page_is_still_one(text: str) -> None:
    assert plain.decode(text.encode("cp1252")) == text


@pytest.mark.parametrize("encoding", ["shift_jis", "cp1251", "gb18030", "euc_kr"])
def test_a_text_of_another_code_page_is_not_taken_for_broken_utf_8(encoding: str) -> None:
    words = {"cp1251": "Отчёт о рисках за год, часть вторая. ", "euc_kr": "한국어로 작성된 내부 문서입니다. "}
    data = (words.get(encoding, "日本中国文書規則第一条。") * 20).encode(encoding)

    assert "\ufffd" not in plain.decode(data)
