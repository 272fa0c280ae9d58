"""What OWL 2 RL cannot say, in words: one sentence for each kind of axiom that no rule expresses.

An axiom outside the profile is never passed over in silence. The sentence says what is *lost*, because an
author who reads "unsupported" cannot tell whether an answer will be missing.
"""

from bpo_kg.vocabulary import shorten


class NotExpressible(Exception):
    """A class expression that rules cannot express where it stands; never leaves the compiler."""

    def __init__(self, code: str, *names: object) -> None:
        super().__init__(code)
        self.code = code
        self.names = [shorten(getattr(name, "value", str(name))) for name in names]


_LOST: dict[str, tuple[str, str]] = {
    "some-right": (
        "that every member has a value of {0}: no such value is made up (owl:someValuesFrom on the right)",
        "bahwa setiap anggota memiliki nilai {0}: nilai itu tidak diciptakan (owl:someValuesFrom di sisi kanan)",
    ),
    "union-right": (
        "that every member belongs to at least one of several classes (owl:unionOf on the right)",
        "bahwa setiap anggota termasuk sedikitnya satu dari beberapa kelas (owl:unionOf di sisi kanan)",
    ),
    "one-of-right": (
        "that every member is one of the listed individuals (owl:oneOf on the right)",
        "bahwa setiap anggota adalah salah satu individu yang didaftar (owl:oneOf di sisi kanan)",
    ),
    "min-right": (
        "that every member has at least {1} values of {0}",
        "bahwa setiap anggota memiliki sedikitnya {1} nilai {0}",
    ),
    "max-right": (
        "that no member has more than {1} values of {0}: only 0 and 1 can be expressed",
        "bahwa tidak ada anggota yang memiliki lebih dari {1} nilai {0}: hanya 0 dan 1 yang dapat dinyatakan",
    ),
    "all-left": (
        "that whatever has only such values of {0} is a member (owl:allValuesFrom on the left)",
        "bahwa apa pun yang seluruh nilai {0}-nya demikian adalah anggota (owl:allValuesFrom di sisi kiri)",
    ),
    "not-left": (
        "that whatever is not in a class is a member (owl:complementOf on the left): a missing fact is not a no",
        "bahwa apa pun yang tidak termasuk suatu kelas adalah anggota (owl:complementOf di sisi kiri): "
        "fakta yang tidak ada bukanlah tidak",
    ),
    "count-left": (
        "that whatever has this number of values of {0} is a member (a cardinality on the left)",
        "bahwa apa pun yang memiliki jumlah nilai {0} ini adalah anggota (kardinalitas di sisi kiri)",
    ),
    "self": (
        "that a thing is related to itself by {0} (owl:hasSelf)",
        "bahwa sesuatu berhubungan dengan dirinya sendiri lewat {0} (owl:hasSelf)",
    ),
    "data-range": (
        "which literals the data range admits: only named datatypes and their intersections are checked",
        "literal mana yang diterima rentang data itu: hanya tipe data bernama dan irisannya yang diperiksa",
    ),
    "reflexive": (
        "that everything is related to itself by {0} (owl:ReflexiveProperty)",
        "bahwa segala sesuatu berhubungan dengan dirinya sendiri lewat {0} (owl:ReflexiveProperty)",
    ),
    "everything": (
        "that everything there is belongs to the class (owl:Thing on the left)",
        "bahwa segala sesuatu termasuk kelas itu (owl:Thing di sisi kiri)",
    ),
    "covering": (
        "that every member of {0} belongs to one of the parts; the parts are kept as disjoint subclasses",
        "bahwa setiap anggota {0} termasuk salah satu bagian; bagiannya tetap dianggap subkelas yang saling lepas",
    ),
    "top": (
        "what is said of {0}, which relates everything to everything",
        "apa yang dikatakan tentang {0}, yang menghubungkan segala sesuatu dengan segala sesuatu",
    ),
    "alternatives": (
        "the whole axiom: its unions multiply to more than {0} combinations; name the inner unions as classes",
        "seluruh aksioma: gabungannya menghasilkan lebih dari {0} kombinasi; beri nama kelas pada gabungan di dalamnya",
    ),
    "malformed": (
        "the whole axiom: {0} is not a class expression of OWL",
        "seluruh aksioma: {0} bukan ekspresi kelas OWL",
    ),
}


def lost(problem: NotExpressible) -> dict[str, str]:
    """Return what is lost by a refusal, as a sentence in each language."""
    en, indonesian = _LOST[problem.code]
    return {
        "en": "outside OWL 2 RL; lost: " + en.format(*problem.names),
        "id": "di luar OWL 2 RL; yang hilang: " + indonesian.format(*problem.names),
    }


CODES = tuple(_LOST)
