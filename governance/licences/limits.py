"""What a licence asks of the size and the place of whoever uses it, against what the policy states of the house."""

from __future__ import annotations

from collections.abc import Iterator

from governance.licences.settings import Circumstances
from governance.licences.terms import Asked, Terms


def beyond(terms: Terms, ours: Circumstances, multimodal: bool = False) -> Iterator[str]:
    """A sentence for each limit that is not met, or not known to be."""
    counted: tuple[tuple[Asked, int | None], ...] = (
        ("monthly_users", ours.monthly_users),
        ("yearly_revenue_usd", ours.yearly_revenue_usd),
    )
    for field, own in counted:
        most = terms.value(field)
        if isinstance(most, int) and (own is None or own > most):
            stated = "state" if own is None else f"{own:,} is more than {most:,}, see"
            yield f"ends at {most:,} {field.replace('_', ' ')}: {stated} licences.circumstances.{field}"
    places = str(terms.value("excluded_region") or (terms.value("multimodal_region") if multimodal else "") or "")
    excluded = {place.strip().casefold() for place in places.split(",") if place.strip()}
    if excluded and not ours.regions:
        yield f"grants no right in {places}: state licences.circumstances.regions"
    elif excluded & {region.casefold() for region in ours.regions}:
        yield f"grants no right in {places}"
