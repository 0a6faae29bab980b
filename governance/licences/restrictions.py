"""Words by which a card takes back what the licence that it states gives: they make it unknown."""

from __future__ import annotations

import html
import re
import unicodedata

_RESTRICTS = re.compile(
    r"non[- ]?\s?commercial|research(?: purposes?| use)?[ -]only|not (?:be used )?for commercial|no commercial use"
    r"|(?:academic|educational|personal|evaluation)(?: use| purposes?)? only|only for (?:academic|research|personal)"
    r"|(?:academic|research|educational)\b[^.:;]{0,40}\bpurposes,? only|\beveryone,? except\b"
    r"|\bexcept (?:for |to )?the following (?:entit|person|compan|organi[sz]ation|people|countr)"
    r"|commercial use (?:is )?(?:not|prohibited|forbidden|requires)|prohibits? commercial"
    r"|\bcommercial (?:use|applications?|exploitation|purposes?) (?:is|are) (?:not|prohibited|forbidden)"
    r"|\b(?:may|must|shall|can|should|is|are) ?not (?:to )?(?:be )?used\b[^.:;]{0,60}\bcommercial"
    r"|\b(?:you|users?) (?:(?:may|must|shall|can|should|do|agree) ?not|cannot) (?:to )?use\b[^.:;]{0,60}\bcommercial"
    r"|\bcommercial (?:users?|entit(?:y|ies)|compan(?:y|ies)|organi[sz]ations?|customers?)\b[^.:;]{0,40}"
    r"\b(?:must|needs?|requires?|required|has to|have to|may not|cannot)\b"
    r"|\bfor commercial (?:use|usage|purposes?|licen[sc]\w+)\b[^.:;]{0,30}"
    r"\b(?:contact|ask|write|e-?mail|buy|purchase|obtain|request|get)\b"
    r"|\b(?:must|needs? to|ha(?:s|ve) to|required to) (?:buy|purchase|obtain|acquire|get)\b[^.:;]{0,30}"
    r"\b(?:licen[sc]e|permission)\b"
    r"|\b(?:strictly|solely|exclusively|purely) for (?:non-?profit|academic|research|educational|personal|private)\b"
    r"|\bonly (?:academics?|researchers?|students?|scientists?|individuals?|non-?profits?|universities)\b[^.:;]{0,30}"
    r"\b(?:may|can|are)\b"
    r"|\b(?:may|must|shall|can) ?not (?:be )?(?:re-?)?(?:sell|sold)\b|\bnot for (?:re-?)?sale\b|\binternal use only\b"
    r"|\b(?:permission|consent) to use (?:it|this|the (?:model|weights))\b"
    r"|\bproprietary and confidential\b|(?:\A|[.!:*\n]\s*|\bplease )do not (?:re-?)?distribute\b"
    r"|\bnicht[- ]?kommerziell|\bnur (?:für|zu|zur) [^.:;]{0,20}(?:forschung|wissenschaft)"
    r"|\bkommerzielle nutzung (?:ist )?(?:untersagt|verboten|nicht)"
    r"|\b(?:usage|utilisation) commerciale? (?:est )?interdite?\b|\bnon[- ]?commercia(?:le?|ux)\b"
    r"|\buso comercial (?:está |esta )?prohibido\b|\bno comercial(?:es)?\b|\buso commerciale (?:è )?vietato\b"
    r"|禁止商|非商[业業用]|[仅僅]供(?:学术|學術|研究|个人|個人)|不得用于商"
    r"|商用利用は?(?:禁止|不可)|商用利用を禁|商業利用は?禁止"
    r"|\bcommons clause\b|\bresearch licen[sc]e\b|\bfree for (?:personal|academic|research|non-?profit)"
    r"|\bcommercial usage (?:is (?:not|prohibited|forbidden)|requires)"
    r"|\bcommercial licen[sc](?:e|es|ing)\b[^.:;]{0,30}\b(?:required|needed|on request)\b"
    r"|\b(?:contact|ask|write|e-?mail)\b[^.:;]{0,40}\bfor (?:a )?commercial (?:use|usage|licen[sc]\w+)"
    r"|(?:\A|[.!:*\n]\s*|\bplease )(?:do not|don['’]t|never) use (?:it|this|them)\b[^.:;]{0,60}\bcommercial"
    r"|\byou (?:(?:may|must|shall|can|should) ?not|cannot) use\b[^.:;]{0,60}\b(?:train|improve|develop)\b[^.:;]{0,20}"
    r"\bmodels?\b"
    r"|\b(?:use|usage|(?:re)?distribution|sale)\b(?: of (?:it|the|this) ?\w*| by [\w ]{1,40}?| in [\w ]{1,40}?)?"
    r"(?<! that)(?<! which) is"
    r" (?:not (?:permitted|allowed|authori[sz]ed|licen[sc]ed)|prohibited|forbidden)\b"
    r"|\b(?:limited|restricted) to (?:non-?profit|academic|research|educational|personal|private|internal|public bod)"
    r"|\bmust (?:request|ask for|apply for)\b[^.:;]{0,30}\blicen[sc]e\b|\bneeds? an? (?:\w+ )?licen[sc]e from\b"
    r"|\byou need (?:our|the authors?['’]?) (?:written |prior )*(?:consent|permission)\b"
    r"|\bif your company has (?:fewer|less) than\b"
    r"|\bkommerzielle (?:zwecke|nutzung|verwendung)\b[^.:;]{0,40}\b(?:lizenz|genehmigung|erlaubnis)\b"
    r"|\bnot (?:[\w ]{1,30} )?(?:in|by|for|within) the [\w -]{1,30} (?:sector|industry)\b"
    r"|\bsubject to (?-i:[A-Z])\w+['’]s? (?:own )?(?:terms|conditions|licen[sc]e|polic(?:y|ies))\b"
    r"|\bnur für den privaten\b|\busage (?:strictement )?(?:académique|personnel|privé)\b|\binterdite? aux\b"
    r"|\buso (?:exclusivamente )?(?:académico|personal|privado)\b"
    r"|\b(?:solo|soltanto|esclusivamente) (?:per|a) (?:scopi|fini|uso) (?:di ricerca|accademic|personal|didattic)"
    r"|[仅僅][供限]?[用于於]{1,2}(?:学术|學術|研究|科研|个人|個人)|(?:研究|学術|個人)(?:目的|利用)?で?(?:のみ|に限)",
    re.IGNORECASE,
)
FORBIDS = re.compile(
    r"\b(?:you|users?|i|model|weights)\b[^.!?]{0,40}?\b(?:(?:may|must|shall|will|can|do|should|agree|is|are) ?not"
    r"|(?:must|ca|wo|do|should)n['’]t|cannot|never|refrain)\b"
    r"|\bagree (?:not|never|to never)\b"
    r"|\b(?:prohibited|forbidden|not (?:permitted|allowed)|untersagt|verboten|interdit)\b"
    r"|\b(?:may|for) only\b|\bonly\b[^.!?]{0,40}\bmay\b|\bonly (?:for|by|in)\b",
    re.IGNORECASE,
)
"""In what has to be agreed to before a model is handed out, each of these is a condition of its own."""
GRANTS = re.compile(
    r"\bpermission is (?:hereby |also |only )*(?:granted|given)\b|\bhereby (?:\w+ )?grants?\b", re.IGNORECASE
)
"""How a text gives rights of its own, whatever licence its heading names."""
_DASHES = re.compile("[\u2010-\u2015\u2212]")


def restriction(text: str) -> str:
    """The first words of `text` that restrict, however its dashes are written; empty where none do."""
    shown = unicodedata.normalize("NFKC", html.unescape(text)).replace("\xad", "")
    found = _RESTRICTS.search(_DASHES.sub("-", shown))
    return found[0] if found else ""
