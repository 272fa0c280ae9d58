"""What a table reader says: one function per slip, in English and Indonesian.

A message tells what stands there, what was made of it, and what would be right.
"""

from collections.abc import Sequence

from bpo_kg.sources.cells import shown
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.messages import finding


def unknown_column(place: Place, header: str, near: str | None) -> Finding:
    hint = ("", "")
    if near:
        hint = f' (is it "{near}"? --map can say so)', f' (apakah maksudnya "{near}"? --map dapat menyatakannya)'
    return finding(
        place,
        "warning",
        "unknown-column",
        f"{shown(header)} is not an inventory column; it is carried through unread{hint[0]}",
        f"{shown(header)} bukan kolom inventaris; isinya diteruskan tanpa dibaca{hint[1]}",
    )


def taken_name(place: Place, header: str, carried: str) -> Finding:
    return finding(
        place,
        "warning",
        "taken-name",
        f"{shown(header)} is the name of an answer column too; yours is carried through as {shown(carried)}",
        f"{shown(header)} juga nama kolom jawaban; kolom Anda diteruskan sebagai {shown(carried)}",
    )


def second_column(place: Place, header: str, column: str) -> Finding:
    return finding(
        place,
        "error",
        "duplicate-column",
        f"{shown(header)} is a second column for {column}; it is carried through unread (one column would be right)",
        f"{shown(header)} adalah kolom kedua untuk {column}; isinya diteruskan tanpa dibaca (yang benar: satu kolom)",
    )


def too_many_columns(place: Place, count: int, limit: int) -> Finding:
    return finding(
        place,
        "error",
        "too-many-columns",
        f"the table has {count:,} columns; those after the first {limit:,} are not read",
        f"tabel memiliki {count:,} kolom; kolom setelah {limit:,} yang pertama tidak dibaca",
    )


def no_header(place: Place, name: str, line: int) -> Finding:
    return finding(
        place,
        "warning",
        "no-header",
        f"the column has cells (first in line {line}) but no header, as below a merged header; "
        f'it is carried through unread as "{name}" (one header per column would be right)',
        f"kolom ini berisi sel (pertama di baris {line}) tetapi tidak berjudul, seperti di bawah judul yang digabung; "
        f'isinya diteruskan tanpa dibaca sebagai "{name}" (yang benar: satu judul untuk tiap kolom)',
    )


def above_header(place: Place, row: Sequence[str]) -> Finding:
    text = next(cell.strip() for cell in row if cell.strip())
    return finding(
        place,
        "warning",
        "above-header",
        f"{shown(text)} stands above the header row and is not read",
        f"{shown(text)} berada di atas baris judul dan tidak dibaca",
    )


def empty_table(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "empty-table",
        "the table is empty (a header row with at least the column name would be right)",
        "tabel kosong (yang benar: satu baris judul dengan sedikitnya kolom name)",
    )


def no_name_column(place: Place, nearest: str | None, rows: int) -> Finding:
    hint = (f"; is {shown(nearest)} meant?", f"; apakah maksudnya {shown(nearest)}?") if nearest else ("", "")
    return finding(
        place,
        "error",
        "no-name-column",
        f"no header among the first rows is the required column name, so {rows:,} rows are not read{hint[0]} "
        "(a header row with the column name would be right)",
        f"tidak ada judul pada baris-baris pertama yang merupakan kolom wajib name, sehingga {rows:,} baris tidak "
        f"dibaca{hint[1]} (yang benar: baris judul dengan kolom name)",
    )


def no_name(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "no-name",
        "the row has no name and is left out (the name of a process would be right)",
        "baris ini tidak bernama dan tidak disertakan (yang benar: nama proses)",
    )


def empty_rows(place: Place, first: int, last: int) -> Finding:
    en = f"line {first} is" if first == last else f"lines {first} to {last} are"
    id_ = f"baris {first}" if first == last else f"baris {first} sampai {last}"
    return finding(
        place,
        "warning",
        "empty-row",
        f"{en} empty and skipped (no empty line between rows would be right)",
        f"{id_} kosong dan dilewati (yang benar: tanpa baris kosong di antara baris)",
    )


