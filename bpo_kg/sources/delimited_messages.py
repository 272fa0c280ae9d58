"""What a reader of delimited text says about encodings and quotes, in English and Indonesian."""

from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.messages import finding


def not_utf8(place: Place, encoding: str) -> Finding:
    name = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}[encoding]
    return finding(
        place,
        "warning",
        "encoding-guessed",
        f"the text is not valid UTF-8 from here on; the file is read as {name}, so letters beyond ASCII may be wrong "
        "(a file saved as UTF-8 would be right)",
        f"mulai di sini teks bukan UTF-8 yang sah; berkas dibaca sebagai {name}, sehingga huruf di luar ASCII bisa "
        "keliru (yang benar: berkas yang disimpan sebagai UTF-8)",
    )


def broken(place: Place, encoding: str) -> Finding:
    name = encoding.upper().removesuffix("-SIG")
    return finding(
        place,
        "warning",
        "encoding-broken",
        f"the text is not valid {name} here, though the file begins so; what cannot be read is shown as \ufffd "
        "(a file saved as UTF-8 would be right)",
        f"di sini teks bukan {name} yang sah meskipun berkas diawali demikian; yang tidak terbaca ditampilkan sebagai "
        "\ufffd (yang benar: berkas yang disimpan sebagai UTF-8)",
    )


def open_quote(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "open-quote",
        "a quoted cell that starts here is not closed properly; the line is read with its quotes as plain characters, "
        'and reading goes on below it (a closing " would be right)',
        "sel berkutip yang dimulai di sini tidak ditutup dengan benar; baris ini dibaca dengan tanda kutip sebagai "
        'karakter biasa, dan pembacaan dilanjutkan di bawahnya (yang benar: tanda " penutup)',
    )


def stray_quote(place: Place) -> Finding:
    return finding(
        place,
        "warning",
        "stray-quote",
        'text follows a closing quote (a quote inside a quoted cell would be right as "")',
        'ada teks setelah tanda kutip penutup (kutip di dalam sel berkutip yang benar ditulis "")',
    )


def too_many_quotes(place: Place, count: int) -> Finding:
    return finding(
        place,
        "error",
        "too-many-open-quotes",
        f"{count} quoted cells above are not closed; from here on quotes are read as plain characters",
        f"{count} sel berkutip di atas tidak ditutup; mulai di sini tanda kutip dibaca sebagai karakter biasa",
    )
