"""Name what a lawyer must look at before work goes abroad. Flags are questions, never grades.

They fail closed: as long as nobody recorded that work involves no personal data, or that a safeguard covers the
transfer, it stands as something to verify. No list of adequate countries is shipped, because such a list is law, with
dates and exceptions, and goes stale unseen. Whoever relies on a safeguard records it, with its date and its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bpo_kg.suitability.atlas import Atlas
from bpo_kg.suitability.wording import Texts, said

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
        flags.append(LawFlag(LICENSED_WORK, said("licensed")))
    return tuple(flags)


def _transfer(atlas: Atlas, client: str | None, place: str | None, personal_data: bool | None) -> Texts | None:
    """Return why a transfer of personal data is to be verified, or None where a recorded safeguard covers it."""
    for bar in atlas.overrides.bars:
        if (bar.client, bar.place) == (client, place):
            note = ", ".join(part for part in (bar.source, bar.date) if part)
            return said("barredSince", note=note) if note else said("barred")
    if any((record.client, record.place) == (client, place) for record in atlas.overrides.safeguards):
        return None
    return said("perhapsPersonal" if personal_data is None else "unguarded")
