"""What the names in a process model stand for: members of the public, work, or a channel.

Only the head of a name decides: "Pizza customer" is somebody, "Customer onboarding" is work. Which words mean what, and
where a language puts its head noun, stands in `ontology/public-terms.ttl`; here is only how a name is cut up.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from bpo_kg.errors import SourceError
from bpo_kg.vocabulary import BPO, RDF, RDFS, SKOS

Phrase = tuple[str, ...]

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_SEPARATOR = re.compile(r"[/,;|&+]")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LONGEST = 200
"""Characters of a name that are read; a longer one is prose."""


def _words(text: str) -> Phrase:
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().replace("\u2019", "'").replace("\u2011", "-")
    return tuple(_WORD.findall(folded))


def _plain(word: str) -> str:
    return word.replace("-", "")


@dataclass(frozen=True, slots=True)
class ModelWords:
    """The word lists of a model reader; every word is casefolded, lists are by BCP 47 tag where position matters."""

    public: Mapping[str, frozenset[Phrase]]
    links: Mapping[str, frozenset[str]]
    fillers: Mapping[str, frozenset[str]]
    head_last: Mapping[str, bool]
    work: frozenset[Phrase]
    joins: frozenset[str]
    channels: Mapping[Phrase, str]
    """Channel IRI by the phrase that names it."""

    def means_public(self, name: str) -> bool:
        """Tell whether a pool's name stands for members of the public: one of the names it joins does."""
        text = _CAMEL.sub(" ", _BRACKETED.sub(" ", name[:_LONGEST]))
        return any(self._is_public(piece) for piece in self._pieces(text))

    def channels_in(self, name: str) -> tuple[str, ...]:
        """Return the IRIs of the channels that a task's name mentions, in order of IRI."""
        words = tuple(map(_plain, _words(name)))
        found = {
            iri
            for phrase, iri in self.channels.items()
            for at in range(len(words) - len(phrase) + 1)
            if words[at : at + len(phrase)] == phrase
        }
        return tuple(sorted(found))

    def _pieces(self, text: str) -> Iterator[Phrase]:
        for part in _SEPARATOR.split(text):
            piece: list[str] = []
            for word in _words(part):
                if word in self.joins:
                    yield tuple(piece)
                    piece = []
                else:
                    piece.append(word)
            yield tuple(piece)

    def _is_public(self, words: Phrase) -> bool:
        while len(words) > 1 and (len(words[-1]) == 1 or words[-1].isdigit()):  # "Customer 2", "Customer B"
            words = words[:-1]
        for tag, phrases in self.public.items():
            if tuple(map(_plain, words)) in phrases:
                return True
            rest = self._before_head(tag, phrases, words)
            if rest is not None and not self._names_work(rest):
                return True
        return False

    def _before_head(self, tag: str, phrases: frozenset[Phrase], words: Phrase) -> Phrase | None:
        """Return what a name says besides its head if the head is one of `phrases`, else None."""
        while words and words[0] in self.fillers.get(tag, frozenset()):
            words = words[1:]
        links = self.links.get(tag, frozenset())
        cut = next((i for i, word in enumerate(words) if i and word in links), len(words))
        core, last = words[:cut], self.head_last.get(tag, True)
        for size in range(1, len(core) + 1):
            head = core[-size:] if last else core[:size]
            if tuple(map(_plain, head)) in phrases or (size == 1 and _head_part(head[0], last) in phrases):
                return words[: cut - size] + words[cut:] if last else words[size:]
        return None

    def _names_work(self, words: Phrase) -> bool:
        parts = tuple(part for word in words for part in (word, *word.split("-")))
        return any(
            parts[at : at + len(phrase)] == phrase for phrase in self.work for at in range(len(parts) - len(phrase) + 1)
        )


def _head_part(word: str, last: bool) -> Phrase:
    return (word.rsplit("-", 1)[-1] if last else word.split("-", 1)[0],)


def read_public_terms(path: Path) -> ModelWords:
    """Return the word lists of a Turtle file made like `ontology/public-terms.ttl`.

    Raises:
        SourceError: the file is missing or not Turtle.
    """
    store = ox.Store()
    try:
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    except (OSError, SyntaxError) as error:
        raise SourceError(f"{path}: {error}") from error

    def members(cls: str) -> list[ox.NamedNode]:
        quads = store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(BPO + cls), None)
        return sorted((q.subject for q in quads if isinstance(q.subject, ox.NamedNode)), key=str)

    def literals(node: ox.NamedNode, *predicates: str) -> Iterator[ox.Literal]:
        for predicate in predicates:
            for quad in store.quads_for_pattern(node, ox.NamedNode(predicate), None, None):
                if isinstance(quad.object, ox.Literal):
                    yield quad.object

    def by_language(cls: str, *predicates: str) -> dict[str, set[Phrase]]:
        found: dict[str, set[Phrase]] = {}
        for node in members(cls):
            for word in literals(node, *predicates):
                found.setdefault(word.language or "", set()).add(tuple(map(_plain, _words(word.value))))
        return dict(sorted(found.items()))

    def single(cls: str) -> dict[str, frozenset[str]]:
        # The labels of these lists name the list; their words are the alternative labels.
        lists = by_language(cls, SKOS + "altLabel")
        return {tag: frozenset(word for phrase in phrases for word in phrase) for tag, phrases in lists.items()}

    public = by_language("PublicTerm", RDFS + "label", SKOS + "altLabel")
    heads = {
        next(literals(node, SKOS + "notation")).value: next(literals(node, BPO + "headLast")).value == "true"
        for node in members("HeadPosition")
    }
    channels = {
        tuple(map(_plain, _words(word.value))): quad.object.value
        for node in members("ChannelTerm")
        for quad in store.quads_for_pattern(node, ox.NamedNode(BPO + "namesChannel"), None, None)
        if isinstance(quad.object, ox.NamedNode)
        for word in literals(node, SKOS + "altLabel")
    }
    return ModelWords(
        public={tag: frozenset(phrases) for tag, phrases in public.items()},
        links=single("LinkTerm"),
        fillers=single("FillerTerm"),
        head_last=heads,
        work=frozenset(p for phrases in by_language("WorkTerm", SKOS + "altLabel").values() for p in phrases),
        joins=frozenset(word for words in single("JoiningTerm").values() for word in words),
        channels=channels,
    )
