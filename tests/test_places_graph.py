"""What is known of places reaches the graph: verdicts, questions, the user's thresholds, and sites as places."""

from pathlib import Path

import pytest

from bpo_kg.errors import BpoKgError
from bpo_kg.graph import KnowledgeGraph, load
from bpo_kg.sources.place_facts import site_iri
from bpo_kg.store.terms import Rows
from bpo_kg.suitability.assessment import PlaceVerdict
from bpo_kg.vocabulary import BPO, COUNTRY, LANG

EXAMPLES = Path(__file__).parent.parent / "examples"
MANILA, PUNE = site_iri("Luzon Contact", "Manila"), site_iri("Deccan Desk", "Pune")
PHONE = "id,name,kind,core,channels,languages,client_country,customer_country,coverage\n"


def inventory(tmp_path: Path, row: str) -> Path:
    file = tmp_path / "phones.csv"
    file.write_text(PHONE + row + "\n", encoding="utf-8")
    return file


def verdicts(kg: KnowledgeGraph) -> dict[str, PlaceVerdict]:
    (row,) = kg.assess().assessments
    return {one.place: one for one in row.places}


def query(kg: KnowledgeGraph, text: str) -> list[tuple[str, ...]]:
    found = kg.query(f"PREFIX bpo: <{BPO}> {text}")
    assert isinstance(found, Rows)
    return [tuple(str(row[name]) for name in found.variables) for row in found]


def test_phone_support_in_english_goes_where_english_is_offered_and_labour_is_cheaper(tmp_path: Path) -> None:
    """Favoured in India, the Philippines and South Africa; elsewhere the missing figure is what stays open."""
    file = inventory(tmp_path, "P1,English phone support,customer-service call centre,no,phone,en,GB,,business")
    found = verdicts(load(file, to=["PH", "IN", "ZA", "PL", "CO"]))
    assert {place: found[place].verdict.grade for place in ("PH", "IN", "ZA")} == dict.fromkeys(
        ("PH", "IN", "ZA"), "favoured"
    )
    assert (found["PL"].verdict.status, found["PL"].verdict.open) == (
        "provisional",
        ("sharedLanguage", "lowerLabourCost"),
    )
    assert (found["CO"].verdict.status, found["CO"].verdict.open) == ("provisional", ("sharedLanguage",))
    assert (found["PL"].location_class, found["PH"].location_class) == ("nearForeign", "distantForeign")


def test_work_after_hours_is_favoured_where_the_day_is_at_another_time(tmp_path: Path) -> None:
    """The article's night line: Poland works the client's own hours, the Philippines its night."""
    file = inventory(tmp_path, "P1,Night line,after-hours call centre,no,phone,en,GB,,afterHours")
    found = verdicts(load(file, to=["PH", "ZA"]))
    assert found["PH"].placement["afterHoursCover"].value is True
    assert found["ZA"].placement["afterHoursCover"].value is False
    assert "p9" in found["PH"].verdict.rules
    assert "p9" not in found["ZA"].verdict.rules


def test_the_customers_country_decides_the_language(tmp_path: Path) -> None:
    """A German client serving Britons needs English, serving Germans German."""
    served = "P1,Help line,customer-service call centre,no,phone,,DE,{},business"
    british = verdicts(load(inventory(tmp_path, served.format("GB")), to=["PH"]))["PH"]
    german = verdicts(load(inventory(tmp_path, served.format("")), to=["PH"]))["PH"]
    assert british.verdict.grade == "favoured"
    assert (german.verdict.grade, german.verdict.open) == ("possible", ("sharedLanguage",))


def test_which_workforces_speak_english_follows_from_published_shares(tmp_path: Path) -> None:
    """An official language that a tenth speak, any other that half speak; no figure is no answer."""
    wanted = "SELECT ?code { ?c a bpo:EnglishWorkforceCountry ; bpo:iso3166Alpha2 ?code }"
    found = {code for (code,) in query(load(), wanted)}
    assert {"PH", "IN", "ZA", "GB", "US"} <= found
    assert not {"VN", "JP", "ID", "MX"} & found
    stricter = tmp_path / "stricter.ttl"
    stricter.write_text(f"@prefix bpo: <{BPO}> .\nbpo:thresholds bpo:officialLanguageShare 0.7 .\n")
    assert "PH" not in {code for (code,) in query(load(rules=[stricter]), wanted)}


