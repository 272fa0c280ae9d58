"""Random inventories as people really keep them: words in two languages, gaps, slips, wholes and parts."""

from hypothesis import strategies as st

COLUMNS = (
    "id", "name", "kind", "part_of", "client_country", "customer_country", "core", "public_contact", "on_site_need",
    "workforce_contact", "personal_data", "channels", "languages", "coverage", "fte", "notes", "Cost centre", "status",
)  # fmt: skip
_YES_NO = st.sampled_from(["", "", "", "yes", "no", "ya", "tidak", " Yes ", "maybe"])
_KINDS = ["", "", "payroll", "penggajian", "data entry", "security services", "proc:callCenter", "technical support"]
_CHANNELS = ["", "", "phone", "email;chat", "inPerson", "phone; inPerson", "webForum", "telepati", "video;post"]
_CELLS = {
    "kind": st.sampled_from([*_KINDS, "accounting department", "chat support", "internal help desk", "alchemy"]),
    "client_country": st.sampled_from(["", "", "GB", "US", "Indonesia", "JP", "Atlantis"]),
    "customer_country": st.sampled_from(["", "", "", "", "US", "DE"]),
    "channels": st.sampled_from(_CHANNELS),
    "languages": st.sampled_from(["", "", "", "en", "ja", "en;id", "Klingon"]),
    "coverage": st.sampled_from(["", "", "business", "afterHours", "roundTheClock", "24/7/365"]),
    "fte": st.sampled_from(["", "3", "12.5", "4,5", "many"]),
    "notes": st.sampled_from(["", "see contract", "=SUM(A1)", "said: \"soon\"", "moved, twice", " ../etc "]),
    "status": st.sampled_from(["", "draft"]),
    "Cost centre": st.sampled_from(["", "4711", "4,711", ' 9 "new" ']),
    "name": st.sampled_from(["Payroll", "Claims desk", "Ledger, group", "Meja bantuan", "", " Mail room "]),
}  # fmt: skip


@st.composite
def inventories(draw: st.DrawFn, *, wholes: bool = True, tidy: bool = False) -> list[dict[str, str]]:
    """Rows by column. `tidy` leaves out what only a person could clear up: repeated ids, unknown wholes, no names."""
    count = draw(st.integers(1, 14))
    ids = [f"P{n}" for n in range(count)]
    rows = []
    for n in range(count):
        row = {column: draw(_CELLS.get(column, _YES_NO)) for column in COLUMNS if column not in ("id", "part_of")}
        row["id"] = ids[n] if tidy else draw(st.sampled_from([ids[n], ids[n], ids[n], ids[n], "", "P1", "P1~3"]))
        if tidy:
            row["name"] = row["name"].strip() or "Archive"
        others = ids[:n] if tidy else [*ids, "Claims desk", "ledger,  GROUP", "nowhere"]
        row["part_of"] = draw(st.sampled_from(["", *others])) if wholes and others else ""
        rows.append({column: row[column] for column in COLUMNS})
    return rows


def as_csv(rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> str:
    """Lay rows out as CSV, quoting where needed."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
