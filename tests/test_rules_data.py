"""The knowledge that stands in Turtle: statements, decision table, catalogue and examples say what they must."""

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from bpo_kg.vocabulary import PREFIXES, shorten

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PROLOGUE = "\n".join(f"PREFIX {name}: <{iri}>" for name, iri in PREFIXES.items())
ARTICLE = {f"stmt:s{n:02}" for n in (*range(1, 12), 13)}
"""The article's statements and the editors' readings of it; s12 is the editors' own judgement."""


@cache
def graph() -> ox.Store:
    store = ox.Store()
    for name in ("statements", "rules", "catalogue"):
        store.load(path=str(ROOT / "ontology" / f"{name}.ttl"))
    return store


def rows(query: str, store: ox.Store | None = None) -> list[tuple[str, ...]]:
    """Return the rows of a SELECT with IRIs as CURIEs and literals as their text, unbound as the empty string."""
    found = (store or graph()).query(PROLOGUE + query)
    assert isinstance(found, ox.QuerySolutions)
    return [tuple(shorten(term.value) if term else "" for term in row) for row in found]


def grouped(query: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, value in rows(query):
        found.setdefault(key, set()).add(value)
    return found


# --- statements -------------------------------------------------------------------------------------------------------


def test_every_statement_is_said_once_in_each_language() -> None:
    """A source statement has one label and one wording in English and one in Indonesian."""
    for predicate in ("rdfs:label", "skos:definition"):
        found = rows(f"SELECT ?s (LANG(?o) AS ?l) {{ ?s a bpo:SourceStatement ; {predicate} ?o }}")
        assert Counter(found) == Counter((f"stmt:s{n:02}", lang) for n in range(1, 14) for lang in ("en", "id"))


def test_only_the_editors_judgement_does_not_come_from_the_article() -> None:
    """Every statement but s12 names the article as its source; s12 is marked as judgement and s13 as a reading."""
    derived = {s for (s,) in rows("SELECT ?s { ?s a bpo:SourceStatement ; prov:wasDerivedFrom ?document }")}
    assert derived == ARTICLE
    assert rows("SELECT ?s { ?s a bpo:EditorsJudgement }") == [("stmt:s12",)]
    assert rows("SELECT ?s { ?s a bpo:EditorsReading }") == [("stmt:s13",)]


@pytest.mark.parametrize(
    ("statement", "hedge", "lindung"),
    [
        ("s02", "most often", "paling sering"),
        ("s06", "most common", "paling lazim"),
        ("s08", "tend to", "cenderung"),
        ("s09", "more likely", "lebih cenderung"),
        ("s10", "directly", "secara langsung"),
        ("s11", "usually", "biasanya"),
    ],
)
def test_a_statement_keeps_the_hedge_of_the_article(statement: str, hedge: str, lindung: str) -> None:
    """What the article only holds to be usual is not restated as a law."""
    texts = {lang: text for text, lang in rows(f"SELECT ?d (LANG(?d) AS ?l) {{ stmt:{statement} skos:definition ?d }}")}
    assert hedge in texts["en"]
    assert lindung in texts["id"]


# --- the decision table -----------------------------------------------------------------------------------------------

TABLE = {
    # rule: (met, failed, conclusion, strength, priority, statement, weakest basis)
    "d1": ("", "publicContact", "presumesMet onSiteNeed", "tendency", 10, "s11", ""),
    "d2": ("publicContact remoteChannel", "inPersonChannel", "presumesFailed onSiteNeed", "tendency", 10, "s09", ""),
    "d3": ("workforceContact", "", "presumesMet onSiteNeed", "tendency", 20, "s11", ""),
    "d4": ("remoteChannel workforceContact", "inPersonChannel", "presumesFailed onSiteNeed", "tendency", 30, "s13", ""),
    "d5": ("inPersonChannel", "", "presumesMet onSiteNeed", "tendency", 20, "s13", ""),
    "p1": ("coreFunction", "", "gives excluded", "requirement", 100, "s13", ""),
    "p2": ("", "coreFunction", "gives possible", "baseline", 1, "s03", ""),
    "p3": (
        "lowerLabourCost publicContact remoteChannel sharedLanguage",
        "onSiteNeed sameCountry",
        "gives favoured", "tendency", 20, "s09", "",
    ),
    "p4": ("onSiteNeed sameCountry", "", "gives favoured", "tendency", 20, "s11", ""),
    "p5": ("onSiteNeed", "sameCountry", "gives discouraged", "tendency", 30, "s11", ""),
    "p6": ("", "sharedLanguage", "gives discouraged", "tendency", 40, "s12", ""),
    "p7": (
        "lowerLabourCost sharedLanguage",
        "onSiteNeed publicContact sameCountry",
        "gives favoured", "tendency", 20, "s12", "",
    ),
    "p8": ("onSiteNeed", "sameCountry", "gives excluded", "requirement", 90, "s13", "inherited"),
    "p9": (
        "afterHours afterHoursCover publicContact remoteChannel sharedLanguage",
        "onSiteNeed sameCountry",
        "gives favoured", "tendency", 20, "s06", "",
    ),
}  # fmt: skip


def stated(rule: str) -> tuple[object, ...]:
    """Return one rule of the Turtle file in the shape of TABLE."""

    def names(predicate: str) -> str:
        values = rows(f"SELECT ?o {{ rule:{rule} bpo:{predicate} ?o }} ORDER BY STR(?o)")
        return " ".join(value.rpartition(":")[2] for (value,) in values)

    ends = [f"{p} {names(p)}" for p in ("presumesMet", "presumesFailed", "gives") if names(p)]
    return (
        names("whenMet"),
        names("whenFailed"),
        " ".join(ends),
        names("strength"),
        int(names("priority")),
        names("restsOn"),
        names("weakestBasis"),
    )


@pytest.mark.parametrize("rule", TABLE)
def test_a_shipped_rule_says_exactly_this(rule: str) -> None:
    """Conditions, conclusion, strength, priority and statement of each rule are as the design has them."""
    assert stated(rule) == TABLE[rule]


def test_there_are_no_other_rules_and_each_is_default_or_placement() -> None:
    """d1 to d5 presume, p1 to p9 grade, and the file holds nothing else."""
    assert {r for (r,) in rows("SELECT ?r { ?r a bpo:DefaultRule }")} == {f"rule:{r}" for r in TABLE if r[0] == "d"}
    assert {r for (r,) in rows("SELECT ?r { ?r a bpo:PlacementRule }")} == {f"rule:{r}" for r in TABLE if r[0] == "p"}


def test_every_rule_has_a_sentence_that_can_stand_as_a_reason() -> None:
    """Each rule has a label and says its reason as one full sentence, in both languages; no two say the same."""
    sentences = rows("SELECT ?r (LANG(?o) AS ?l) ?o { ?r bpo:sentence ?o }")
    expected = Counter((f"rule:{r}", lang) for r in TABLE for lang in ("en", "id"))
    assert Counter((rule, lang) for rule, lang, _ in sentences) == expected
    assert Counter(rows("SELECT ?r (LANG(?o) AS ?l) { ?r bpo:strength ?s ; rdfs:label ?o }")) == expected
    texts = [text for _, _, text in sentences]
    assert len(set(texts)) == len(texts)
    assert all(text[0].isupper() and text.endswith(".") and text.count(".") == 1 for text in texts)
    assert not [text for text in texts if "crit" in text.lower() or ":" in text]


# --- the catalogue ----------------------------------------------------------------------------------------------------

TWELVE = {
    "24-hour call center": "callCenter",
    "e-mail support": "emailSupport",
    "chat support": "chatSupport",
    "technical support": "technicalSupport",
    "web forum moderation": "forumModeration",
    "marketing": "marketing",
    "accounting department": "accounting",
    "payroll": "payroll",
    "procurement": "procurement",
    "human resources": "humanResources",
    "data entry": "dataEntry",
    "security services": "securityServices",
}
TYPED = {
    "call centre": "customerServiceCallCenter",
    "customer service": "customerServiceCallCenter",
    "layanan pelanggan": "customerServiceCallCenter",
    "pusat panggilan 24 jam": "callCenter",
    "helpdesk": "internalHelpDesk",
    "penggajian": "payroll",
    "pengadaan": "procurement",
    "SDM": "humanResources",
    "satpam": "securityServices",
    "rekrutmen": "recruiting",
}
FACTS = (
    "VALUES ?p { bpo:publicContact bpo:onSiteNeed bpo:workforceContact bpo:personalData bpo:usesChannel "
    "bpo:neededCoverage bpo:specialises bpo:directPartOf }"
)
AXIOM = "?a a owl:Axiom ; owl:annotatedProperty ?p ; owl:annotatedTarget ?o ; dcterms:source ?s ; owl:annotatedSource"


def labels() -> list[tuple[str, ...]]:
    return rows("SELECT ?k ?l { ?k a bpo:GenericProcess ; rdfs:label|skos:altLabel ?l }")


@pytest.mark.parametrize(("label", "kind"), (TWELVE | TYPED).items())
def test_what_people_type_names_the_kind_they_mean(label: str, kind: str) -> None:
    """A label or alternative label, in either language, leads to its kind."""
    assert {k for k, known in labels() if known.casefold() == label.casefold()} == {f"proc:{kind}"}


def test_no_label_names_two_kinds() -> None:
    """A cell of the kind column never has two readings, whatever its language and case."""
    owners: dict[str, set[str]] = {}
    for kind, label in labels():
        owners.setdefault(label.casefold(), set()).add(kind)
    assert len(owners) >= 250
    assert not {label: kinds for label, kinds in owners.items() if len(kinds) > 1}


def test_every_kind_is_labelled_and_defined_in_both_languages() -> None:
    """Each kind has one label, one definition and at least one alternative label per language."""
    kinds = {k for (k,) in rows("SELECT ?k { ?k a bpo:GenericProcess }")}
    assert len(kinds) >= 40
    expected = Counter((kind, lang) for kind in kinds for lang in ("en", "id"))
    for predicate in ("rdfs:label", "skos:definition"):
        assert Counter(rows(f"SELECT ?k (LANG(?o) AS ?l) {{ ?k a bpo:GenericProcess ; {predicate} ?o }}")) == expected
    assert set(rows("SELECT DISTINCT ?k (LANG(?o) AS ?l) { ?k a bpo:GenericProcess ; skos:altLabel ?o }")) == set(
        expected
    )


def test_every_fact_of_a_kind_names_its_own_statement() -> None:
    """Facts and their annotations match one to one, and the kind gathers exactly the statements of its facts."""
    facts = rows(f"SELECT ?k ?p ?o {{ ?k a bpo:GenericProcess ; ?p ?o . {FACTS} }}")
    annotated = rows(f"SELECT ?k ?p ?o {{ {AXIOM} ?k }}")
    assert len(facts) > 100
    assert Counter(facts) == Counter(annotated)
    by_fact = grouped("SELECT ?k ?s { ?a owl:annotatedSource ?k ; dcterms:source ?s }")
    assert by_fact == grouped("SELECT ?k ?s { ?k a bpo:GenericProcess ; prov:wasDerivedFrom ?s }")


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("callCenter", {"publicContact true", "usesChannel chan:phone", "neededCoverage scale:roundTheClock",
                        "specialises proc:customerServiceCallCenter"}),
        ("customerServiceCallCenter", {"publicContact true", "usesChannel chan:phone"}),
        ("emailSupport", {"publicContact true", "usesChannel chan:email"}),
        ("chatSupport", {"publicContact true", "usesChannel chan:chat"}),
        ("technicalSupport", {"publicContact true", "usesChannel chan:phone", "usesChannel chan:email",
                              "usesChannel chan:chat"}),
        ("forumModeration", {"publicContact true", "usesChannel chan:webForum"}),
        ("marketing", {"publicContact true"}),
        ("accounting", {"publicContact false"}),
        ("payroll", {"publicContact false", "directPartOf proc:accounting"}),
        ("procurement", {"publicContact false", "directPartOf proc:accounting"}),
        ("humanResources", {"publicContact false"}),
        ("dataEntry", {"publicContact false"}),
        ("securityServices", {"publicContact false"}),
    ],
)  # fmt: skip
def test_on_the_article_alone_a_kind_has_exactly_these_facts(kind: str, facts: set[str]) -> None:
    """What decides the article's own kinds rests on the article, so it stays when editors and measures are left out."""
    found = rows(f"SELECT ?p ?o ?s {{ {AXIOM} proc:{kind} }}")
    assert {f"{p.removeprefix('bpo:')} {o}" for p, o, s in found if s in ARTICLE} == facts