def test_a_stated_workforce_language_counts_as_offered(tmp_path: Path) -> None:
    """Shares have a gap there; whoever knows better may say so, also for the class of English-speaking workforces."""
    file = inventory(tmp_path, "P1,Phone support,customer-service call centre,no,phone,en,GB,,business")
    own = tmp_path / "own.ttl"
    own.write_text(f"@prefix bpo: <{BPO}> .\n<{COUNTRY}VN> bpo:workforceLanguage <{LANG}en> .\n", encoding="utf-8")
    kg = load(file, own, to=["VN", "PH"])
    found = verdicts(kg)
    assert (found["VN"].verdict.grade, found["VN"].placement["sharedLanguage"].basis) == ("favoured", "computed")
    assert found["PH"].placement["sharedLanguage"].detail["en"].startswith("English, an official language")
    assert kg.query(f"ASK {{ <{COUNTRY}VN> a bpo:EnglishWorkforceCountry }}") is True
    assert any("workforce language: English" in line for line in kg.explain("P1", to="VN").sentences)


def test_places_in_retired_words_are_still_judged(tmp_path: Path) -> None:
    """Cost indices on one base are compared, and a country counts as near whose neighbour somebody says it is."""
    file = inventory(tmp_path, "P1,Phone support,customer-service call centre,no,phone,en,GB,,business")
    old = tmp_path / "old.ttl"
    old.write_text(
        f"@prefix bpo: <{BPO}> .\n<{COUNTRY}GB> bpo:labourCostIndex 100.0 ; bpo:neighbourOf <{COUNTRY}PH> .\n"
        f"<{COUNTRY}PH> bpo:labourCostIndex 120.0 .\n",
        encoding="utf-8",
    )
    found = verdicts(load(file, old, to=["PH"]))["PH"]
    assert found.location_class == "nearForeign"
    assert (found.placement["lowerLabourCost"].value, found.placement["lowerLabourCost"].basis) == (False, "recorded")


def test_a_threshold_that_is_no_number_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    """It is named with what stands there."""
    odd = tmp_path / "odd.ttl"
    odd.write_text(f'@prefix bpo: <{BPO}> .\nbpo:thresholds bpo:cheaperBelow "half" .\n', encoding="utf-8")
    with pytest.raises(BpoKgError, match="bpo:cheaperBelow is 'half'"):
        load(to=["PH"], rules=[odd]).assess()


def test_a_site_can_stand_in_a_list_of_places_by_its_name(tmp_path: Path) -> None:
    """Its name has a comma, which a list of places takes for the end of one; without it, it is the same site."""
    kg = load(inventory(tmp_path, "P1,Desk,,no,,,GB,,"), EXAMPLES / "providers.csv", to=["luzon contact manila"])
    assert kg.to == (MANILA,)


def test_a_site_is_judged_by_its_own_record(tmp_path: Path) -> None:
    """Manila and Pune as sites: own wages and languages, recorded, against the client's recorded wage."""
    file = inventory(tmp_path, "P1,Phone support,customer-service call centre,no,phone,en,GB,,business")
    kg = load(file, EXAMPLES / "providers.csv", EXAMPLES / "places.csv", to=[MANILA, PUNE])
    found = verdicts(kg)
    for site in (MANILA, PUNE):
        assert found[site].verdict.grade == "favoured"
        assert found[site].placement["lowerLabourCost"].basis == "recorded"
    # The example records a safeguard from the United Kingdom to the Philippines and none to India.
    assert [flag.name for flag in found[MANILA].to_verify] == []
    assert [flag.name for flag in found[PUNE].to_verify] == ["personalData"]


