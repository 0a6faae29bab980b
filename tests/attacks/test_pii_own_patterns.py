"""Patterns of policy.yaml that would keep the scrubber busy for ever: refused when it is read, stopped when it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.pii.detect import find
from governance.pii.patterns import own_patterns
from governance.pii.settings import OwnPattern, PiiPolicy
from governance.policy import load_policy
from registry.errors import ConfigError


@pytest.mark.parametrize(
    ("pattern", "example"),
    [
        ("(a+)+b", "aab"),
        ("(?:[A-Z]+[0-9]*)+-X", "AB12-X"),
        ("(?:[A-Z]+ )+[0-9]+", "AB CD 12"),
        (r"(?:\w+\.?)+@", "a.b@"),
        ("(x|xx)+y", "xy"),
        ("EMP-[0-9]{6}|(?:x+x+)+y", "EMP-004217"),
    ],
)
def test_a_pattern_that_one_line_can_keep_busy_is_refused_with_a_way_on(
    pattern: str, example: str, tmp_path: Path
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(f"pii:\n  patterns:\n    - {{type: CUSTOMER_ID, pattern: '{pattern}', examples: ['{example}']}}\n")

    with pytest.raises(ConfigError, match=r"policy\.yaml:3.*too long for repeated characters; write it without"):
        load_policy(path)


@pytest.mark.parametrize(
    ("pattern", "example"),
    [
        (r"NQ-\d{5}", "NQ-12345"),
        (r"(?i)kd[- ]?\d{4}", "KD-1234"),
        (r"(?<!No )\d{3}(?:-\d{3}){2}", "123-456-789"),
        (r"[A-Z]{2,4}(?:/[A-Z0-9]{1,6}){1,5}", "AB/C1/D2"),
        (r"CUST-\d+", "CUST-1"),
        (r"(?P<year>\d{4})/(?P<number>\d{1,6})", "2024/17"),
    ],
)
def test_an_ordinary_pattern_is_taken_and_finds_its_examples(pattern: str, example: str) -> None:
    own = OwnPattern(type="CUSTOMER_ID", pattern=pattern, examples=(example,))

    found = find(f"It says {example}, on top.", PiiPolicy(patterns=(own,)))

    assert "CUSTOMER_ID" in {span.type for span in found}


def test_an_example_made_to_keep_its_pattern_busy_is_read_in_no_time() -> None:
    with pytest.raises(ValueError, match="does not match its example"):
        OwnPattern(type="CUSTOMER_ID", pattern="(a+)+b", examples=("a" * 60 + "c",))


def test_a_text_that_keeps_a_pattern_busy_after_all_stops_the_scrubber_by_name() -> None:
    untried = OwnPattern.model_construct(type="EMPLOYEE_ID", pattern="(7|77)+8", examples=("78",))
    policy = PiiPolicy().model_copy(update={"patterns": (untried,)})

    with pytest.raises(ConfigError, match=r"EMPLOYEE_ID pattern .* takes longer than 2 s for one text") as raised:
        find(f"Number {'7' * 40_000} 8 was called.", policy)

    assert "777" not in raised.value.message
    assert "policy.yaml" in raised.value.next_step


def test_a_pattern_is_too_slow_only_where_it_is_twice() -> None:
    spent = iter((None, 3, None, None))

    def search() -> int:
        if (found := next(spent)) is None:
            raise TimeoutError
        return found

    assert own_patterns._patiently(search) == 3
    with pytest.raises(TimeoutError):
        own_patterns._patiently(search)
