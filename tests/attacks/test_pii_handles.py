"""People in paths, names of files, chats and old mail: no account, no speaker and no file gives a name away."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()


def masked(text: str) -> set[int]:
    """The places of letters that are replaced."""
    covered = {i for s in find(text, POLICY) if s.type in POLICY.replace for i in range(s.start, s.end)}
    return {i for i in covered if text[i].isalpha()}


def unmasked(text: str, names: list[str]) -> list[str]:
    """Of `names`, those of which a letter stays."""
    clear = {i for i, c in enumerate(text) if c.isalpha()} - masked(text)
    return [name for name in names if not clear.isdisjoint(range(at := text.index(name), at + len(name)))]


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("See /home/mmueller/report.txt for details.", "mmueller"),
        ("Saved in C:\\Users\\j.smith\\Desktop\\plan.docx then.", "j.smith"),
        ('{"path": "C:\\\\Users\\\\Okonkwo\\\\x.log"}', "Okonkwo"),
        ("C:\\Users\\Chidera Okonkwo\\Downloads is full.", "Chidera Okonkwo"),
        ("Open /Users/annaweber/Documents now.", "annaweber"),
        ("rsync a/ nas:/home/pkowalski/", "pkowalski"),
        ("\\\\fileserver\\users\\kjohnson\\budget.xlsx is locked.", "kjohnson"),
        ("cd /export/home/rbodin", "rbodin"),
        ("login CORP\\jwinter failed three times", "jwinter"),
        ("Logon by user: ACME\\tom.baker", "tom.baker"),
        ("EMEA\\k204417 is locked", "k204417"),
        ("EMEA\\j.smith is locked", "j.smith"),
        ("runas /user:EMEA\\m.de.vries", "m.de.vries"),
    ],
)
def test_the_owner_of_a_home_directory_is_masked(text: str, account: str) -> None:
    assert unmasked(text, [account]) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Please sign Contract_John_Smith_2021.pdf today.", ["John", "Smith"]),
        ("Attached: CV-Oluwaseun-Adeyemi.docx", ["Oluwaseun", "Adeyemi"]),
        ("File cv_anna_weber.docx was uploaded.", ["anna", "weber"]),
        ("Attached PriyaRaghunathan_Resume.pdf", ["Priya", "Raghunathan"]),
        ("See /data/hr/MUELLER_KARL_payslip.pdf", ["MUELLER", "KARL"]),
        ("s3://bucket/kyc/zeynep-yildiz-id.png was read.", ["zeynep", "yildiz"]),
    ],
)
def test_whom_a_file_is_named_after_is_masked(text: str, names: list[str]) -> None:
    assert unmasked(text, names) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<jsmith> hi\n<mweber> hello there", ["jsmith", "mweber"]),
        ("[10:04] <rbodin> did you see it?\n[10:05] <+emily_k> yes", ["rbodin", "emily_k"]),
        ("Thanks @j.smith for the review.", ["smith"]),
        ("[10:04] Anna K.: are you there?\n[10:05] Oni: yes\n[10:06] Mark: no", ["Anna", "Oni", "Mark"]),
        ("12/03/2024, 10:04 - Noé: sent it\n12/03/2024, 10:09 - Mikołaj Zet: thanks", ["Noé", "Mikołaj Zet"]),
        ("Anna 10:04\nhello\nOni 10:05\nhi", ["Anna", "Oni"]),
    ],
)
def test_who_speaks_in_a_chat_is_masked(text: str, names: list[str]) -> None:
    assert unmasked(text, names) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "from : melvin a hanks\nto : vince kaminski/hou/ect@ect\ncc : shirley b crenshaw/hou/ect@ect\nsubject : x",
            ["hanks", "vince kaminski", "shirley b crenshaw"],
        ),
        ("- - - - forwarded by coral ordóñez / hou / ect on 02 / 05 / 2000 03 : 17 pm - - -\nfyi", ["coral ordóñez"]),
        (
            "niek bresse @ ect\n03 / 09 / 2000 08 : 57 am\nto : andrew b oliver / hou / ect @ ect",
            ["niek bresse", "oliver"],
        ),
        (
            "- - - original message - - -\nfrom : adanna okeke\nsent : may 1 , 2001\nto : thi minh ; ana y ruiz",
            ["okeke", "ruiz"],
        ),
    ],
)
def test_headers_of_mail_in_small_letters_name_people(text: str, names: list[str]) -> None:
    assert unmasked(text, names) == []


@pytest.mark.parametrize(
    "text",
    [
        "Logs are in /home/ubuntu/logs, /home/user/.cache and C:\\Users\\Public\\Documents.",
        "Open Quarterly_Report_Final_2021.pdf, Risk_Register_v2.xlsx and data-protection-policy.docx.",
        "10:00 - Welcome: the chair opens\n10:30 - Coffee: in the hall\n11:00 - Budget: for decision",
        "10:04:12 Kernel: started\n10:04:13 Scheduler: queue of 4 jobs",
        "<p> text\n<br> more text\n<name> is a slot",
        "Then run test_data_loader.py and main.config.yaml.",
    ],
)
def test_files_timetables_and_markup_are_nobody(text: str) -> None:
    assert masked(text) == set()


@pytest.mark.parametrize("text", ["HKLM\\software\\x", "TOTAL\\nfoo", "SUM\\tbar", "AB\\alpha(1)", "NT AUTHORITY\\SYS"])
def test_keys_of_a_registry_and_escapes_are_no_accounts(text: str) -> None:
    assert not [s for s in find(text, POLICY) if s.type == "USERNAME"]


@pytest.mark.parametrize(
    "text",
    [
        "Let $AB\\perp CD$ and $PQ\\cdot RS$; $AUC\\pm SD$, $AIC\\le BIC$, $ABC\\cong DEF$, $SO\\longrightarrow SU$.",
        "The group $SU\\ltimes G$ and $AB\\unheardof C$; ABC\\smallskip DEF\\maketitle GHI\\hskip",
        "SECTION\\ref{a} IEEE\\cite{b} NASA\\emph{x} CD\\hline EF\\quad GH",
        "{\\rtf1\\pard HELLO\\par WORLD\\cell AB\\row SUM\\line END\\page}",
        "grep 'SELECT\\sfrom' SRC\\include DOCS\\main.java, backup by TMP\\logs\\new; instance SQL01\\sqlexpress",
        "Account: ACME\\nbalance: 5, paid by ACME\\ntoday",
    ],
)
def test_mathematics_patterns_and_folders_behind_capitals_are_no_accounts(text: str) -> None:
    assert not [s for s in find(text, POLICY) if s.type == "USERNAME"]