def test_a_users_file_replaces_one_threshold_and_leaves_the_others(tmp_path: Path) -> None:
    """With "cheaper" meaning below a half, Poland is no longer clearly cheaper for an American client."""
    file = inventory(tmp_path, "P1,Phone support,customer-service call centre,no,phone,pl,US,,business")
    before = verdicts(load(file, to=["PL"]))["PL"]
    own = tmp_path / "stricter.ttl"
    own.write_text(f"<{BPO}thresholds> <{BPO}cheaperBelow> 0.5 .", encoding="utf-8")
    kg = load(file, rules=[own], to=["PL"])
    after = verdicts(kg)["PL"]
    assert (before.verdict.grade, after.verdict.grade) == ("favoured", "possible")
    assert after.verdict.open == ("lowerLabourCost",)
    assert query(kg, "SELECT ?below ?from { ?t bpo:cheaperBelow ?below ; bpo:notCheaperFrom ?from }") == [("0.5", "1")]
    assert not kg.contradictions()


def test_a_users_file_changes_what_counts_as_near(tmp_path: Path) -> None:
    """The proximity rule is data: with no hours of difference allowed, Poland is no longer near Britain."""
    file = inventory(tmp_path, "P1,Phone support,customer-service call centre,no,phone,en,GB,,business")
    own = tmp_path / "nearer.ttl"
    own.write_text(f"<https://w3id.org/bpo-kg/scale/nearByBorderOrTime> <{BPO}nearMaxHours> 0.5 .", encoding="utf-8")
    assert verdicts(load(file, own, to=["PL"]))["PL"].location_class == "distantForeign"


def test_the_answers_behind_a_verdict_are_triples_with_their_reason(tmp_path: Path) -> None:
    """Criterion, value and sentence of every placement answer, shared by processes that ask the same."""
    file = inventory(
        tmp_path, "P1,Phones,customer-service call centre,no,phone,en,GB,,business\nP2,More phones,,no,,en,GB,,"
    )
    kg = load(file, to=["PL"])
    kg.assess()
    found = query(
        kg,
        """SELECT ?criterion ?value (COUNT(?assessment) AS ?n) WHERE {
        ?assessment bpo:toCountry <https://w3id.org/bpo-kg/country/PL> ; bpo:usesAnswer ?answer .
        ?assessment bpo:assesses ?process .
        FILTER(CONTAINS(STR(?process), "/row/"))
        ?answer bpo:onCriterion ?c ; bpo:value ?v . BIND(REPLACE(STR(?c), ".*/", "") AS ?criterion)
        BIND(REPLACE(STR(?v), ".*/", "") AS ?value) } GROUP BY ?criterion ?value ORDER BY ?criterion""",
    )
    assert found == [
        ("afterHoursCover", "no", "2"), ("lowerLabourCost", "unknown", "2"),
        ("sameCountry", "no", "2"), ("sharedLanguage", "unknown", "2"),
    ]  # fmt: skip


def test_every_site_is_compared_with_every_clients_country(tmp_path: Path) -> None:
    """Hours and cost of all recorded sites are in the graph, asked for or not."""
    file = inventory(tmp_path, "P1,Phones,customer-service call centre,no,phone,en,GB,,business")
    kg = load(file, EXAMPLES / "providers.csv", to=["PH"])
    kg.assess()
    (row,) = query(kg, "SELECT (COUNT(?place) AS ?n) { ?c bpo:comparesPlace ?place ; bpo:leastOverlap ?o }")
    assert row == ("11",)


def test_the_same_input_gives_the_same_triples(tmp_path: Path) -> None:
    """Two graphs of the same files are equal byte for byte."""
    file = inventory(tmp_path, "P1,Phones,customer-service call centre,no,phone,en,GB,,business")
    one, other = (load(file, EXAMPLES / "providers.csv", to=["PH"]).export("assessed", "nt") for _ in range(2))
    assert one == other
    assert b"usesAnswer" in one


