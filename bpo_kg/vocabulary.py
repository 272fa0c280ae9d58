"""Namespaces and the few IRIs that the code itself has to name.

Everything else about the domain stands in Turtle; a term is named here only if code reads or writes it.
"""

from typing import Final

BASE: Final = "https://w3id.org/bpo-kg/"
BPO: Final = BASE + "ontology#"
PROC: Final = BASE + "process/"
CHAN: Final = BASE + "channel/"
CRIT: Final = BASE + "criterion/"
RULE: Final = BASE + "rule/"
STMT: Final = BASE + "statement/"
SCALE: Final = BASE + "scale/"
COUNTRY: Final = BASE + "country/"
LANG: Final = BASE + "language/"
ROW: Final = BASE + "row/"
ASSESSMENT: Final = BASE + "assessment/"
CLAIM: Final = BASE + "claim/"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCTERMS: Final = "http://purl.org/dc/terms/"
PROV: Final = "http://www.w3.org/ns/prov#"
SH: Final = "http://www.w3.org/ns/shacl#"

GRAPH: Final = BASE + "graph/"
ASSERTED: Final = GRAPH + "asserted"
INFERRED: Final = GRAPH + "inferred"
ASSESSED: Final = GRAPH + "assessed"
COUNTRIES_GRAPH: Final = ASSERTED + "/bpo-kg/countries"

PREFIXES: Final[dict[str, str]] = {
    "bpo": BPO,
    "proc": PROC,
    "chan": CHAN,
    "crit": CRIT,
    "rule": RULE,
    "stmt": STMT,
    "scale": SCALE,
    "country": COUNTRY,
    "lang": LANG,
    "row": ROW,
    "assessment": ASSESSMENT,
    "claim": CLAIM,
    "rdf": RDF,
    "rdfs": RDFS,
    "owl": OWL,
    "xsd": XSD,
    "skos": SKOS,
    "dcterms": DCTERMS,
    "prov": PROV,
}
"""Prefixes that CURIEs in arguments and exported Turtle may use."""


def expand(curie: str) -> str | None:
    """Return the IRI that a CURIE with a known prefix stands for, else None.

    >>> expand("proc:payroll")
    'https://w3id.org/bpo-kg/process/payroll'
    """
    prefix, colon, local = curie.partition(":")
    if not colon or local.startswith("//") or prefix not in PREFIXES:
        return None
    return PREFIXES[prefix] + local


def shorten(iri: str) -> str:
    """Return the CURIE of an IRI in a known namespace, else the IRI itself.

    >>> shorten("https://w3id.org/bpo-kg/rule/p3")
    'rule:p3'
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and "/" not in iri[len(namespace) :]:
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def local_name(iri: str) -> str:
    """Return what follows the last `#` or `/` of an IRI.

    >>> local_name("https://w3id.org/bpo-kg/criterion/onSiteNeed")
    'onSiteNeed'
    """
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
