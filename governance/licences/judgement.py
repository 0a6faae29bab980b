"""May an adapter made of this be used for that, and what does it owe? Materials and policy in, refusals and duties out.

Fails closed: no material, a licence nobody knows, one that the policy does not accept, and a limit that the
policy does not answer are refusals, each with its reason and the way to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from governance.licences.expressions import normalise, parts, settled
from governance.licences.limits import beyond
from governance.licences.materials import Material
from governance.licences.settings import LicencePolicy
from governance.licences.terms import Terms, Use
from registry.errors import LicenceRefused

PREFIX_COUNTS: frozenset[Use] = frozenset(("serve_external", "distribute"))


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    licence: str
    material: str
    chain: tuple[str, ...]


class Refusal(_Finding):
    """Why a use is not allowed: by which licence, of what, and how the adapter comes to it."""

    use: Use
    sentence: str


class Owed(_Finding):
    """A duty: `duty` is `KIND` or `KIND: VALUE`, `sentence` says it in words."""

    duty: str
    sentence: str


def refusals(
    materials: Sequence[Material], use: Use, policy: LicencePolicy, name: str
) -> tuple[Refusal, ...]:
    """Every reason against using an adapter called `name`, made of `materials`, in that way."""
    if not materials:
        return (_refusal(None, "none", use, "no licence of anything is recorded"),)
    found = [refusal for material in materials for refusal in _of_material(material, use, policy, name, materials)]
    return (*found, *_incompatible(materials, use, policy))


def require(materials: Sequence[Material], uses: Iterable[Use], policy: LicencePolicy, name: str) -> None:
    """Raises LicenceRefused for the first use that is not allowed, with all its reasons."""
    for use in uses:
        against = refusals(materials, use, policy, name)
        if against:
            raise LicenceRefused(
                f"may not be used to {spoken(use)}: " + "; ".join(_told(refusal) for refusal in against),
                "leave that out, or have the policy's owner look at licences: in policy.yaml",
                _grounds(against, use, policy),
            )


def _grounds(against: Sequence[Refusal], use: Use, policy: LicencePolicy) -> str:
    """Which licences of what; one that nobody knows is as it was stated, and that could be any words."""
    found = []
    for refusal in against:
        try:
            licence = normalise(refusal.licence, policy)
        except LicenceRefused as unknown:
            licence = unknown.grounds
        found.append(f"{refusal.material} under {licence}")
    return f"{use}: {'; '.join(dict.fromkeys(found))}"


def owed(materials: Sequence[Material], uses: Sequence[Use], policy: LicencePolicy) -> tuple[Owed, ...]:
    """What the adapter owes to whom, one line for each licence, duty and material; unknown licences owe a review."""
    found = []
    for material in materials:
        for licence in _parts(material, uses, policy):
            found += [
                Owed(
                    licence=licence, material=described(material), chain=material.chain,
                    duty=str(duty), sentence=duty.sentence,
                )
                for duty in policy.terms_of(licence).asks
            ]  # fmt: skip
    return tuple(dict.fromkeys(found))


def licences_of(materials: Sequence[Material], uses: Sequence[Use], policy: LicencePolicy) -> tuple[str, ...]:
    """Every licence that counts, each once, in the order of the materials."""
    return tuple(dict.fromkeys(licence for material in materials for licence in _parts(material, uses, policy)))


def described(material: Material) -> str:
    """`base model llama`, `12 documents`, `document 3f2a…`, `900 sft rows`."""
    what = "document" if material.what == "documents" else material.what
    return f"{what} {material.name}" if material.count == 1 else f"{material.count} {material.name}"


def spoken(use: Use) -> str:
    """`serve_external` as people say it."""
    return {"serve_internal": "serve inside", "serve_external": "serve outside"}.get(use, use)


def _told(refusal: Refusal) -> str:
    way = f" (by way of {' → '.join(refusal.chain)})" if refusal.chain else ""
    return f"{refusal.material}: {refusal.sentence}{way}"


def _of_material(
    material: Material, use: Use, policy: LicencePolicy, name: str, every: Sequence[Material]
) -> Iterator[Refusal]:
    try:
        expression = normalise(material.licence, policy)
    except LicenceRefused as error:
        yield _refusal(material, material.licence or "(none stated)", use, error.message)
        return
    chosen = settled(expression, (use,), policy)
    if chosen is None:
        yield _refusal(material, expression, use, f"{expression} is not accepted for {use} by this policy")
        return
    multimodal = material.what == "base model" and not material.architecture.endswith("ForCausalLM")
    for licence in chosen:
        terms = policy.terms_of(licence)
        for sentence in (
            *beyond(terms, policy.circumstances, multimodal),
            *_name(terms, use, name),
            *_teaching(terms, licence, use, material, every, policy),
        ):
            yield _refusal(material, licence, use, f"{licence}: {sentence}")


def _name(terms: Terms, use: Use, name: str) -> Iterator[str]:
    prefix = str(terms.value("name_prefix") or "")
    if use in PREFIX_COUNTS and not _letters(name).startswith(_letters(prefix)):
        yield f"asks that the name begin with {prefix!r}, and it is {name!r}: set adapter in pipeline.yaml"


def _teaching(
    terms: Terms, licence: str, use: Use, material: Material, every: Sequence[Material], policy: LicencePolicy
) -> Iterator[str]:
    """Rows under a model's licence are that model's answers; some may teach no other model than itself."""
    if use != "train" or material.what == "base model" or all(duty.duty != "no_other_models" for duty in terms.asks):
        return
    bases = [one for one in every if one.what == "base model"]
    if not bases or any(licence not in _parts(base, (use,), policy) for base in bases):
        yield "its answers may improve no other model"


def _incompatible(materials: Sequence[Material], use: Use, policy: LicencePolicy) -> Iterator[Refusal]:
    """What is made from two share-alike licences could be handed on under neither."""
    if use != "distribute":
        return
    asked = {
        str(target): material
        for material in materials
        for licence in _parts(material, (use,), policy)
        if (target := policy.terms_of(licence).value("share_alike"))
    }
    if len(asked) > 1:
        yield _refusal(
            None, " AND ".join(sorted(asked)), use, f"{' and '.join(sorted(asked))} each ask to be the only licence"
        )


def _parts(material: Material, uses: Sequence[Use], policy: LicencePolicy) -> tuple[str, ...]:
    """The licences that count for a material: of a choice the side that is accepted for every use, else the side of
    each use; of a refused one all."""
    try:
        expression = normalise(material.licence, policy)
    except LicenceRefused:
        return (material.licence or "(none stated)",)
    if together := settled(expression, uses, policy):
        return together
    each = [settled(expression, (use,), policy) or parts(expression) for use in uses]
    return tuple(dict.fromkeys(licence for side in each for licence in side))


def _refusal(material: Material | None, licence: str, use: Use, sentence: str) -> Refusal:
    about = described(material) if material else "the whole"
    return Refusal(
        licence=licence, material=about, chain=material.chain if material else (), use=use, sentence=sentence
    )


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
