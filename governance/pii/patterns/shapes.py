"""Personal data known by its shape or by the words around it: contacts, addresses, dates, reference numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

from governance.pii.patterns.checks import is_vin
from governance.pii.patterns.dates import MISREAD, MONTH_NAMES, MONTHS_ABROAD
from governance.pii.text.rules import Rule, words
from governance.pii.words.listed_names import is_given

MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]{0,6}\.?"
DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTH},? \d{{4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    rf"|\d{{1,2}}(?P<mark>[-/.]){MONTH}(?P=mark)(?:\d{{4}}|\d{{2}})(?!\w))"
)
_NUMBER_WORD = (
    r"(?:[\s-]?(?:number|numbers|nummer|n[úu]m[ée]ro|no|nos|nr|num|id|code|ref|reference|n[°º]|n(?=\.)|#)\.?)?"
)
_VALUE = (
    r"(?P<span>(?=[A-Za-z0-9/_-]{0,20}\d)(?=[A-Za-z0-9/_-]{3})[A-Za-z0-9]{1,20}(?:[-/_][A-Za-z0-9]{1,12}){0,4})(?!\w)"
)
_LONG_VALUE = (
    r"(?P<span>(?=[A-Z0-9/_-]{0,16}\d)(?=(?:[A-Z/_-]{0,6}\d){5})[A-Z0-9]{1,20}(?:[-/_][A-Z0-9]{1,12}){0,3})(?!\w)"
)
"""One that is told by five digits at least, where the label alone says little."""


_OF_WHOM = r"(?:\s(?:des|der|of(?: the)?|du|de la|del|della|van de)\s[^\W\d_]{3,24}(?=\s?:))?"
"""`Steuernummer des Mandanten: `; without the colon what follows would be of a sentence."""
_LINK = r"(?:is|was|ist|lautet|est|es|è|[:=#])?"


def _labelled(label: str, value: str = _VALUE) -> re.Pattern[str]:
    """A value after its label, in any case: `Employee number: E-12345`, `MRN (0045123)`."""
    return re.compile(rf"(?<!\w)(?i:(?:{label}){_NUMBER_WORD}{_OF_WHOM}\s?{_LINK})\s{{0,3}}[(\[\"'“‘«]?{value}")


def is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return len(text) > 3


_OF_CODE = frozenset(("console", "java", "javax", "log", "logger", "logging", "self", "std", "system", "this"))
"""What stands before a dot in code: `logger.info`, `java.io`, `System.IO`."""


def is_host(name: str) -> bool:
    """Whether a dotted name is one of the Internet, and none of a method or a module."""
    return name.split(".", maxsplit=1)[0].lower() not in _OF_CODE


_AT = r" ?(?:[\[({<] ?(?:at|@|ät) ?[\])}>]|%40) ?"
_DOT = r" ?[\[({<] ?(?:dot|punkt|\.) ?[\])}>] ?"
_PART = r"[\w+-]{1,64}"
_NEXT_LINE = r"(?:\r?\n(?=(?:com|org|net|edu|gov|info|io|eu|uk|ae)(?![\w.@])))?"

_CONTACT = (
    Rule("EMAIL_ADDRESS", re.compile(
        r"(?:(?<![\w.+%-])[\w.+%'\\-]{1,64}|(?<!\w)\"[^\"\n@]{1,64}\")\s?(?:@|%40|&#0?64;|&#x40;|&commat;)\s?"
            rf"(?:[\w-]{{1,63}}\\?\.{_NEXT_LINE}){{1,6}}[A-Za-z]{{2,24}}(?![A-Za-z0-9@])"), 1.0,
        literals=("@", "%40", "&#", "&commat;")),
    Rule("EMAIL_ADDRESS", re.compile(
        rf"(?<![\w.+%-]){_PART}(?:(?:\.|{_DOT}){_PART}){{0,4}}{_AT}(?:[\w-]{{1,63}}(?:\.|{_DOT})){{1,6}}[a-z]{{2,24}}"
            r"(?!\w)", re.IGNORECASE), 0.99, literals=(
                "[", "{", "<at", "<AT", "<@", "< ", "(at", "(AT", "(At", "(@", "( ", "(ä", "%40")),
    Rule("EMAIL_ADDRESS", re.compile(
        r"(?<![\w.+%-])[\w+-]{1,64}?(?:(?:[ _]dot[ _]|\.)[\w+-]{1,64}?){0,4}[ _]at[ _]"
            r"(?:[a-z0-9-]{1,63}[ _]dot[ _]){1,4}[a-z]{2,24}(?!\w)", re.IGNORECASE), 0.99,
            literals=(" dot ", "_dot_", " DOT ", "_DOT_", " Dot ")),
    Rule("EMAIL_ADDRESS", re.compile(
        rf"(?<![\w.+%-]){_PART}(?: \. {_PART}){{0,4}} @ {_PART}(?: \. {_PART}){{0,4}} \. [a-z]{{2,24}}(?!\w)",
        re.IGNORECASE), 0.99, literals=(" @ ",)),
    Rule("URL_USER", re.compile(r"(?<![\w/])(?:[a-z]{2,10}://|www\.)(?:[^\s<>\"]{0,300}?"
        r"/(?:~|@|in/|user/|users/|u/|people/|profile/|profiles/)[\w.%-]{2,80}|[^\s/@:]{1,80}(?::[^\s/@]{0,80})?@"
        r"[\w.-]{1,100})[^\s<>\"]{0,300}", re.IGNORECASE), 0.99, literals=("://", "www.", "WWW.")),
    Rule("URL_USER", re.compile(r"(?<![\w/])(?:[a-z]{2,10}://|www\.)[^\s<>\"?]{3,300}\?(?:[^\s<>\"&]{0,200}&){0,20}?"
        r"(?:(?:(?:first|last|full|sur|given|family|customer|client|user|display)[_-]?)?name|nachname|vorname|prenom|nom"
        r"|apellidos?|cognome|voornaam|achternaam|user|login|e?mail|phone|dob|birth_?date)=[^\s<>\"&=]{2,200}"
        r"[^\s<>\"]{0,300}", re.IGNORECASE), 0.99, literals=("?",)),
    Rule("URL", re.compile(r"(?<![\w/@])(?:(?:https?|ftp)://|www\.)[^\s<>\"]{3,400}", re.IGNORECASE), 0.6),
    Rule("URL", re.compile(r"(?<![\w/@.-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|gov|info|biz|io|co\.uk|de|fr|eu)"
        r"(?![\w@.-]\w|\(| ?=)", re.IGNORECASE), 0.5, is_host),
    Rule("USERNAME", re.compile(r"(?<![\w.@])(?P<span>@[A-Za-z_]\w{2,30}+)(?!\.\w)"), 0.5),
    Rule("USERNAME", re.compile(r"(?<![\w.@])(?P<span>@[A-Za-z]\w{1,20}[.-][A-Za-z]\w{0,20})(?![\w/(]|[.-]\w)"), 0.5,
         lambda s: any(map(is_given, re.split("[@.-]", s)))),
    Rule("USERNAME", re.compile(
        r"(?:(?<=[\w:,;.!?] )|(?<=[\"'(]))(?P<span>@[A-Za-z]\w{1,20}+\.[A-Za-z]\w{0,20}+)(?![\w/(]|[.-]\w)"),
         0.5, literals=("@",)),
    Rule("USERNAME", _labelled("user ?name|login|twitter|telegram|skype", r"(?P<span>[A-Za-z_][\w.-]{2,40})"), 0.5,
         lambda s: any(c.isdigit() or c in "._" for c in s)),
    Rule("IP_ADDRESS", re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d"
        r"|1?\d?\d)(?![\w]|\.\d)"),
         0.7),
    Rule("IP_ADDRESS", re.compile(r"(?<![\w:])(?=[0-9a-f:]{0,39}:[0-9a-f:]{0,39}:)"
        r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])",
         re.IGNORECASE), 0.99, is_ip),
    Rule("MAC_ADDRESS", re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.IGNORECASE), 0.99),
    Rule("CRYPTO", re.compile(r"(?<!\w)(?:bc1[02-9ac-hj-np-z]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34}"
        r"|0x[0-9a-fA-F]{40})(?!\w)"),
         0.7),
)  # fmt: skip

_POSTCODE = (
    r"(?:A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]"
    r"|L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE)"
    r"\d[A-Z\d]? (?!1ST|2ND)\d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d"
)
"""Of Britain, a dozen houses, and of Canada, a side of a street; both have a form of their own."""
_ID_LABELS = (
    r"ssn|itin|f?ein|social security|national(?: id(?:entity)?| insurance)?|(?:id|identity)(?: card)?|identification"
    r"|tax(?:payer)?(?: file| id(?:entification)?| reference)?|tin|nino|nhs|utr|steuer-?(?:id|nummer)"
    r"|steueridentifikationsnummer|id-?nr\.?|sozialversicherungsnummer|svnr|ahv-?n(?:umme)?r|(?:personal)?ausweis"
    r"|(?-i:NI)(?= ?(?:no|number))|brp|residence permit|aufenthaltstitel|titre de s[ée]jour|permiso de residencia"
    r"|permesso di soggiorno|c\.i\.(?= n)|seg(?:uridad)?\.? social"
    r"|carte d['’]identit[ée]|carta d['’]identit[àa]|c[ée]dula"
    r"|num[ée]ro (?:fiscal|de s[ée]curit[ée] sociale)|nir|insee|dni|nie|nif|cif|codice fiscale|partita iva|bsn"
    r"|burgerservicenummer|rijksregisternummer|pesel|nip|personnummer|cpr(?:-nummer)?|f[øo]dselsnummer|hetu|pps"
    r"|rodn[ée] [čc][íi]slo|cnp|oib|egn|sin|social insurance|tfn|abn|aadhaa?r|pan|voter|cpf|cnpj|curp|rfc|cuit|rut|vat"
    r"|iban|(?:credit |debit |payment )?card|imei|emirates id|cnic|nric"
)

_REFERENCES = (
    Rule("STREET_ADDRESS", re.compile(rf"(?<![\w/-])(?:{_POSTCODE})(?![\w/-])"), 0.6),
    Rule("ID_NUMBER", _labelled(_ID_LABELS,
        r"(?P<span>(?=[A-Zlo0-9 ./-]{0,12}\d)(?=(?:[ ./-]?[A-Zlo0-9]){6})[A-Zlo0-9]{2,18}"
            r"(?:[ ./-][A-Zlo0-9]{1,8}){0,7})(?!\w)"), 0.6),
    Rule("ID_NUMBER", _labelled("insurance|insured|medicare|medicaid|prescriber|prescription|dea|npi|user|student",
         _LONG_VALUE), 0.6),
    Rule("ID_NUMBER", re.compile(
        r"(?<!\w)[A-Z]{3} ?[A-Z]{3} ?\d{2}[A-EHLMPRST]\d{2} ?[A-Z]\d{3} ?[A-Z](?!\w)", re.IGNORECASE), 0.9),
    Rule("EMPLOYEE_ID", re.compile(r"(?:(?<=\()|(?<=, )|(?<=: ))(?!ISO|IEC|RFC|CVE|EN-|PEP|SOC)"
        r"(?P<span>[A-Z]{2,4}-\d{4,8})"
        r"(?=[),.;\n]|\Z)"), 0.5),
    Rule("ID_NUMBER", re.compile(
        r"(?<![\w-])(?:MRN|EMP|HIN|INS|NID|PAT|PID|CUST|ACCT|MBR|MEM|STU|POL)[-_#]?\d{4,12}(?![\w-])"), 0.5),
    Rule("EMPLOYEE_ID", _labelled(r"(?:employee|staff|personnel|badge|payroll|worker)s?"
        r"|(?:personal|pers\.)-?(?=n(?:r|ummer))|matricule|matricola"
        r"|(?:personeels|medewerker|werknemer)s?(?=n(?:r|ummer))"), 0.8),
    Rule("CUSTOMER_ID", _labelled(
        r"(?:customer|cust\.?|cliente?|klant|member|membership|policy|subscriber|kunden)(?:nummer)?s?"
        r"|polis|(?:p[óo]liza|polizza|police)(?: [^\W\d_]{2,10}){0,2}(?= ?n[°ºo.])"
         r"|p[óo]liza|polizza|socio|abonn[ée]|adh[ée]rent"), 0.7),
    Rule("CUSTOMER_ID", re.compile(
        r"/(?:accounts?|customers?|clients?|patients?|members?|employees?|users?)/"
        r"(?P<span>(?=(?:[A-Za-z-]{0,12}\d){4})[A-Za-z0-9-]{4,40})(?![\w.-])"), 0.7),
    Rule("BANK_ACCOUNT", _labelled(r"(?:bank |current |savings )?(?:account|acct|a/c|kontonummer|konto|compte|cuenta)"
         r"|c/c|conto(?: corrente)?|rekening|kto\.?|cta\.?|rib",
         r"(?P<span>\d{5} ?\d{5} ?[A-Z0-9]{11} ?\d{2}|\d(?:[ -]?\d){5,17}[A-Z]?|[A-Z]{2,8}\d{8,18})(?!\w)"), 0.8),
    Rule("BANK_ACCOUNT", _labelled(r"sort code|routing|aba|blz|bankleitzahl",
    r"(?P<span>\d(?:[ -]?\d){5,8})(?!\w)"), 0.8),
    Rule("BANK_ACCOUNT", re.compile(r"(?<![\w-])\d\d-\d\d-\d\d[ ,/]{1,3}\d{8}(?![\w-])"), 0.8),
    Rule("MEDICAL_RECORD", _labelled(r"mrn|medical record|health record|pati[eë]nt(?:en)?|hosp(?:ital|\.)?|chart"
         r"|cartella(?: clinica)?|n[º°] ?historia"
         r"|tessera sanitaria|historia cl[íi]nica|nhc|uhid|fall(?=-?n(?:r|ummer))"), 0.8),
    Rule("MEDICAL_RECORD", _labelled(r"kvnr|krankenvers(?:icherten)?\.?-?(?:nummer|nr\.?)|(?:aufnahme|bewohner|auftrags"
         r"|befund|labor|proben)(?=-?n(?:r|ummer))"), 0.8),
    Rule("EMPLOYEE_ID", _labelled(r"(?-i:GMC|LANR|BSNR|RPPS|ADELI|NMC|GPhC|Col\.?|Coleg\.?)(?: pin)?",
         r"(?P<span>\d{7,11}|\d\d[A-L]\d{4}[A-Z]|\d\d/?\d{4,7})(?!\w)"), 0.8),
    Rule("PASSPORT", _labelled(r"passport|reisepass|passeport|pasaporte",
    r"(?P<span>(?=\w{0,9}\d)[A-Z0-9]{6,12})(?!\w)"), 0.85),
    Rule("DRIVER_LICENSE", _labelled(r"(?:driver'?s?|driving)[ -]?licen[cs]e|(?-i:DL)-?|f[üu]hrerschein"
         r"|permis(?: de conduire)?|(?:permiso|carnet) de conducir|patente(?: di guida)?|rijbewijs",
         r"(?P<span>(?=[A-Z0-9 -]{0,20}\d)(?=(?:[ -]?[A-Z0-9]){4})"
         r"[A-Z0-9]{1,18}(?:[ -][A-Z0-9]{2,9}){0,3})(?!\w)"), 0.8),
    Rule("DRIVER_LICENSE", re.compile(r"(?<![\w-])[A-Z9]{5}\d(?:[05]\d|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d"
         r"[A-Z][A-Z9]\d[A-Z]{2}(?: ?\d\d)?(?![\w-])"), 0.99),
    Rule("CUSTOMER_ID", _labelled(r"pnr|(?:passenger name )?record locator|(?:booking|reservation|confirmation)",
         r"(?P<span>(?=[A-Z0-9]{0,7}\d)[A-Z0-9]{5,8})(?![\w-])"), 0.8),
    Rule("VEHICLE_ID", _labelled(r"vin|chassis", r"(?P<span>[A-HJ-NPR-Z0-9]{17})(?!\w)"), 0.8),
    Rule("VEHICLE_ID", re.compile(r"(?<!\w)(?!\d{17})[A-HJ-NPR-Z0-9]{13}\d{4}(?!\w)", re.IGNORECASE), 0.99, is_vin),
    Rule("VEHICLE_ID", _labelled(r"(?:vehicle )?reg(?:istration|\.)?|index|vr[mn]|kenteken|kennzeichen|targa(?:t[oa])?"
         r"|immatricul(?:ation|[ée]e?)|matr[íi]cula",
         r"(?P<span>[A-Z]{1,3}[ -]?\d{2,3}[ -]?[A-Z]{2,3}|[A-ZÄÖÜ]{1,3}[ -][A-Z]{1,2}[ -]?\d{1,4}[EH]?|\d{4} ?[B-Z]{3}"
         r"|(?=[\d-]{0,6}[A-Z])[A-Z\d]{1,3}-[A-Z\d]{2,3}-[A-Z\d]{1,2})(?!\w)"), 0.985),
    Rule("VEHICLE_ID", re.compile(r"(?<![\w-])[A-Z]{2}[0-7]\d [A-HJ-PR-Z]{3}(?![\w-])"), 0.8, None,
         words(r"cars?", r"vehicles?", r"vans?", r"park(?:s|ed|ing)?", r"driv(?:es?|ing|er)", r"drove", r"plates?",
               r"reg(?:istered)?", r"MOT", r"DVLA")),
    Rule("VEHICLE_ID", _labelled(r"licen[cs]e plate|registration plate|number ?plate|plate"), 0.7),
    Rule("CASE_NUMBER", re.compile(r"(?<![\w./-])(?P<span>\d{1,6}/\d{2,4})(?![\w/]|\.\d)"), 0.8, None,
         words(r"applications?", r"case", r"cases", r"nos?", r"nos?\.", r"complaint", r"petition", r"judgment in")),
    Rule("CASE_NUMBER", _labelled(r"(?:case|docket|file|claim|ticket|incident|matter|complaint|application|akte|crime"
         r"|aktenzeichen|dossier|sinistre|sinistro|schaden|siniestro|expediente|fascicolo|pratica|zaak)",
         r"(?P<span>(?=[A-Z0-9./-]{0,24}\d)(?!\d{1,2}(?:\.\d{1,2}){1,3}(?![\w/-]))"  # no paragraph of the next line
         r"[A-Z0-9]{1,12}(?:[-/.][A-Z0-9]{1,12}){1,5})(?!\w)"), 0.7),
    Rule("CASE_NUMBER", _labelled(r"(?:akten|gesch[äa]fts|gerichts)zeichen|az\.|gz\.",
         r"(?P<span>(?:\d{1,4}|[IVX]{1,5}) [A-Z][A-Za-z]{0,4} \d{1,6}/\d{2,4})(?!\w)"), 0.8),
    Rule("CASE_NUMBER", _labelled(r"(?:case|claim|file|matter)",
         r"(?P<span>(?=[A-Z]{0,5}\d)(?=\d{0,7}[A-Z])[A-Z0-9]{7,12})(?![\w-])"), 0.7),
    Rule("CASE_NUMBER", _labelled(
        r"(?:our|your|my|notre|votre|[nv]/) ?r[ée]f(?:[ée]rences?|\.)?|(?:unser|ihr) (?:akten)?zeichen"
        r"|(?:[nv]s\.?|nostro|vostro) rif(?:erimento|\.)?|(?:nuestra|su|[nv]/) ?ref(?:erencia|\.)?|(?:ons|uw) kenmerk",
         r"(?P<span>(?=[A-Z0-9./-]{0,24}\d)[A-Z0-9]{1,12}(?:[-/.][A-Z0-9]{1,12}){1,5})(?!\w)"), 0.8),
    Rule("CUSTOMER_ID", _labelled(r"vers(?:icherungs|icherten)?\.?[ -]?(?:nr\.?|nummer)"
         r"|loan|mortgage|kredit|darlehens"), 0.8),
    Rule("CASE_NUMBER", re.compile(r"(?<!\w)(?P<span>[A-Z]{1,4}[ -]?\d{1,6}(?:/\d{1,6}){1,3})(?!\w)"), 0.6),
)  # fmt: skip

_MAIDEN = r"(?: (?-i:[A-ZÀ-Þ])[\w'’-]{1,24}){1,2}"
_BORN = (
    r"d\.?o\.?b\.?|(?:place and )?date (?:and place )?of birth|birth ?(?:date|dt)|birthday|b-?day|born"
    r"|geb(?:oren|\.)(?:[ -]?dat(?:um|\.))?|geburts(?:dat(?:um|\.)|tag)|geboortedatum|date de naissance"
    r"|n[ée](?:e|\(e\))?(?=,? (?:le|à) )|nacid[oa](?:/[ao])?|naci[óo]|fecha de nacimiento"
    r"|(?:nat[oa](?:/[ao])?|nacque|nasceva)(?=,? (?:il|a) )"
    r"|data di nascita|(?<=\()b\."
    rf"|n[ée]e{_MAIDEN}(?=,? (?:le|à) )|nata{_MAIDEN}(?=,? (?:il|a) )|geb(?:\.|orene[rn]?){_MAIDEN}(?=,? am )"
)
_DAY_OF = r"\d{1,2}[.º°]?(?:er)?(?: de)? "
_WRITTEN_OUT = rf"{_DAY_OF}(?:{'|'.join(MONTH_NAMES)})\.?(?: de)? \d{{4}}"
_DAY_ABROAD = rf"{_DAY_OF}(?:{'|'.join(MONTHS_ABROAD)})"
_APART = r"\d{1,2} ?[./-] ?\d{1,2} ?[./-] ?(?:\d{4}|\d{2})(?!\d)"
_FORMAL = rf"\d{{1,2}}(?:st|nd|rd|th)? day of {MONTH},? \d{{4}}"
_SHORT_YEAR = rf"\d{{1,2}}(?:st|nd|rd|th)? ?{MONTH},? ?'?(?:\d{{4}}|\d{{2}})(?!\w)"
_PLACE = r"[^\W\d_][^\W\d_.' -]{0,24}(?:[ '-][^\W\d_]{1,24}){0,2}"
_BIRTH = (
    rf"(?<!\w)(?:{_BORN})(?: (?:in|at|a|à|en|te|zu) {_PLACE})?"
    rf"\s{{0,2}}(?:is|was|ist|war|lautet|est|es|è|:|=|-|–|,)?\s{{0,3}}"
    rf"(?:(?:(?:recorded |stated |shown |given |registered )?as|on|am|op|il|le|el(?: d[ií]a)?|de|der|den) )?"
    rf"(?:the |{_PLACE}, )?"
    rf"\(?(?P<span>{MISREAD}|{DATE}|{_WRITTEN_OUT}|{_APART}|{_FORMAL}|{_SHORT_YEAR})"
)
"""A line may end wherever a space stands."""
_BORN_ON = (
    rf"(?<!\w)(?P<span>{DATE}|{_WRITTEN_OUT}|{_APART}),? (?:(?:in|zu) {_PLACE} )?geboren(?:e[mnrs]?)?(?!\w)"
)
"""The date before the word, as German has it: `die am 8.3.1979 in Ulm geborene Klägerin`."""
_PERSONAL = (
    Rule("DATE_OF_BIRTH", re.compile(_BIRTH.replace(" ", r"\s"), re.IGNORECASE), 0.99),
    Rule("DATE_OF_BIRTH", re.compile(_BORN_ON.replace(" ", r"\s"), re.IGNORECASE), 0.99, literals=("gebor", "GEBOR")),
    Rule("DATE_OF_BIRTH", re.compile(
        rf"(?<!\w)(?-i:[^\W\d_a-zß-ÿ])[\w'’-]{{1,40}}[*_]{{0,2}}[,;]?[ ]?\(?(?<!\*)\*[ ]?(?:am )?"
        rf"(?P<span>{DATE}|{_WRITTEN_OUT})(?![\w*])",
        re.IGNORECASE), 0.99, literals=("*",)),
    Rule("AGE", re.compile(r"(?<![\w.])(?P<span>\d{1,3}(?:[ -]?(?:years?|yrs?|months?)[ -]old"
        r"|[ -]?y/?o))(?!\w)", re.IGNORECASE), 0.6),
    Rule("AGE", re.compile(r"(?<!\w)(?:aged?|age of)[ :]{1,2}(?P<span>\d{1,3})(?!\w)", re.IGNORECASE), 0.6),
    Rule("DATE_TIME", re.compile(rf"(?<!\w)(?:{DATE}|{_WRITTEN_OUT})(?!\w)", re.IGNORECASE), 0.6),
    Rule("DATE_TIME", re.compile(rf"(?<!\w){_DAY_ABROAD}(?!\w)", re.IGNORECASE), 0.5),
    Rule("DATE_TIME", re.compile(rf"(?<!\w)(?:\d{{1,2}} )?{MONTH} (?:\d{{4}}|\d{{1,2}})(?!\w)"), 0.5),
)  # fmt: skip


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    return (*_CONTACT, *_REFERENCES, *_PERSONAL)
