"""Choose the reader's language: `?lang` first, then Accept-Language, then the server's own.

Two languages are spoken, English and Indonesian. A tag such as `id-ID` means its first part; `in` is the name that
Indonesian had before 1989 and that old Android phones still send.
"""

from functools import lru_cache

LANGUAGES = ("en", "id")
_SPOKEN = {"en": "en", "id": "id", "in": "id"}


@lru_cache(maxsize=256)
def preferred(accept: str, otherwise: str = "en") -> str:
    """Return the spoken language that an Accept-Language header likes best.

    >>> preferred("fr-FR, id;q=0.8, en;q=0.5")
    'id'
    >>> preferred("fr", "id")
    'id'
    """
    best, chosen = 0.0, otherwise
    for part in accept.split(","):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        spoken = otherwise if tag == "*" else _SPOKEN.get(tag.partition("-")[0])
        weight = _weight(parameters)
        if spoken is not None and weight > best:
            best, chosen = weight, spoken
    return chosen


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