@pytest.mark.parametrize(
    ("kind", "predicate", "value"),
    [
        ("internalHelpDesk", "publicContact", "false"),
        ("internalHelpDesk", "workforceContact", "true"),
        ("accountsReceivable", "publicContact", "true"),
        ("recruiting", "publicContact", "true"),
        ("employeeRelations", "usesChannel", "chan:inPerson"),
        ("remoteMonitoring", "onSiteNeed", "false"),
        ("paperDataEntry", "onSiteNeed", "true"),
        ("documentScanning", "onSiteNeed", "true"),
        ("securityServices", "onSiteNeed", "true"),
    ],
)
def test_the_kinds_that_keep_the_article_honest(kind: str, predicate: str, value: str) -> None:
    """Colleagues are not the public, applicants and debtors are; paper stays put, cameras are watched from afar."""
    assert rows(f"SELECT ?o {{ proc:{kind} bpo:{predicate} ?o }}") == [(value,)]


def test_work_of_another_nature_does_not_pass_for_a_special_case() -> None:
    """Measures of guards and keyers must not reach remote monitoring and paper entry through `specialises`."""
    assert rows("SELECT ?k ?o { VALUES ?k { proc:remoteMonitoring proc:paperDataEntry } ?k bpo:specialises ?o }") == []


