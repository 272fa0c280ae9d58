"""The one cell parser: what each kind of cell may hold, and what becomes of a bad one."""

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_words import LEXICON, reader

from bpo_kg.errors import UnknownThing
from bpo_kg.resources import data_folder
from bpo_kg.sources.cells import MAX_CELL
from bpo_kg.sources.headers import header_key, read_columns
from bpo_kg.sources.lexicon import Lexicon
from bpo_kg.vocabulary import BPO, CHAN, COUNTRY, LANG, PROC, RDFS, SCALE

BOOLEANS = ("core", "public_contact", "on_site_need", "workforce_contact", "personal_data")
COLUMNS = (
    "id",
    "name",
    "kind",
    "part_of",
    "client_country",
    "customer_country",
    *BOOLEANS,
    "channels",
    "languages",
    "coverage",
    "fte",
    "notes",
)


@pytest.mark.parametrize("column", BOOLEANS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("no", False),
        ("TRUE", True),
        ("False", False),
        ("1", True),
        ("0", False),
        ("Ya", True),
        (" tidak ", False),
    ],
)
def test_a_yes_no_cell_is_read_in_either_language(column: str, text: str, value: bool) -> None:
    """yes/no/true/false/1/0/ya/tidak are understood in any case."""
    assert reader().parse(column, text) == (value, [])


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("text", ["", "   ", "\t", "\n"])
def test_an_empty_cell_is_unknown_and_no_mistake(column: str, text: str) -> None:
    """Nothing in a cell is unknown, which is not "no" and not an error."""
    assert reader().parse(column, text) == (None, [])


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("kind", "payroll", PROC + "payroll"),
        ("kind", "Penggajian", PROC + "payroll"),
        ("kind", "proc:payroll", PROC + "payroll"),
        ("kind", PROC + "payroll", PROC + "payroll"),
        ("kind", "callCenter", PROC + "callCenter"),
        ("kind", "24 hour call center", PROC + "callCenter"),
        ("kind", "Email support", PROC + "emailSupport"),
        ("client_country", "gb", COUNTRY + "GB"),
        ("client_country", "United  Kingdom", COUNTRY + "GB"),
        ("customer_country", "Filipina", COUNTRY + "PH"),
        ("coverage", "Business", SCALE + "businessHours"),
        ("coverage", "roundTheClock", SCALE + "roundTheClock"),
        ("coverage", "after-hours", SCALE + "afterHours"),
        ("channels", "phone", (CHAN + "phone",)),
        ("channels", "phone; Telepon ;telephone", (CHAN + "phone",)),
        ("channels", "phone;email", (CHAN + "email", CHAN + "phone")),
        ("channels", "email;phone;", (CHAN + "email", CHAN + "phone")),
        ("channels", "tatap muka; webForum", (CHAN + "inPerson", CHAN + "webForum")),
        ("languages", "en", (LANG + "en",)),
        ("languages", "en-GB; Indonesian", (LANG + "en", LANG + "id")),
        ("languages", "Inggris", (LANG + "en",)),
        ("fte", "12.5", 12.5),
        ("fte", "12,5", 12.5),
        ("fte", "0", 0.0),
        ("fte", "1e2", 100.0),
        ("name", "  Meja Pengaduan ", "Meja Pengaduan"),
        ("name", "Penerimaan tamu – lobi", "Penerimaan tamu – lobi"),
        ("notes", "first line\nsecond line", "first line\nsecond line"),
        (
            "notes",
            "opens 08:00-17:00, see https://intranet.example/desk",
            "opens 08:00-17:00, see https://intranet.example/desk",
        ),
    ],
)
def test_a_good_cell_becomes_its_value(column: str, text: str, value: object) -> None:
    """Labels in both languages, CURIEs, IRIs, local names and codes lead to one thing; lists are ordered sets."""
    assert reader().parse(column, text) == (value, [])