def too_many_rows(place: Place, limit: int) -> Finding:
    return finding(
        place,
        "error",
        "too-many-rows",
        f"only the first {limit:,} rows are read; this row and those below it are not (the table engine, "
        "assess --engine duckdb, reads larger files)",
        f"hanya {limit:,} baris pertama yang dibaca; baris ini dan yang di bawahnya tidak dibaca (mesin tabel, "
        "assess --engine duckdb, dapat membaca berkas yang lebih besar)",
    )


def surplus(place: Place, count: int, width: int) -> Finding:
    return finding(
        place,
        "error",
        "surplus-cell",
        f"the row has {count:,} cells but the header only {width:,}; the cells from here on are not read (a cell that "
        "holds the delimiter must be quoted)",
        f"baris ini memiliki {count:,} sel sedangkan judul hanya {width:,}; sel mulai di sini tidak dibaca (sel yang "
        "memuat pemisah harus diapit tanda kutip)",
    )


def second_id(place: Place, row_id: str, first: Place, line: int, fresh: str) -> Finding:
    where = first.element or str(first.line)
    return finding(
        place,
        "error",
        "duplicate-id",
        f"id: {shown(row_id)} already stands in line {where}; the row in line {line} is kept under the id "
        f"{shown(fresh)} (an id of its own would be right)",
        f"id: {shown(row_id)} sudah ada di baris {where}; baris {line} disimpan dengan kode "
        f"{shown(fresh)} (yang benar: kode tersendiri)",
    )


def unused_mapping(place: Place, header: str) -> Finding:
    return finding(
        place,
        "warning",
        "unused-mapping",
        f"no column is headed {shown(header)}, so its mapping is not used",
        f"tidak ada kolom berjudul {shown(header)}, sehingga pemetaannya tidak dipakai",
    )


def far_cell(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "far-cell",
        "a cell lies so far from the others that the sheet cannot be held in memory; the sheet is not read "
        "(a sheet without this cell would be right)",
        "ada sel yang terlalu jauh dari sel lain sehingga lembar ini tidak dapat ditampung memori; lembar ini tidak "
        "dibaca (yang benar: lembar tanpa sel ini)",
    )


def hidden_sheet(place: Place, name: str) -> Finding:
    return finding(
        place,
        "warning",
        "hidden-sheet",
        f"the hidden sheet {shown(name)} has a name column but is not read (a visible sheet would be read)",
        f"lembar tersembunyi {shown(name)} memiliki kolom name tetapi tidak dibaca (lembar yang tampak akan dibaca)",
    )


def sheet_not_read(place: Place) -> Finding:
    return finding(
        place,
        "suggestion",
        "sheet-not-read",
        "the sheet has no name column and is not read as an inventory",
        "lembar ini tidak memiliki kolom name dan tidak dibaca sebagai inventaris",
    )


def error_cell(place: Place, column: str, text: str) -> Finding:
    return finding(
        place,
        "error",
        "error-cell",
        f"{column}: the cell holds the error {shown(text)} and is read as unknown (a value would be right)",
        f"{column}: sel berisi galat {shown(text)} dan dibaca sebagai tidak diketahui (yang benar: sebuah nilai)",
    )


def unsaved_formula(place: Place, column: str) -> Finding:
    return finding(
        place,
        "error",
        "formula-without-result",
        f"{column}: the cell holds a formula whose result is not stored, and is read as unknown "
        "(a workbook saved by a spreadsheet program would be right)",
        f"{column}: sel berisi rumus yang hasilnya tidak tersimpan, dan dibaca sebagai tidak diketahui "
        "(yang benar: buku kerja yang disimpan oleh program lembar kerja)",
    )


def merged_cells(place: Place, cells: str) -> Finding:
    return finding(
        place,
        "warning",
        "merged-cells",
        f"{cells} are merged, so only the first of these cells has a value and the others are read as empty "
        "(the value in every cell would be right)",
        f"{cells} digabung, sehingga hanya sel pertama yang bernilai dan yang lain dibaca sebagai kosong "
        "(yang benar: nilai pada tiap sel)",
    )