# --- the examples -----------------------------------------------------------------------------------------------------


def table(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            {(k or "").lower().replace(" ", "_").replace("-", "_"): v for k, v in row.items()}
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("name", ["inventory", "ten-cases"])
def test_an_example_table_refers_only_to_what_exists(name: str) -> None:
    """Ids are unique, wholes are rows of the table, and every kind is a label of the catalogue."""
    processes = table(name)
    ids = [p["id"] for p in processes]
    assert len(set(ids)) == len(ids)
    assert {p["part_of"] for p in processes} - {""} <= set(ids)
    known = {label.casefold() for _, label in labels()}
    assert {p["kind"] for p in processes if p["kind"].casefold() not in known} == {""}


def test_the_inventory_looks_like_a_company_s_own() -> None:
    """Departments with parts three levels deep, names in two languages, gaps, several clients, foreign columns."""
    processes = table("inventory")
    assert len(processes) >= 45
    parent = {p["id"]: p["part_of"] for p in processes}

    def depth(ident: str) -> int:
        return 1 + depth(parent[ident]) if parent[ident] else 1

    assert max(depth(ident) for ident in parent) == 3
    assert len({p["client_country"] for p in processes} - {""}) >= 4
    assert {"layanan", "satpam"} <= {word for p in processes for word in p["name"].lower().split()}
    assert any(not p["kind"] for p in processes)
    assert any(not p["fte"] for p in processes)
    assert {"cost_centre", "system", "notes", "fte"} <= set(processes[0])


def test_the_ten_cases_are_all_there() -> None:
    """Each case has at least one row, and its notes say which case it is."""
    cases = Counter(int(p["notes"].split(":")[0].removeprefix("Case ")) for p in table("ten-cases"))
    assert sorted(cases) == list(range(1, 11))
    assert {p["id"]: p["core"] for p in table("ten-cases")}["C8"] == "ya"


def test_house_rules_add_replace_and_switch_off() -> None:
    """The example of a user's rules shows all three ways, and names shipped rules that exist."""
    house = ox.Store()
    house.load(path=str(EXAMPLES / "house-rules.ttl"))
    shipped = {f"rule:{r}" for r in TABLE}
    stated_rules = {r for (r,) in rows("SELECT ?r { ?r a bpo:PlacementRule }", house)}
    assert len(stated_rules & shipped) == 1
    assert len(stated_rules - shipped) == 1
    assert {r for (r,) in rows("SELECT ?r { ?x bpo:disables ?r }", house)} == {"rule:p9"}
    assert (
        rows("SELECT ?r { ?r a bpo:PlacementRule FILTER NOT EXISTS { ?r bpo:restsOn/skos:definition ?text } }", house)
        == []
    )


def test_engagements_hang_together() -> None:
    """A provider works from its own site on a process of its client; agents speak for clients that agreed to it."""
    store = ox.Store()
    store.load(path=str(EXAMPLES / "engagements.ttl"))
    engagements = rows("SELECT ?e { ?e a bpo:Engagement }", store)
    whole = rows(
        """SELECT ?e { ?e bpo:engagesClient ?c ; bpo:engagesProvider ?p ; bpo:coversProcess ?x ; bpo:deliveredFrom ?s ;
                          bpo:whiteLabel ?w .
           ?p bpo:operatesSite ?s . ?x bpo:ownedBy ?c ; bpo:specialises ?k .
           ?s bpo:siteCountry ?land ; bpo:zone ?zone ; bpo:offersKind ?k }""",
        store,
    )
    assert len(engagements) == 7
    assert sorted(whole) == sorted(engagements)
    pairs = set(rows("SELECT ?p ?c { ?e bpo:engagesProvider ?p ; bpo:engagesClient ?c }", store))
    assert len([p for p, n in Counter(p for p, _ in pairs).items() if n > 1]) >= 2
    speakers = rows(
        """SELECT ?a { ?a bpo:employedBy ?p ; bpo:presentsAs ?c .
                       ?e bpo:engagesProvider ?p ; bpo:engagesClient ?c ; bpo:whiteLabel true }""",
        store,
    )
    assert sorted(speakers) == sorted(rows("SELECT ?a { ?a bpo:presentsAs ?c }", store))
    assert len(speakers) == 3
