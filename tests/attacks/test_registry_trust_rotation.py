"""Which versions of the trust root follow one another, case by case as TUF's own client is tested.

A case is a row of versions: the root keys it lists, its threshold, and who signed it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from registry.errors import ConfigError, IntegrityError, NotFound, ReleaseReplayed, TrustBroken, UnknownSigner
from registry.signatures import envelopes
from registry.trust.keys import Key, new_key
from registry.trust.principals import Principal, Thresholds, Trust
from registry.trust.root import PAYLOAD_TYPE, history, load_pinned, load_trust, read_version, version_path
from registry.trust.signing import accept, create_trust, enroll
from tests.registered import NOW

Row = tuple[str, int, str]
"""(root keys, threshold, signers), a key a letter"""


@dataclass(frozen=True)
class Ring:
    """Root keys by letter, and a folder in which versions are put."""

    root: Path
    keys: dict[str, Key]

    @property
    def path(self) -> Path:
        return self.root / "trust.json"

    def version(self, number: int, row: Row, days: int = 365, **more: object) -> bytes:
        roots, threshold, signers = row
        trust = Trust.model_validate({
            "version": number, "expires": NOW + timedelta(days=days), "thresholds": Thresholds(root=threshold),
            "roots": tuple(self.keys[letter].public_pem for letter in roots), **more,
        })  # fmt: skip
        signed = [self.keys[letter] for letter in signers]
        return envelopes.seal(trust.model_dump_json().encode(), PAYLOAD_TYPE, signed).encode()

    def put(self, number: int, data: bytes) -> None:
        """In place without asking, as somebody with the folder could."""
        version_path(self.path, number).parent.mkdir(exist_ok=True)
        version_path(self.path, number).write_bytes(data)
        self.path.write_bytes(data)

    def offer(self, number: int, data: bytes) -> Path:
        proposal = self.root / f"{number}.offered.json"
        proposal.write_bytes(data)
        return proposal


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key]:
    place = tmp_path_factory.mktemp("roots")
    return {letter: new_key(letter, place) for letter in "abcdefghij"}


@pytest.fixture
def ring(tmp_path: Path, keys: dict[str, Key]) -> Ring:
    return Ring(tmp_path, keys)


SOUND: dict[str, list[Row]] = {
    "one key rotated, signed by old and new": [("a", 1, "a"), ("b", 1, "ba"), ("b", 1, "b")],
    "strangers' signatures beside the needed ones": [("a", 1, "cad"), ("b", 1, "cbad"), ("b", 1, "cbd")],
    "three of five": [("abcde", 3, "ace"), ("abcde", 3, "aeb"), ("abcde", 3, "abd")],
    "three of five, one rotated": [("abcde", 3, "ace"), ("abdef", 3, "aeb")],
    "three of five, one rotated, four signatures": [("abcde", 3, "ace"), ("abdef", 3, "acef"), ("abdef", 3, "aef")],
    "three of five, all rotated": [("abcde", 3, "ace"), ("fghij", 3, "acefgh"), ("fghij", 3, "fgh")],
    "threshold raised": [("abc", 1, "a"), ("abc", 2, "ab")],
    "threshold lowered by the old threshold": [("abc", 2, "ab"), ("abc", 1, "ab"), ("abc", 1, "a")],
    "a second root key": [("a", 1, "a"), ("ab", 2, "ab")],
}
FORGED: dict[str, list[Row]] = {
    "rotated without the old key": [("a", 1, "a"), ("b", 1, "bcd")],
    "rotated without the new key": [("a", 1, "a"), ("b", 1, "acd")],
    "too few of the new keys": [("abcde", 3, "ace"), ("abdef", 3, "ace")],
    "too few of the old keys": [("abcde", 3, "ace"), ("abdef", 3, "aef")],
    "threshold raised by too few": [("abc", 1, "a"), ("abc", 2, "b")],
    "threshold lowered by too few": [("abc", 2, "ab"), ("abc", 1, "a")],
    "signed by nobody known": [("a", 1, "a"), ("a", 1, "b")],
    "one key signs for two": [("ab", 2, "ab"), ("ab", 2, "a")],
}


@pytest.mark.parametrize("rows", SOUND.values(), ids=SOUND)
def test_a_sound_row_of_versions_is_accepted_and_walked(ring: Ring, rows: list[Row]) -> None:
    for number, row in enumerate(rows, start=1):
        accept(ring.path, ring.offer(number, ring.version(number, row)), NOW)

    walked = history(ring.path)

    assert [v.trust.version for v in walked] == list(range(1, len(rows) + 1))
    assert load_trust(ring.path, NOW).version == len(rows)


@pytest.mark.parametrize("rows", FORGED.values(), ids=FORGED)
def test_a_version_that_too_few_signed_is_neither_accepted_nor_believed(ring: Ring, rows: list[Row]) -> None:
    accept(ring.path, ring.offer(1, ring.version(1, rows[0])), NOW)
    pin = ring.root / "pin"
    load_pinned(ring.path, pin, NOW)
    forged = ring.version(2, rows[1])

    with pytest.raises(UnknownSigner):
        accept(ring.path, ring.offer(2, forged), NOW)
    assert load_trust(ring.path, NOW).version == 1
    ring.put(2, forged)
    with pytest.raises(UnknownSigner):
        load_pinned(ring.path, pin, NOW)
    with pytest.raises(UnknownSigner):
        history(ring.path)


def test_whoever_pinned_an_old_version_walks_over_expired_ones_to_the_newest(ring: Ring) -> None:
    pin = ring.root / "pin"
    ring.put(1, ring.version(1, ("a", 1, "a"), days=400))
    load_pinned(ring.path, pin, NOW)
    ring.put(2, ring.version(2, ("b", 1, "ab"), days=1))
    ring.put(3, ring.version(3, ("c", 1, "bc"), days=2))
    ring.put(4, ring.version(4, ("c", 1, "c"), days=800))

    assert load_pinned(ring.path, pin, NOW + timedelta(days=10)).version == 4
    assert read_version(pin).trust.version == 4


@pytest.mark.parametrize(
    ("attack", "error"),
    [("missing", TrustBroken), ("emptied", IntegrityError), ("swapped", TrustBroken), ("forged", UnknownSigner)],
)
def test_a_walk_ends_at_a_step_that_is_not_the_next(ring: Ring, attack: str, error: type[IntegrityError]) -> None:
    for number in (1, 2, 3, 4):
        ring.put(number, ring.version(number, ("a", 1, "a"), days=100 * number))
        if number == 1:
            load_pinned(ring.path, ring.root / "pin", NOW)
    step = version_path(ring.path, 2)
    instead = {
        "emptied": b"",
        "swapped": version_path(ring.path, 3).read_bytes(),
        "forged": ring.version(2, ("b", 1, "b")),
    }
    if attack == "missing":
        step.unlink()
    else:
        step.write_bytes(instead[attack])

    with pytest.raises(error):
        load_pinned(ring.path, ring.root / "pin", NOW)


@pytest.mark.parametrize("number", [1, 2, 4, 2**40])
def test_a_version_number_that_is_not_the_next_is_not_accepted(ring: Ring, number: int) -> None:
    for n in (1, 2):
        accept(ring.path, ring.offer(n, ring.version(n, ("a", 1, "a"), days=100 + n)), NOW)
    offered = ring.offer(number, ring.version(number, ("a", 1, "a"), days=700))

    with pytest.raises(TrustBroken):
        accept(ring.path, offered, NOW)


def test_another_document_under_a_number_that_was_seen_is_a_replay(ring: Ring) -> None:
    for number in (1, 2):
        ring.put(number, ring.version(number, ("a", 1, "a")))
    load_pinned(ring.path, ring.root / "pin", NOW)

    for data in (ring.version(2, ("a", 1, "a"), days=900), ring.version(1, ("a", 1, "a"))):
        ring.path.write_bytes(data)
        with pytest.raises(ReleaseReplayed):
            load_pinned(ring.path, ring.root / "pin", NOW)


def test_pinned_root_keys_are_believed_after_they_were_rotated_away(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.put(1, ring.version(1, ("ab", 2, "ab")))
    ring.put(2, ring.version(2, ("cd", 2, "abcd")))
    monkeypatch.setenv("MUNIMENT_TRUST_ROOT", f"{ring.keys['a'].id}, {ring.keys['b'].id}")

    assert load_trust(ring.path, NOW).version == 2


def test_one_of_two_pinned_root_keys_cannot_found_another_trust_root(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUNIMENT_TRUST_ROOT", f"{ring.keys['a'].id},{ring.keys['b'].id}")
    ring.put(1, ring.version(1, ("a", 1, "a")))

    with pytest.raises(UnknownSigner):
        load_trust(ring.path, NOW)


def test_a_withdrawn_key_does_not_come_back_for_anybody(ring: Ring) -> None:
    root, mallory = ring.keys["a"], ring.keys["b"]
    create_trust(ring.path, root, NOW)
    enroll(ring.path, root, Principal(name="rita", roles=("reviewer",), keys=(mallory.public_pem,)), NOW)
    from registry.trust.changes import without_person
    from registry.trust.signing import change

    change(ring.path, without_person(load_trust(ring.path, NOW), "rita"), [root], NOW)

    with pytest.raises(ConfigError, match="withdrawn"):
        enroll(ring.path, root, Principal(name="tom", roles=("operator",), keys=(mallory.public_pem,)), NOW)


def test_a_later_version_founds_no_trust_root(ring: Ring) -> None:
    with pytest.raises(NotFound):
        accept(ring.path, ring.offer(5, ring.version(5, ("a", 1, "a"))), NOW)


def test_a_copy_without_its_versions_is_named_as_such(ring: Ring, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        ring.put(number, ring.version(number, ("a", 1, "a"), days=100 + number))
    copy = Ring(tmp_path / "copy", ring.keys)
    copy.root.mkdir()
    shutil.copyfile(ring.path, copy.path)

    with pytest.raises(TrustBroken, match="version 1"):
        history(copy.path)


def test_a_first_version_that_was_never_changed_is_its_own_history(ring: Ring) -> None:
    ring.path.write_bytes(ring.version(1, ("a", 1, "a")))

    assert [v.trust.version for v in history(ring.path)] == [1]


def test_one_root_key_of_two_enrols_nobody(ring: Ring) -> None:
    ring.path.write_bytes(ring.version(1, ("ab", 2, "ab")))
    person = Principal(name="rita", roles=("reviewer",), keys=(ring.keys["c"].public_pem,))

    with pytest.raises(UnknownSigner, match="one root key of several"):
        enroll(ring.path, ring.keys["a"], person, NOW)
    assert load_trust(ring.path, NOW).principals == ()


NOT_ROOTS: dict[str, bytes] = {
    "a release": b'{"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": []}',
    "junk": b"junk", "nothing": b"", "a list": b"[]",
}  # fmt: skip


@pytest.mark.parametrize("data", NOT_ROOTS.values(), ids=NOT_ROOTS)
def test_what_is_no_trust_root_is_neither_read_nor_accepted(ring: Ring, data: bytes) -> None:
    ring.path.write_bytes(data)

    with pytest.raises(IntegrityError):
        load_trust(ring.path, NOW)
    with pytest.raises(IntegrityError):
        accept(ring.root / "elsewhere.json", ring.path, NOW)


def test_a_trust_root_that_cannot_be_read_is_named(ring: Ring) -> None:
    ring.path.mkdir()

    with pytest.raises(IntegrityError, match="cannot be read"):
        load_trust(ring.path, NOW)


def test_accepting_twice_changes_nothing(ring: Ring) -> None:
    offered = ring.offer(1, ring.version(1, ("a", 1, "a")))
    first = accept(ring.path, offered, NOW)
    before = ring.path.read_bytes()

    assert accept(ring.path, offered, NOW) == first
    assert ring.path.read_bytes() == before


def test_a_version_before_the_first_change_is_kept_as_well(ring: Ring) -> None:
    ring.path.write_bytes(ring.version(1, ("a", 1, "a")))

    enroll(ring.path, ring.keys["a"], Principal(name="r", roles=("auditor",), keys=(ring.keys["b"].public_pem,)), NOW)

    assert [v.trust.version for v in history(ring.path)] == [1, 2]
