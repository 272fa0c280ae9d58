"""The sentences that proofs and changes are told in: read from Turtle, filled in for one reader's language."""

from collections.abc import Mapping

from bpo_kg.suitability.rows import text
from bpo_kg.suitability.rulebook import Rulebook
from bpo_kg.suitability.wording import labels_by_notation


def _texts() -> Mapping[str, Mapping[str, str]]:
    return labels_by_notation("sentences")


class Sentences:
    """Sentences in one language, "en" or "id"; any other language gets English."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, /, **blanks: object) -> str:
        """Return a sentence with its blanks filled in (KeyError if there is none of that name)."""
        return text(_texts()[key], self.lang).format(**blanks)

    def criterion(self, book: Rulebook, name: str, value: str) -> str:
        """Return the sentence that says a criterion is met (`yes`), failed (`no`) or `unknown`."""
        own = _texts().get(f"{name}={value}")
        if own is not None:
            return text(own, self.lang)
        return self(f"other={value}", label=text(book.criterion(name).labels, self.lang))


def sentence(clause: str) -> str:
    """Return a clause as a sentence: a capital first, a full stop last."""
    return clause[:1].upper() + clause[1:] + ("" if clause.endswith((".", "?", "!")) else ".")


def column_label(column: str, lang: str) -> str:
    """Return what a reader calls an inventory column; one that the shipped tables do not have keeps its name."""
    return text(labels_by_notation("columns").get(column, {}), lang) or column
