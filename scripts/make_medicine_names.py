"""Write pii/naming/medicines.txt: uv run --with drug-named-entity-recognition==2.0.9 --no-project --script THIS.

Substances and brands as MedlinePlus, the NHS and DrugBank's open vocabulary have them, in English and in other
languages, from the dictionary of drug-named-entity-recognition (MIT, see NOTICE). What people bear as a name is left
out: a medicine in the list is never masked as somebody whom the model guesses.
"""

from __future__ import annotations

import bz2
import pickle
import re
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "governance" / "pii"
_SUBSTANCE, _BRAND = re.compile(r"[a-z]{6,}"), re.compile(r"[a-z]{5,}")
_LISTED = frozenset(("nhs_url", "medline_plus_id"))
_MORE = """
augmentin clavulanate noradrenaline tazocin movicol laxido pabrinex hypostop glucogel
"""
"""Of hospitals, and missing there."""
_BORNE = """
acacia actos acupan admon afrin akamin alamag alcover alinia allegra almora alora aluminum alverine amanta amcha
ameluz amias amicar andazol arava aremis arestin armour avita avocado banan belladonna bicol calan camila camphor
canasa capex carac cartia cathine cecon chamomile charcoal chimax chinin chitin cholac cinna cobalt colace colgate
copal copper cortan cotton creon dagan dalmane dapaz dolin exelon fennel gambir gemtesa halog hazelnut helium hemel
idacio intal istin jumex junik kadian kalma kaolin kendrick kerlon kineret kuvan lavisa lindan lindane mabura mareen
marol menthol midon mirena modus nadide nicolar opana orencia ovide oyster pandel papain poultry prent promet provas
rayos reazo renova repan revia ridaura ridene ronnel rosemary salex savella sebar serine sertan shrimp siklos silicon
silver siran soliris sorine sular tafil tamik tareg testolin theon tigan timox tipuric titanium valerian valine
valstar vasten vicks volon zabien zantic zeven
"""
"""Names of people first, of whatever country, and words that stand for other things than medicines."""


def main() -> None:
    people = (HERE / "words" / "surrogate_names.txt").read_text(encoding="utf-8").split()
    kept = sorted((medicines() | set(_MORE.split())) - {*people, *_BORNE.split()})
    lines = (" ".join(group) for _, group in groupby(kept, key=lambda word: word[:2]))
    (HERE / "naming" / "medicines.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def medicines() -> set[str]:
    """Single words without accents: all substances, and what else those are called that patients are told of."""
    spec = find_spec("drug_named_entity_recognition")
    if spec is None or spec.origin is None:
        raise SystemExit("install drug-named-entity-recognition==2.0.9 first")
    with bz2.open(Path(spec.origin).with_name("drug_ner_dictionary.pkl.bz2")) as file:
        read = pickle.load(file)
    told = {name for name, facts in read["drug_canonical_to_data"].items() if _LISTED & facts.keys()}
    known = {name for name, facts in read["drug_canonical_to_data"].items() if "drugbank_id" in facts}
    called = {name for name, of in read["drug_variant_to_canonical"].items() if told & set(of)}
    substances = {name for name in told | known if _SUBSTANCE.fullmatch(name)}
    return substances | {name for name in called if _BRAND.fullmatch(name)}


if __name__ == "__main__":
    main()
