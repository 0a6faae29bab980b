"""Names in their own script inside an English text are masked; a quoted word of that script is not."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
NAMES = (
    "Иван Петров", "Ольга Смирнова", "Γιώργος Παπαδόπουλος", "محمد علي", "فاطمة الزهراء", "דוד כהן", "王小明",
    "山田太郎", "김민수", "प्रिया शर्मा", "นางสาว สมใจ", "Արամ Խաչատրյան",
)  # fmt: skip


def masked(text: str) -> set[int]:
    """The places of letters that are replaced."""
    covered = {i for s in find(text, POLICY) if s.type in POLICY.replace for i in range(s.start, s.end)}
    return {i for i in covered if text[i].isalpha()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "sentence",
    [
        "Please contact {} about the loan.",
        "The manager {} signed for the branch.",
        "Name: {}",
        "Kind regards,\n{}",
        "The tenant, {}, moved out in May.",
        "Li Wei ({}) is a client of ours.",
    ],
)
def test_a_name_in_its_own_script_is_masked(sentence: str, name: str) -> None:
    text = sentence.format(name)
    start = text.index(name)

    assert {i for i in range(start, start + len(name)) if text[i].isalpha()} <= masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "The practice of guanxi (关系) is not a bribe by itself.",
        "The Greek word λόγος and the Arabic term عقد are explained in the glossary.",
        "Set σ to 2 and α to 0.05; Δt is one day and the load is 5 Ω.",
        "In kaizen (改善) every worker may stop the line.",
    ],
)
def test_a_quoted_word_of_another_script_stays(text: str) -> None:
    assert masked(text) == set()
