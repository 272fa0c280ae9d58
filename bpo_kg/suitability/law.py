"""Name what a lawyer must look at before work goes abroad. Flags are questions, never grades.

They fail closed: as long as nobody recorded that work involves no personal data, or that a safeguard covers the
transfer, it stands as something to verify. No list of adequate countries is shipped, because such a list is law, with
dates and exceptions, and goes stale unseen. Whoever relies on a safeguard records it, with its date and its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bpo_kg.suitability.atlas import Atlas, both
from bpo_kg.suitability.sites import LawRecord

PERSONAL_DATA: Final = "personalData"
LICENSED_WORK: Final = "licensedWork"


@dataclass(frozen=True, slots=True)
class LawFlag:
    """Something to verify: the criterion it hangs on, and why, by language tag `en` and `id`."""

    name: str
    detail: Mapping[str, str]


def law_flags(
    atlas: Atlas, client: str | None, place: str, personal_data: bool | None, licensed_work: bool | None = None
) -> tuple[LawFlag, ...]:
    """Return what must be verified before a client's work is done at a place; nothing within one country.

    Args:
        atlas: what is known of places, with recorded safeguards and bars.
        client: country code or site IRI of the client; None: unknown, which counts as abroad.
        place: country code or site IRI.
        personal_data: whether the work involves personal data; None: not recorded.
        licensed_work: whether a person licensed in the client's country must sign for it. Only a recorded yes is
            flagged: nearly all work has no such requirement, and a flag on everything would be read by nobody.
    """
    home = atlas.known(client)
    here, there = atlas.country(place), atlas.country(home) if home else None
    if here is not None and here == there:
        return ()
    flags = []
    if personal_data is not False:
        detail = _transfer(atlas, there, here, personal_data)
        if detail is not None:
            flags.append(LawFlag(PERSONAL_DATA, detail))
    if licensed_work:
        flags.append(LawFlag(LICENSED_WORK, _LICENSED))
    return tuple(flags)


def _transfer(atlas: Atlas, client: str | None, place: str | None, personal_data: bool | None) -> dict[str, str] | None:
    """Return why a transfer of personal data is to be verified, or None where a recorded safeguard covers it."""
    for bar in atlas.overrides.bars:
        if (bar.client, bar.place) == (client, place):
            return _dated(
                bar, "a bar on moving personal data there is recorded", "tercatat larangan memindahkan data pribadi"
            )
    if any((record.client, record.place) == (client, place) for record in atlas.overrides.safeguards):
        return None
    if personal_data is None:
        return both(
            "it is not recorded whether personal data is involved, and no safeguard for a transfer is recorded",
            "tidak tercatat apakah ada data pribadi, dan tidak ada perlindungan pemindahan yang tercatat",
        )
    return both(
        "personal data would go abroad and no adequacy decision or safeguard is recorded",
        "data pribadi akan ke luar negeri dan tidak ada keputusan kesetaraan atau perlindungan yang tercatat",
    )


def _dated(record: LawRecord, en: str, local: str) -> dict[str, str]:
    note = ", ".join(part for part in (record.source, record.date) if part)
    return both(f"{en} ({note})", f"{local} ({note})") if note else both(en, local)


_LICENSED: Final = both(
    "a person licensed in the client's country must sign for this work",
    "pekerjaan ini harus disahkan orang berizin di negara klien",
)