@pytest.mark.parametrize(
    ("column", "text", "code", "hint"),
    [
        ("core", "maybe", "bad-cell", "yes, no or empty"),
        ("core", "y", "bad-cell", "yes, no or empty"),
        ("core", "unknown", "bad-cell", "yes, no or empty"),
        ("personal_data", "2", "bad-cell", "yes, no or empty"),
        ("kind", "payrol", "unknown-kind", '"payroll"'),
        ("kind", "proc:dragonTaming", "unknown-kind", "catalogue"),
        ("client_country", "XX", "unknown-country", "ISO 3166"),
        ("client_country", "GB; US", "unknown-country", "ISO 3166"),
        ("customer_country", "Indonesa", "unknown-country", '"indonesia"'),
        ("channels", "phone; emial", "unknown-channel", '"email"'),
        ("channels", "phone, email", "unknown-channel", "separated by ;"),
        ("channels", ";;", "bad-cell", "separated by ;"),
        ("languages", "klingon", "unknown-language", "separated by ;"),
        ("languages", "en; xx-", "unknown-language", "separated by ;"),
        ("coverage", "weekends", "unknown-coverage", "businessHours"),
        ("fte", "-1", "bad-cell", "zero or more"),
        ("fte", "nan", "bad-cell", "zero or more"),
        ("fte", "inf", "bad-cell", "zero or more"),
        ("fte", "1e999", "bad-cell", "zero or more"),
        ("fte", "1,500", "bad-cell", "zero or more"),
        ("fte", "twelve", "bad-cell", "zero or more"),
        ("fte", "2024-05-06", "bad-cell", "zero or more"),
        ("fte", "١٢", "bad-cell", "zero or more"),
        ("core", "ye\x00s", "bad-cell", "yes, no or empty"),
        ("kind", "'; DROP TABLE processes; --", "unknown-kind", "catalogue"),
        ("kind", '"> } DELETE WHERE { ?s ?p ?o }', "unknown-kind", "catalogue"),
    ],
)
def test_a_bad_cell_is_unknown_as_a_whole_and_says_what_would_be_right(
    column: str, text: str, code: str, hint: str
) -> None:
    """Half a list would wrongly answer "no", so one bad word makes the cell unknown, with one error."""
    value, problems = reader().parse(column, text)
    assert value is None
    assert [p.code for p in problems] == [code]
    assert problems[0].severity == "error"
    assert hint in problems[0].message["en"]
    assert problems[0].message["en"].startswith(f"{column}: ")
    assert problems[0].message["id"] != problems[0].message["en"]


@pytest.mark.parametrize(
    ("text", "code", "kept"),
    [
        ("=cmd|' /C calc'!A0", "formula-as-text", "=cmd|' /C calc'!A0"),
        ("=1+1", "formula-as-text", "=1+1"),
        ("@SUM(A1:A9)", "formula-as-text", "@SUM(A1:A9)"),
        ("+cmd|x!A0", "formula-as-text", "+cmd|x!A0"),
        ("-SUM(A1)", "formula-as-text", "-SUM(A1)"),
        ("../../etc/passwd", "path-as-text", "../../etc/passwd"),
        ("C:\\Windows\\win.ini", "path-as-text", "C:\\Windows\\win.ini"),
        ("file:///etc/passwd", "path-as-text", "file:///etc/passwd"),
        ("\\\\server\\share", "path-as-text", "\\\\server\\share"),
        ("pay\x00roll", "control-character", "payroll"),
        ("\x1b[31mred", "control-character", "[31mred"),
    ],
)
def test_suspicious_text_is_kept_as_text_with_a_warning(text: str, code: str, kept: str) -> None:
    """Formulas are never computed and paths never opened; control characters do not travel on."""
    value, problems = reader().parse("name", text)
    assert (value, [(p.code, p.severity) for p in problems]) == (kept, [(code, "warning")])


@pytest.mark.parametrize(
    "text", ["- second shift", "+62 21 555 0100", "A/P processing", "Q&A = support", "@home agents", "24/7"]
)
def test_ordinary_text_that_only_resembles_a_formula_or_path_gets_no_warning(text: str) -> None:
    """A list dash, a telephone number or a slash is how people write."""
    assert reader().parse("name", text) == (text, [])


def test_a_text_longer_than_a_spreadsheet_cell_is_cut_and_anything_else_unknown() -> None:
    """Ten megabytes in a cell cost that cell, not the row."""
    name, problems = reader().parse("name", "x" * 10_000_000)
    assert isinstance(name, str)
    assert len(name) == MAX_CELL
    assert [p.code for p in problems] == ["cell-too-long"]
    assert reader().parse("core", "yes" * 20_000)[0] is None


def test_a_word_for_two_things_leads_to_neither() -> None:
    """An ambiguous word is reported with both meanings instead of guessed."""
    lexicon = Lexicon.from_names()
    lexicon.kinds.add("support", PROC + "technicalSupport")
    lexicon.kinds.add("support", PROC + "chatSupport")
    value, problems = type(reader())(lexicon).parse("kind", "support")
    assert value is None
    assert "proc:technicalSupport" in problems[0].message["en"]
    assert "proc:chatSupport" in problems[0].message["id"]


def test_country_names_are_loaded_only_when_a_cell_names_a_country() -> None:
    """Two hundred fifty countries cost time that a table without a country column need not pay."""
    asked = []

    def names() -> dict[str, str]:
        asked.append("countries")
        return {"GB": "GB"}

    cells = type(reader())(Lexicon.from_names(countries=names))
    cells.parse("core", "yes")
    assert asked == []
    assert cells.parse("client_country", "GB") == (COUNTRY + "GB", [])
    cells.parse("client_country", "US")
    assert asked == ["countries"]


