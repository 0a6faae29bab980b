"""Numbers of laws, standards and rules: public, however much `575/2013` or `EN 13485` looks like somebody's file.

A number that is called a case's, an application's or a file's stays one, and so does one with a court's sign before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.pii.text.rules import BEFORE_CHARS, words
from governance.pii.text.spans import Range, joined

RULEBOOKS = (
    "AIFMD", "AIFMR", "AMLD", "AMLR", "BCOBS", "BDSG", "BGB", "BIPRU", "BMR", "BRRD", "BSA", "CASS", "CCPA", "CMCOB",
    "COBS", "COCON", "COLL", "COMP", "CONC", "CRA", "CRD", "CREDS", "CRR", "CSDDD", "CSDR", "CSRD", "DEPP", "DGSD",
    "DISP", "DORA", "DSGVO", "DTR", "ECOA", "EMIR", "ERISA", "FATCA", "FCRA", "FDCPA", "FEES", "FSMA", "FSMR", "FUND",
    "GDPR", "GENPRU", "GLBA", "HGB", "HIPAA", "ICOBS", "IDD", "IFPRU", "INSPRU", "KWG", "MAR", "MCOB", "MIFIDPRU",
    "MLR", "MaRisk", "MiCA", "MiCAR", "MiFID", "MiFIR", "NIS2", "PERG", "POCA", "PRIIPs", "PRIN", "PROD", "PSD2",
    "PSD3", "REACH", "RESPA", "RGPD", "SFDR", "SFTR", "SMCR", "SOX", "SUP", "SYSC", "StGB", "TILA", "UCITS", "UKLR",
    "UKMAR", "WpHG", "eIDAS",
)  # fmt: skip
"""Laws and rulebooks by what everybody calls them; alone they are public too (`eponyms`)."""
_UNION = r"(?:EU|EC|EEC|EG|EWG|CE|CEE|UE|Euratom|JHA|JI|JAI|GAI|CFSP|GASP|PESC|PESD)"
_BODY = rf"(?:\({_UNION}(?:, ?{_UNION})?\)|{_UNION})"
_NO = r"(?:no|nos|nr|n|num|núm|n[°º]|n\.? ?[°ºo])\.?"
_SLASHED = rf"\d{{1,4}}/\d{{1,4}}(?:/{_UNION})?(?!\w|/\d)"
_ACT_WORDS = (
    r"directives?|regulations?|laws?|acts?|decrees?|ordinances?|statutes?|framework decisions?|council decisions?"
    r"|commission decisions?|richtlinien?|verordnung(?:en)?|gesetze?s?|rahmenbeschl[uü]ss(?:e|es)?|r[eè]glements?|lois?"
    r"|d[ée]crets?|ordonnances?|directivas?|reglamentos?|ley(?:es)?|decretos?|direttiv[ae]|regolament[oi]|legg[ei]"
    r"|richtlijn(?:en)?|verordening(?:en)?|wet(?:ten)?"
)
_NUMBERED = rf"(?: {_BODY})?(?: {_NO})? ?{_SLASHED}"
_AND = r"(?:,| and| und| et| y| e| en| or|;|,? as amended by)"
_STANDARDS = (
    r"(?:BS|DIN|NF|UNE|UNI|NEN|OENORM|GB/T)(?: EN)?(?: ISO)?|EN(?: ISO)?(?:/IEC)?|ISO(?:/IEC)?(?:/IEEE)?(?: TS| TR)?"
    r"|IEC|ANSI|ASTM|IEEE|NIST(?: SP| IR| CSF)?|FIPS(?: PUB)?|RFC|IFRS|IFRIC|IAS|SIC|FRS|SSAP|ASC|ASU|ISAE?|SSAE"
    r"|ISQ[MC]|SAS|SOC|PCI DSS|BCBS|ITU-T|ETSI(?: TS| EN)?|3GPP(?: TS)?|PEP|CVE|CWE|SR"
)
_POSTCODE = r"(?:BS|SR)\d{1,2} \d[A-Z]{2}(?!\w)"
"""Of Bristol or Sunderland, no British Standard and no Swiss law."""
_PARTS = (
    r"art\.?|articles?|sections?|sec\.|§§?|rules?|chapters?|annex(?:es)?|schedules?|paragraphs?|paras?\.?|recitals?"
    r"|artikel|abs(?:atz|\.)|artículos?|articol[oi]|considérants?|erwägungsgr[uü]nde?"
)
_NUMBERED_PARTS = (
    r"parts?|appendix|clauses?|regulations?|tables?|figures?|pages?|steps?|phases?|levels?|pillars?|versions?|forms?|tiers?"
    r"|class|categor(?:y|ies)|groups?|types?|stages?|least|most|risks?|days?|weeks?|months?|years?|items?"
)
PLACE_WORDS = rf"(?:the |an? )?(?:{_PARTS}|{_NUMBERED_PARTS})"
"""What has a number in a text, in a law or elsewhere."""
_PLACES = re.compile(rf"(?:{PLACE_WORDS} \d{{1,4}}[a-z]?(?:[\s,;&]|and|or|to){{0,6}}){{1,8}}", re.IGNORECASE)
_COURTS = r"UKSC|UKHL|UKPC|EWCA (?:Civ|Crim)|EWHC|UKUT|UKFTT|CSIH|CSOH|AC|QB|KB|Ch|WLR|All ER|ECR"
_REPORTERS = (
    r"U\. ?S\.|S\. ?Ct\.|L\. ?Ed\.(?: ?2d)?|F\.(?: ?(?:2d|3d|4th))?|F\. ?Supp\.(?: ?[23]d)?|B\.R\.|Fed\. ?Appx\."
    r"|(?:A|P|N\.E|N\.W|S\.E|S\.W|So)\. ?[23]d"
)
"""Of American courts: `556 U.S. 662 (2009)`."""
_CODES = (
    r"(?:PZN|EAN|GTIN|NDC|LOINC|SNOMED(?: CT)?|CAS|UDI|LOT|[Ll]ot|[Bb]atch|Chargen(?:nummer|-?Nr\.?)|Ch\.-B\.?|PIP|CPT"
    r"|HCPCS|ICD(?:-?1[01])?(?:-(?:GM|CM|O))?|CIM(?:-10)?|CIE(?:-10)?|OPS|OPCS(?:-4)?|ATC|HRG|DRG|GO[ÄA]|EBM|CCAM|NGAP"
    r"|LPP|CCSD|Ziffern?|Hilfsmittel-?(?:Nr\.?|nummer)|dm\+d|AWMF|S[123]-Leitlinie|BNF|EDQM|UNII)"
)
"""Of products, diagnoses, treatments and fees."""
_CODE = r"(?=[\w()./-]{0,8}\d)\(?[A-Z]{0,4}\d?[\w.-]{0,24}(?:\(\d{2}\)[\w.-]{1,20}){0,4}(?![\w-])"
_MORE_CODES = r"(?:[A-Z]\d[\w.]{1,10}|\d-\d{3}(?:\.\w{1,3})?|\d{5}(?![ -]?\d))(?!\w)"
_BOOK = rf"(?:{'|'.join(RULEBOOKS)})"
_IN_ANY_CASE = (
    rf"(?<!\w)(?:{_ACT_WORDS}){_NUMBERED}(?:{_AND}(?: (?:{_ACT_WORDS}))?{_NUMBERED}){{0,12}}",
    r"(?<!\w)(?:lois?|d[ée]crets?|ordonnances?|arr[êe]t[ée]s?) n[°º] ?\d{2,4}-\d{1,4}(?![\w-])",
    rf"(?<!\w)(?:{_PARTS}) ?\d{{1,4}}[a-z]?(?:[.(]\w{{1,4}}\)?){{0,6}}(?: (?:of )?(?:the )?{_BOOK}(?!\w))?(?! ?%)",
)
_AS_WRITTEN = (
    r"(?<!\w)(?:Justice )?Acts?(?: of)? (?:1[2-9]|20)\d{2}(?![\w/-])",
    rf"(?<![\w/]){_BODY} ?(?:[Nn](?:o|r|°|º)\.? ?)?{_SLASHED}",
    rf"(?<![\w/.-])\d{{1,4}}/\d{{1,4}}/{_UNION}(?!\w)",
    rf"(?<!\w){_BOOK}(?: I{{1,3}}V?| IV| V)?(?: Regulation| Directive)?,? ?\(?{_SLASHED}\)?",
    rf"(?<!\w){_BOOK} \d{{1,2}}[A-Z]?(?:\.\d{{1,3}}[A-Z]{{0,2}}){{1,4}}",
    rf"(?<!\w)(?!{_POSTCODE})(?:{_STANDARDS})[ -]?\d{{1,5}}(?!\d)(?:[.:/-]?\w){{0,24}}"
    r"(?:(?:, | and | or )\d{4,5}(?![\w/])){0,8}",
    r"(?<!\w)\d{1,2} (?:U\.? ?S\.? ?C\.?|C\.? ?F\.? ?R\.?) ?(?:§{1,2} ?|Part )?\d[\w.()-]{0,24}",
    r"(?<!\w)(?:Pub\.? ?L\.? ?(?:No\.? ?)?\d{2,3}[-–]\d{1,4}|\d{1,3} Fed\.? ?Reg\.? ?[\d,]{1,8})",
    r"(?<!\w)(?:S\.?I\.?|SR) (?:No\.? ?)?\d{4}/\d{1,4}",
    r"(?<!\w)(?:ECLI:[A-Z]{2}:\w{1,10}:\d{4}:[\w.]{1,20}|CELEX:? ?[1-9]\d{4}[A-Z]{1,2}\d{4})",
    r"(?<!\w)(?:OJ [LC] ?\d{1,4}(?:/\d{1,4})?|COM\(\d{4}\) ?\d{1,4})",
    rf"(?<![\w.])\d{{1,4}} (?:{_REPORTERS}) \d{{1,5}}(?!\w)(?:, \d{{1,5}})?"
    r"(?: \([^()\n]{0,24}(?:1[789]|20)\d{2}\))?",
    rf"(?<!\w){_CODES}[ -]?(?:(?:[Cc]odes?|[Nn]o|[Nn]r|[Nn]umber|n[°º])\.?)?[ :(]{{1,2}}{_CODE}"
    rf"(?:{_AND} {_MORE_CODES}){{0,12}}",
    rf"\[(?:19|20)\d{{2}}\] (?:\d )?(?:{_COURTS}) \d{{1,5}}(?: \(\w{{2,8}}\))?",
)
_BARE = re.compile(
    r"(?<![\w/.-])(?<![A-Z] )(?<![A-Z][A-Za-z] )(?:\d{1,4}/(?:19|20)\d{2}|(?:19|20)\d{2}/\d{1,4})"
    rf"(?:/{_UNION})?(?![\w/-])"
)
_CITED = (*(re.compile(body, re.IGNORECASE) for body in _IN_ANY_CASE), *map(re.compile, _AS_WRITTEN))
_CALLED_A_CASE = words(
    r"applications?", r"cases?", r"complaints?", r"petitions?", r"judge?ments?", r"files?", r"dockets?", r"claims?",
    r"matters?", r"appeals?", r"nos?", r"invoices?", r"tickets?", r"az", r"aktenzeichen", r"akten?", r"urteil\w*",
    r"rechtssache\w*", r"dossiers?", r"affaires?", r"arr[êe]ts?", r"r[ôo]le", r"rg", r"n°", r"expedientes?",
    r"asuntos?", r"sentencias?", r"procedimientos?", r"causa", r"ricors[oi]", r"sentenz[ae]", r"pratica", r"zaak",
    r"zaaknummer", r"vonnis", r"sygn",
)  # fmt: skip


def is_place(value: str) -> bool:
    """Whether it is nothing but places in a text (`Pillar 2, Tier 1`, `Section 4`)."""
    return _PLACES.fullmatch(value) is not None


def called_a_case(text: str, start: int) -> bool:
    """Whether a word for a case, a file or the like stands before what begins at `start`."""
    return _CALLED_A_CASE.search(text, max(0, start - BEFORE_CHARS), start) is not None


def citations(text: str) -> list[Range]:
    """Where laws, standards and rules are cited by their numbers, in order and disjoint."""
    if not any(map(str.isdigit, text)):
        return []
    cited = {match.span() for pattern in _CITED for match in pattern.finditer(text)}
    return list(joined(cited.union(_bare(text))).places)


def _bare(text: str) -> Iterator[Range]:
    """Number and year, which nobody calls a case's: `575/2013` alone, or in brackets."""
    for match in _BARE.finditer(text):
        if not called_a_case(text, match.start()):
            yield match.span()
