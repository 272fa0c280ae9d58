"""What a reader of BPMN models tells the model's owner, in both languages.

A suggestion asks: a model only hints, and the owner's word decides.
"""

from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.messages import finding


def contact(place: Place, public: str, name: str) -> Finding:
    return finding(
        place,
        "suggestion",
        "suggested-public-contact",
        f"{public!r} exchanges messages with {name!r}: does {name!r} deal with members of the public? Taken as yes "
        "until public_contact is recorded as yes or no",
        f"{public!r} bertukar pesan dengan {name!r}: apakah {name!r} berhubungan dengan masyarakat? Dianggap ya sampai "
        "public_contact dicatat ya atau tidak",
    )


def channels_named(place: Place, task: str, name: str) -> Finding:
    return finding(
        place,
        "suggestion",
        "suggested-channel",
        f"task {task!r} names a channel: is {name!r} reached that way? Taken as yes until channels are recorded",
        f"tugas {task!r} menyebut saluran: apakah {name!r} dijangkau dengan cara itu? Dianggap ya sampai channels "
        "dicatat",
    )


def counterpart(place: Place, name: str) -> Finding:
    return finding(
        place,
        "suggestion",
        "counterpart-pool",
        f"pool {name!r} is read as members of the public and gives no row; is that right? If it is work of yours, name "
        "it after the work",
        f"kolam {name!r} dibaca sebagai masyarakat dan tidak menjadi baris; benarkah? Bila itu pekerjaan Anda, beri "
        "nama menurut pekerjaannya",
    )


def public_lane(place: Place, name: str) -> Finding:
    return finding(
        place,
        "suggestion",
        "public-lane",
        f"lane {name!r} is named like members of the public but lies in a pool of yours; is it work of yours? If not, "
        "a pool of its own would be right",
        f"jalur {name!r} bernama seperti masyarakat tetapi berada di kolam Anda; apakah itu pekerjaan Anda? Bila "
        "bukan, yang benar: kolam tersendiri",
    )


def empty_pool(place: Place, name: str) -> Finding:
    return finding(
        place,
        "suggestion",
        "black-box-pool",
        f"pool {name!r} shows no work of its own; is it a process of yours? If it is another organisation, leave its "
        "row aside",
        f"kolam {name!r} tidak memuat pekerjaan; apakah itu proses Anda? Bila itu organisasi lain, abaikan barisnya",
    )


def no_name(place: Place, kind: str, kind_id: str) -> Finding:
    return finding(
        place,
        "warning",
        "no-name",
        f"the {kind} has no name and gives no row; what is in it counts to the whole (a name would be right)",
        f"{kind_id} ini tidak bernama dan tidak menjadi baris; isinya dihitung pada keseluruhannya (yang benar: diberi "
        "nama)",
    )


def second_id(place: Place, key: str, line: int) -> Finding:
    return finding(
        place,
        "error",
        "duplicate-id",
        f"id {key!r} already stands in line {line}; references to it mean the first (an id of its own would be right)",
        f"id {key!r} sudah ada di baris {line}; acuan kepadanya berarti yang pertama (yang benar: id tersendiri)",
    )


def dangling(place: Place, key: str) -> Finding:
    shown = repr(key) if key else "nothing"
    shown_id = repr(key) if key else "kosong"
    return finding(
        place,
        "warning",
        "dangling-reference",
        f"the message flow refers to {shown}, which is not in the model, and is not read (an element's id would be "
        "right)",
        f"alur pesan mengacu ke {shown_id}, yang tidak ada dalam model, dan tidak dibaca (yang benar: id suatu elemen)",
    )


def no_process(place: Place) -> Finding:
    return finding(
        place,
        "warning",
        "no-process",
        "the model holds no process of yours (a process or a pool would be right)",
        "model ini tidak memuat proses Anda (yang benar: sebuah proses atau kolam)",
    )