def test_the_lexicon_comes_from_labels_in_the_graph() -> None:
    """Kinds, channels and coverage mean what rdfs:label, skos:altLabel and skos:notation say, also by subclass."""
    store = ox.Store()
    store.load(
        f"""@prefix bpo: <{BPO}> . @prefix proc: <{PROC}> . @prefix chan: <{CHAN}> . @prefix scale: <{SCALE}> .
        @prefix rdfs: <{RDFS}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        bpo:RemoteChannel rdfs:subClassOf bpo:Channel .
        chan:phone a bpo:RemoteChannel ; rdfs:label "telephone"@en , "telepon"@id .
        proc:payroll a bpo:GenericProcess ; rdfs:label "payroll"@en ; skos:altLabel "wages"@en .
        proc:mailroom a bpo:GenericProcess .
        scale:businessHours a bpo:Coverage ; skos:notation "business" .""".encode(),
        ox.RdfFormat.TURTLE,
    )
    cells = type(reader())(Lexicon.from_store(store))
    assert cells.parse("channels", "telepon")[0] == (CHAN + "phone",)
    assert cells.parse("kind", "Wages")[0] == PROC + "payroll"
    assert cells.parse("kind", "mailroom")[0] == PROC + "mailroom"
    assert cells.parse("coverage", "business")[0] == SCALE + "businessHours"
    assert cells.lexicon.kinds.choices() == ["mailroom", "payroll"]


def test_every_word_of_the_contract_is_in_the_shipped_ontology() -> None:
    """The kinds, channels and coverage words that scripts rely on stay understood."""
    store = ox.Store()
    for name in ("bpo.ttl", "catalogue.ttl"):
        store.load(path=data_folder("ontology") / name, format=ox.RdfFormat.TURTLE)
    cells = type(reader())(Lexicon.from_store(store))
    kinds = (
        "24-hour call center",
        "e-mail support",
        "chat support",
        "technical support",
        "web forum moderation",
        "marketing",
        "accounting department",
        "payroll",
        "procurement",
        "human resources",
        "data entry",
        "security services",
    )
    words = [("kind", kind) for kind in kinds]
    words += [("channels", c) for c in ("phone", "email", "chat", "webForum", "video", "post", "inPerson")]
    words += [("coverage", c) for c in ("business", "afterHours", "roundTheClock")]
    assert {word: cells.parse(*word)[1] for word in words if cells.parse(*word)[0] is None} == {}


# --- the columns themselves -------------------------------------------------------------------
def test_the_column_table_is_the_contracts_and_speaks_both_languages() -> None:
    """Every column has its name, labels and a definition in English and Indonesian, and an example that reads well."""
    table = read_columns()
    assert tuple(table.columns) == COLUMNS
    for column in table.columns.values():
        assert set(column.labels) == set(column.definitions) == {"en", "id"}, column.name
        assert column.example, column.name
        if column.sort not in ("whole", "coverage"):
            assert reader().parse(column.name, column.example)[1] == [], column.name


def test_no_header_stands_for_two_columns() -> None:
    """Were an alias to lead to two columns, which one is read would depend on the file's order."""
    owners: dict[str, set[str]] = {}
    for column in read_columns().columns.values():
        for text in (column.name, *column.labels.values(), *column.aliases):
            owners.setdefault(header_key(text), set()).add(column.name)
    assert len(owners) > 60
    assert {key: names for key, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("NAME", "name"),
        ("Nama Proses", "name"),
        ("Client Country", "client_country"),
        ("negara klien", "client_country"),
        ("On-site need*", "on_site_need"),
        ("perlu di lokasi", "on_site_need"),
        ("Saluran", "channels"),
        ("bahasa", "languages"),
        ("part of", "part_of"),
        ("Bagian dari", "part_of"),
        ("FTE", "fte"),
        ("Catatan", "notes"),
        ("Data pribadi", "personal_data"),
    ],
)
def test_a_header_is_understood_in_either_language(header: str, column: str) -> None:
    """Case, blanks and punctuation in a header do not matter."""
    assert read_columns().match(header) == column


def test_a_column_that_does_not_exist_is_refused_with_the_nearest() -> None:
    """`--map "Land=country_of_client"` must not be ignored."""
    with pytest.raises(UnknownThing, match="did you mean 'client_country'"):
        read_columns().resolve("client_contry")


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(COLUMNS),
    st.text(max_size=60)
    | st.sampled_from(["phone", "en", "ya", "GB", "12"]).flatmap(
        lambda word: st.tuples(st.text(max_size=3), st.just(word), st.text(max_size=3)).map("".join)
    ),
)
def test_every_text_gives_a_value_a_problem_or_nothing(column: str, text: str) -> None:
    """No cell crashes the parser, none is dropped silently, and reading twice gives the same."""
    cells = reader()
    value, problems = cells.parse(column, text)
    assert cells.parse(column, text) == (value, problems)
    if value is None and not problems:
        assert not text.strip(), text
    if any(p.severity == "error" for p in problems):
        assert value is None
    for problem in problems:
        assert set(problem.message) == {"en", "id"}
        assert all(sentence.isprintable() for sentence in problem.message.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["phone", "email", "chat", "webForum", "inPerson"]), min_size=1))
def test_the_order_and_repetition_of_channels_do_not_matter(names: list[str]) -> None:
    """A channel cell is a set."""
    assert reader().parse("channels", ";".join(names)) == reader().parse("channels", "; ".join(sorted(set(names))))


def test_the_words_of_the_test_lexicon_are_choices_of_their_own() -> None:
    """Codes offered in a drop-down are words that the reader takes."""
    for code in LEXICON.countries.codes():
        assert reader().parse("client_country", code)[1] == []