@pytest.mark.parametrize("lang", ["en", "id"])
def test_why_not_place_answers_in_the_language_asked_for(tmp_path: Path, lang: str) -> None:
    """Each sentence comes in the reader's language."""
    file = inventory(tmp_path, "P1,Phones,customer-service call centre,no,phone,en,GB,,business")
    found = load(file).ask("why-not-place", process="P1", place="PL", lang=lang)
    assert isinstance(found, Rows)
    sentences = " ".join(str(row["sentence"]) for row in found)
    assert (" in Poland" in sentences, " di Polandia" in sentences) == (lang == "en", lang == "id")


def test_a_process_is_matched_to_the_recorded_sites_with_a_reason_for_each_that_drops_out() -> None:
    """UK payroll fits the three sites that offer it; every other one says what it lacks, in both languages."""
    kg = load(*(EXAMPLES / name for name in ("ten-cases.csv", "providers.csv", "places.csv")))
    found = kg.match_sites("C5a")
    fitting = [one.site.name["en"].split(",")[0] for one in found if one.fits]
    assert fitting == ["Deccan Desk", "Merapi Layanan", "Vistula Services"]
    assert [one.site.name["en"] for one in found if one.fits is None] == ["Nile Answers, Cairo"]
    dropped = [one for one in found if one.fits is False]
    assert len(dropped) == 6
    assert all(one.against and set(one.against[0].detail) == {"en", "id"} for one in dropped)


def test_a_kind_and_the_wider_kind_it_is_a_form_of_are_offered_by_the_same_site(tmp_path: Path) -> None:
    """A 24-hour call centre is a customer-service call centre: a site with the one offers the other."""
    providers = tmp_path / "providers.csv"
    providers.write_text(
        "country,provider,site,kinds\nPH,Prima,Manila,24-hour call center\nPH,Prima,Cebu,customer-service call centre\n"
        "PH,Prima,Davao,payroll\n",
        encoding="utf-8",
    )
    for kind in ("24-hour call center", "customer-service call centre"):
        file = inventory(tmp_path, f"P1,Phones,{kind},no,phone,en,GB,,business")
        offered = {one.site.name["en"]: next(r.fits for r in one.reasons if r.about == "kind")
                   for one in load(file, providers).match_sites("P1")}  # fmt: skip
        assert offered == {"Prima, Manila": True, "Prima, Cebu": True, "Prima, Davao": False}


def test_a_site_that_the_decision_table_excludes_drops_out_with_the_rules_sentence(tmp_path: Path) -> None:
    """Core work goes to nobody, however well a site fits."""
    file = inventory(tmp_path, "P1,Phones,customer-service call centre,yes,phone,en,GB,,business")
    found = load(file, EXAMPLES / "providers.csv").match_sites("P1")
    assert {one.fits for one in found} == {False}
    assert all("core" in next(r for r in one.against if r.about == "verdict").detail["en"] for one in found)


@pytest.mark.parametrize(
    ("client", "place", "trade", "article"),
    [
        ("US", "US", "onshore", "nearshore"),
        ("US", "MX", "nearshore", "offshore"),
        ("US", "PH", "offshore", "offshore"),
        ("GB", "PL", "nearshore", "offshore"),
    ],
)
def test_the_trade_and_the_article_call_the_same_place_differently(
    tmp_path: Path, client: str, place: str, trade: str, article: str
) -> None:
    """The article's nearshore is the client's own country; the trade's is a near foreign one."""
    file = inventory(tmp_path, f"P1,Phones,customer-service call centre,no,phone,en,{client},,business")
    kg = load(file, to=[place])
    kg.assess()
    terms = query(
        kg,
        f"""SELECT ?scheme ?word WHERE {{
        ?a bpo:toCountry <https://w3id.org/bpo-kg/country/{place}> ; bpo:atProximity ?class ; bpo:assesses ?process .
        FILTER(CONTAINS(STR(?process), "/row/"))
        ?term bpo:termFor ?class ; skos:inScheme ?in ; skos:notation ?word .
        BIND(REPLACE(STR(?in), ".*/", "") AS ?scheme) }} ORDER BY ?scheme""",
    )
    assert terms == [("article", article), ("trade", trade)]
