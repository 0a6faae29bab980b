"""A term that carries a name is nobody: laws, tests, diseases and models stay; people of the same name do not."""

from __future__ import annotations

import pytest

from governance.pii.detect import find
from governance.pii.settings import PiiPolicy

POLICY = PiiPolicy()
NAMES_SOMEBODY = ("PERSON", "ORGANIZATION", "NRP", "USERNAME", "STREET_ADDRESS", "MISC")


@pytest.mark.parametrize(
    "text",
    [
        "We estimate the loss by Monte Carlo simulation with ten thousand paths.",
        "All positions are Mark to Market at the close.",
        "Basel III sets the capital floor, Solvency II that of insurers, and MiFID II and EMIR apply.",
        "The Volcker Rule bars proprietary trading; the Dodd-Frank Act and Sarbanes-Oxley apply.",
        "Options are priced by Black-Scholes or by the Cox-Ross-Rubinstein tree.",
        "A Gaussian copula, a Bayesian network and a Markov chain were compared.",
        "The Sharpe ratio fell; the Sortino ratio and the Treynor ratio did not.",
        "Patients with Alzheimer's disease, Crohn's disease or Hodgkin lymphoma were excluded.",
        "Alzheimer's and Parkinson's are neurodegenerative. Parkinson's patients walk less. Crohn's is treated early.",
        "The Apgar score was 9; the Babinski sign was negative; a Foley catheter was placed.",
        "A Schilling test, a Mantoux test and a Kleihauer test were sent; a Hickman line and Hartmann's solution.",
        "Record the Waterlow score, then wash the Yankauer cannula.",
        "An Overholt clamp, a Veress needle and a Seldinger wire; the Garden IV fracture was fixed.",
        "Meckel's diverticulum, Schmorl's nodes, Gerota's fascia and a Tenckhoff catheter were seen.",
        "Braden-Skala und Barthel-Index erheben, dann Trendelenburg-Lagerung; Zugang nach Watson-Jones.",
        "Langenbeck-Haken, Overholt und Redon-Drainage zählen; das Pringle-Manöver war nicht nötig.",
        "On utilise la pince de Péan, puis le drain de Redon et l'échelle de Braden.",
        "Se registran la escala de Barthel, el índice de Charlson y la prueba de Mantoux.",
        "The culture grew Klebsiella pneumoniae, Stenotrophomonas maltophilia and Pseudomonas.",
        "Apply Mepilex Border Sacrum, then Cavilon; use Aquacel under Allevyn Gentle Border.",
        "It was a Ponzi scheme, and the debtor filed for Chapter 11 in the spring.",
        "The Gantt chart shows two delays; a Pareto analysis and an Ishikawa diagram follow.",
        "The Weibull or Pareto distribution fits better than the Poisson distribution.",
        "A Wilcoxon signed-rank test and a Kolmogorov-Smirnov test were run, and Fisher's exact test.",
        "Kaplan-Meier curves, Cox regression, Cohen's kappa and Cronbach's alpha were reported.",
        "The Zellweger syndrome and the Landau distribution were named; so was the Howey test.",
        "Under Pillar 2, Tier 1 capital comes first.",
        "The Lessee pays the Lessor; the Obligor indemnifies each Grantee.",
        "Please quote your IBAN. Cc: the compliance team",
        "The Senior Vice President was Vice President of another firm until December 2022.",
    ],
)
def test_a_term_of_art_is_nobody(text: str) -> None:
    assert [text[s.start : s.end] for s in find(text, POLICY) if s.type in NAMES_SOMEBODY] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dr Pareto called about the invoice.", "Pareto"),
        ("Ask Anna Markov for the file.", "Anna Markov"),
        ("Jim Crohn's laptop broke.", "Jim Crohn"),
        ("Bill Sharpe runs the desk.", "Bill Sharpe"),
        ("The Peter Zellweger syndrome joke was told by Peter Zellweger.", "Peter Zellweger"),
        ("Dear Ms Parkinson,\nthe Parkinson's patients are yours.", "Parkinson"),
        ("He lives with Thomas Bayes in Leeds.", "Thomas Bayes"),
        ("J. Sharpe ratio notes are his own.", "Sharpe"),
        ("Thomas hip today, Wilson knee on Friday.", "Wilson"),
        ("Mr Hartmann drank the Hartmann's solution.", "Hartmann"),
        ("Ask Anna Overholt for an Overholt clamp.", "Anna Overholt"),
        ("Mr Barthel did the Barthel scale.", "Barthel"),
        ("Frau Redon bekam eine Redon-Drainage.", "Redon"),
        ("Le docteur Péan demande une pince de Péan.", "Péan"),
        ("Tom Morse 45 minutes late today, said Tom Morse.", "Tom Morse"),
        ("Hermann's disease got worse, so we called Peter Hermann.", "Hermann"),
    ],
)
def test_a_person_who_bears_the_name_of_a_term_is_masked(text: str, name: str) -> None:
    people = [s for s in find(text, POLICY) if s.type == "PERSON"]

    start = text.index(name)
    covered = {place for s in people for place in range(s.start, s.end)}
    assert {place for place in range(start, start + len(name)) if text[place].isalpha()} <= covered
