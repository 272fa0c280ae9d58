"""What the pages say of themselves, in English and Indonesian.

Words of the domain (labels, grades, rules, questions) come from the graph; only headings, buttons and hints stand here.
"""

from collections.abc import Mapping

_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("What can be outsourced, from where, and why", "Apa yang dapat dialihdayakan, dari mana, dan mengapa"),
    "lead": (
        "Give it an inventory of processes. For each one it tells whether it may go out, from where it could be "
        "delivered, why, and what to ask next.",
        "Berikan daftar proses. Untuk tiap proses dijawab apakah boleh dialihdayakan, dari mana dapat dikerjakan, "
        "mengapa, dan apa yang perlu ditanyakan berikutnya.",
    ),
    "nav.assess": ("Assess", "Penilaian"),
    "nav.questions": ("Questions", "Pertanyaan"),
    "nav.ontology": ("Ontology", "Ontologi"),
    "nav.query": ("SPARQL", "SPARQL"),
    "nav.docs": ("API", "API"),
    "skip": ("Skip to the content", "Langsung ke isi"),
    "language": ("Bahasa Indonesia", "English"),
    "footer": (
        "An answer is no legal advice. Unknown is an answer too.",
        "Jawaban di sini bukan nasihat hukum. “Belum diketahui” juga sebuah jawaban.",
    ),
    "formats": ("Same data as", "Data yang sama sebagai"),
    # --- assess ---
    "assess.title": ("Assessment of the inventory", "Penilaian daftar proses"),
    "assess.file": ("Inventory file", "Berkas daftar proses"),
    "assess.file.hint": (
        "CSV, TSV, XLSX, ODS, BPMN or RDF; at most 8 MB",
        "CSV, TSV, XLSX, ODS, BPMN, atau RDF; paling besar 8 MB",
    ),
    "assess.paste": ("… or paste a table", "… atau tempelkan tabel"),
    "assess.paste.hint": (
        "straight from a spreadsheet; the first row holds the column names, only “name” is required",
        "langsung dari lembar kerja; baris pertama berisi nama kolom, hanya “nama” yang wajib",
    ),
    "assess.to": ("Deliver from", "Dikerjakan dari"),
    "assess.to.hint": ("country codes, for example PH,ID", "kode negara, misalnya PH,ID"),
    "assess.client": ("Client country", "Negara klien"),
    "assess.client.hint": ("for rows that name none", "untuk baris yang tidak menyebutnya"),
    "assess.evidence": ("Count published measures", "Perhitungkan hasil ukur terbitan"),
    "assess.go": ("Assess", "Nilai"),
    "assess.try": ("Fill in an example", "Isi contoh"),
    "assess.kept": ("Nothing that you send is kept.", "Apa pun yang Anda kirim tidak disimpan."),
    "assess.again": ("Assess another inventory", "Nilai daftar lain"),
    "assess.findings": ("Noticed while reading", "Yang ditemukan saat membaca"),
    "assess.why": ("Why?", "Mengapa?"),
    "assess.empty": ("No process was found in it.", "Tidak ada proses di dalamnya."),
    "assess.served": ("Processes on this server", "Proses di server ini"),
    "assess.more": ("all {count}", "semua {count}"),
    "severity.error": ("error", "kesalahan"),
    "severity.warning": ("warning", "peringatan"),
    "severity.suggestion": ("suggestion", "saran"),
    "legend": ("How to read it", "Cara membacanya"),
    # --- why ---
    "why.title": ("Why: {name}", "Mengapa: {name}"),
    "why.office": ("Office", "Kantor"),
    "why.proof": ("Proof", "Bukti"),
    "why.open": ("Could still change it", "Masih dapat mengubahnya"),
    "why.verify": ("To verify", "Perlu diperiksa"),
    "why.known": ("What is known", "Yang diketahui"),
    "why.rests": ("Statements it rests on", "Pernyataan yang menjadi sandaran"),
    "reason.explain": ("Back to the explanation", "Kembali ke penjelasan"),
    "reason.whyNot": ("Why no better grade?", "Mengapa nilainya tidak lebih baik?"),
    "reason.flips": ("What would turn it?", "Apa yang akan mengubahnya?"),
    "reason.whatIf": ("What if?", "Bagaimana seandainya?"),
    "reason.suppose": ("Suppose a fact (column=value)", "Andaikan suatu fakta (kolom=nilai)"),
    "why.none": ("No rule gives a grade.", "Tidak ada aturan yang memberi nilai."),
    "why.rests.on": ("rests on: {basis}", "bersandar pada: {basis}"),
    "criterion": ("criterion", "kriteria"),
    "answer": ("answer", "jawaban"),
    "basis": ("basis", "dasar"),
    # --- questions ---
    "questions.title": ("Questions", "Pertanyaan"),
    "questions.lead": (
        "Each question is a form here, an address for programs and a command. Values are looked up as terms, so "
        "nothing you type can change the query.",
        "Tiap pertanyaan adalah formulir di sini, alamat untuk program, dan perintah. Nilai dicari sebagai istilah, "
        "sehingga apa pun yang diketik tidak dapat mengubah kueri.",
    ),
    "question.ask": ("Ask", "Tanyakan"),
    "question.any": ("any", "semua"),
    "question.choose": ("choose …", "pilih …"),
    "question.type": ("name, id or IRI", "nama, id, atau IRI"),
    "question.country": ("code or name of a country", "kode atau nama negara"),
    "question.examples": ("Examples", "Contoh"),
    "question.rows": ("{first}–{last} of {total}", "{first}–{last} dari {total}"),
    "question.next": ("Next", "Berikutnya"),
    "question.previous": ("Previous", "Sebelumnya"),
    "question.empty": ("No answer.", "Tidak ada jawaban."),
    "question.sparql": ("The query", "Kuerinya"),
    "question.run": ("Open in the query page", "Buka di halaman kueri"),
    "question.source": ("Rests on", "Bersandar pada"),
    "question.all": ("All questions", "Semua pertanyaan"),
    # --- ontology and things ---
    "ontology.title": ("Ontology", "Ontologi"),
    "ontology.find": ("Find a term", "Cari istilah"),
    "ontology.find.go": ("Find", "Cari"),
    "ontology.classes": ("Classes", "Kelas"),
    "ontology.properties": ("Properties", "Properti"),
    "ontology.kinds": ("Kinds of processes", "Jenis proses"),
    "ontology.criteria": ("Criteria", "Kriteria"),
    "ontology.rules": ("Rules", "Aturan"),
    "ontology.statements": ("Statements", "Pernyataan"),
    "ontology.channels": ("Channels", "Saluran"),
    "ontology.scales": ("Scales", "Skala"),
    "ontology.column": ("column", "kolom"),
    "thing.what": ("What is said of it", "Yang dikatakan tentangnya"),
    "thing.used": ("Where it is used", "Tempat ia dipakai"),
    "thing.more": ("and more", "dan lainnya"),
    "thing.inferred": ("inferred", "disimpulkan"),
    "thing.assessed": ("assessed", "dinilai"),
    "thing.graph": ("from", "dari"),
    "thing.explain": ("Why does it get its verdicts?", "Mengapa mendapat putusannya?"),
    # --- query ---
    "query.title": ("Query", "Kueri"),
    "query.lead": (
        "SPARQL 1.1 over asserted, inferred and assessed triples. Prefixes of the ontology need no declaration here.",
        "SPARQL 1.1 atas tripel yang dinyatakan, disimpulkan, dan dinilai. "
        "Prefiks ontologi tidak perlu ditulis di sini.",
    ),
    "query.go": ("Run", "Jalankan"),
    "query.text": ("Query text", "Teks kueri"),
    "query.examples": ("Start from a question", "Mulai dari sebuah pertanyaan"),
    "query.noscript": ("Without JavaScript the answer comes as JSON.", "Tanpa JavaScript jawabannya berupa JSON."),
    "query.rows": ("{count} rows in {time} ms", "{count} baris dalam {time} md"),
    "query.empty": ("No rows. Looking for the reason …", "Tidak ada baris. Mencari sebabnya …"),
    "query.yes": ("yes", "ya"),
    "query.no": ("no", "tidak"),
    "query.shown": ("the first {count} rows are shown", "ditampilkan {count} baris pertama"),
    # --- api ---
    "docs.title": ("Programming interface", "Antarmuka pemrograman"),
    "docs.lead": (
        "Every operation, read from the OpenAPI 3.1 description that programs use.",
        "Semua operasi, dibaca dari deskripsi OpenAPI 3.1 yang dipakai program.",
    ),
    "docs.parameters": ("Parameters", "Parameter"),
    "docs.body": ("Body", "Isi permintaan"),
    "docs.answers": ("Answers in", "Jawaban dalam"),
    "docs.required": ("required", "wajib"),
    "docs.try": ("Try it", "Coba"),
    "refused.title": ("That did not work", "Itu tidak berhasil"),
    "refused.home": ("To the start page", "Ke halaman awal"),
}


def say(key: str, lang: str, **values: object) -> str:
    """Return a text of the pages in a language, its blanks filled in.

    >>> say("question.rows", "id", first=1, last=20, total=42)
    '1–20 dari 42'
    """
    english, indonesian = _TEXTS[key]
    chosen = indonesian if lang == "id" else english
    return chosen.format(**values) if values else chosen


def all_texts() -> Mapping[str, tuple[str, str]]:
    """Return every text by its key, in English and Indonesian."""
    return _TEXTS
