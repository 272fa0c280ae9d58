"""The words that inventory cells may use, and the IRI that each stands for.

Labels, alternative labels, CURIEs, IRIs and local names all lead to the same thing, in any case and with
any hyphens. A word that leads to two things leads nowhere: guessing would be silent.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from bpo_kg.vocabulary import BPO, COUNTRY, LANG, RDFS, SKOS, expand, local_name, shorten

Names = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""IRI (or code) by code or name, or a function that gives such a mapping when it is first needed."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})
ANSWERS: Mapping[str, bool] = {
    "yes": True, "true": True, "1": True, "ya": True,
    "no": False, "false": False, "0": False, "tidak": False,
}  # fmt: skip
_SHORTEST_LOOSE = 4
"""Codes of two or three letters must be written exactly: "G-B" is a slip, "e mail" is a spelling."""
_TAG = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*", re.I | re.ASCII)


def exact_key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def loose_key(text: str) -> str:
    return "".join(c for c in exact_key(text) if c.isalnum())


class Words:
    """The words of one vocabulary: `find` gives the IRIs that a text may mean."""

    def __init__(self, names: Names = NO_NAMES, namespace: str = "") -> None:
        self._names = names
        self._namespace = namespace
        self._exact: dict[str, dict[str, None]] | None = None
        self._loose: dict[str, dict[str, None]] = {}
        self._written: dict[str, str] = {}
        self._iris: set[str] = set()
        self.labels: dict[str, str] = {}
        """English label by IRI, where one is known."""

    def add(self, word: str, iri: str) -> None:
        """Let `word` lead to `iri`, as its local name does; a word may lead to several things."""
        exact = self._table()
        self._iris.add(iri)
        for written in (word, local_name(iri)):
            if key := exact_key(written):
                exact.setdefault(key, {})[iri] = None
                self._written.setdefault(key, written)
            if key := loose_key(written):
                self._loose.setdefault(key, {})[iri] = None

    def find(self, text: str) -> tuple[str, ...]:
        """Return the IRIs that `text` may mean: none, one, or several where a word is ambiguous."""
        exact = self._table()
        if ":" in text and (iri := expand(text.strip()) or text.strip()) in self._iris:
            return (iri,)
        key = exact_key(text)
        found = exact.get(key)
        if found is None and len(loose := loose_key(key)) >= _SHORTEST_LOOSE:
            found = self._loose.get(loose)
        return tuple(found) if found else ()

    def nearest(self, text: str) -> str | None:
        """Return the written word nearest to `text`, if one is near."""
        from difflib import get_close_matches

        self._table()
        close = get_close_matches(exact_key(text)[:60], self._written, n=1, cutoff=0.75)
        return self._written[close[0]] if close else None

    def examples(self, limit: int = 8) -> str:
        """Return the local names of a short vocabulary, or nothing for a long one."""
        self._table()
        names = sorted({local_name(iri) for iri in self._iris})
        return ", ".join(names) if len(names) <= limit else ""

    def codes(self) -> list[str]:
        """Return the local name of every thing in the vocabulary, sorted; each is a word of its own."""
        self._table()
        return sorted(map(local_name, self._iris))

    def choices(self) -> list[str]:
        """Return one word for every thing, sorted: its English label where that is known and means nothing else."""
        exact = self._table()
        labels = (self.labels.get(iri, "") for iri in self._iris)
        named = {
            label: iri
            for label, iri in zip(labels, self._iris, strict=True)
            if len(exact.get(exact_key(label), ())) == 1
        }
        return sorted([*named, *map(local_name, self._iris - set(named.values()))], key=str.casefold)

    def curie(self, iri: str) -> str:
        return shorten(iri)

    def _table(self) -> dict[str, dict[str, None]]:
        if self._exact is None:
            self._exact = {}
            names = self._names() if callable(self._names) else self._names
            for word, iri in names.items():
                self.add(word, iri if "://" in iri else self._namespace + iri)
        return self._exact


class Tags(Words):
    """Languages: a tag with a region or script falls back to the bare language that the facts know."""

    def find(self, text: str) -> tuple[str, ...]:
        found = super().find(text)
        if not found and (tag := _TAG.fullmatch(text.strip().replace("_", "-"))):
            found = super().find(tag[1])
        return found


_LABELS = f"""
SELECT ?class ?thing ?property ?label WHERE {{
  VALUES ?class {{ <{BPO}GenericProcess> <{BPO}Channel> <{BPO}Coverage> }}
  ?thing a/<{RDFS}subClassOf>* ?class .
  OPTIONAL {{
    VALUES ?property {{ <{RDFS}label> <{SKOS}altLabel> <{SKOS}hiddenLabel> <{SKOS}notation> }}
    ?thing ?property ?label
  }}
}} ORDER BY ?thing ?label
"""


@dataclass(slots=True)
class Lexicon:
    """What a cell reader must know: kinds, channels, coverage, countries, languages and yes/no words.

    Each of the first five is given as `{word: IRI}`, or as a function that returns such a mapping, so that
    the country names are loaded only when a table names a country. Values of `countries` and `languages`
    may be bare codes.
    """

    kinds: Words
    channels: Words
    coverage: Words
    countries: Words
    languages: Words
    answers: Mapping[str, bool] = field(default_factory=lambda: ANSWERS)

    @classmethod
    def from_names(
        cls,
        *,
        kinds: Names = NO_NAMES,
        channels: Names = NO_NAMES,
        coverage: Names = NO_NAMES,
        countries: Names = NO_NAMES,
        languages: Names = NO_NAMES,
    ) -> "Lexicon":
        """Build from plain mappings of word to IRI."""
        return cls(Words(kinds), Words(channels), Words(coverage), Words(countries, COUNTRY), Tags(languages, LANG))

    @classmethod
    def from_store(cls, store: Store, *, countries: Names = NO_NAMES, languages: Names = NO_NAMES) -> "Lexicon":
        """Read kinds, channels and coverage from the labels in `store`, in any of its graphs."""
        lexicon = cls(Words(), Words(), Words(), Words(countries, COUNTRY), Tags(languages, LANG))
        words = {"GenericProcess": lexicon.kinds, "Channel": lexicon.channels, "Coverage": lexicon.coverage}
        solutions = store.query(_LABELS, use_default_graph_as_union=True)
        assert isinstance(solutions, QuerySolutions)
        for row in solutions:
            kind, thing, label = row["class"], row["thing"], row["label"]
            if not isinstance(kind, NamedNode) or not isinstance(thing, NamedNode):
                continue
            found = words[local_name(kind.value)]
            found.add(label.value if isinstance(label, Literal) else local_name(thing.value), thing.value)
            if isinstance(label, Literal) and label.language == "en" and row["property"] == NamedNode(RDFS + "label"):
                found.labels[thing.value] = label.value
        return lexicon
