"""The contradictions of a graph, kept right while it changes.

A clash stays as long as its triples do. Each is explained, when somebody reads it, by the asserted triples it
rests on, cut down to those it cannot do without.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pyoxigraph as ox

from bpo_kg.reasoning.clashes import Clash
from bpo_kg.reasoning.equality import Differences
from bpo_kg.reasoning.maintenance import Change, Maintenance, RuleIndex
from bpo_kg.reasoning.mergers import Group, group_at
from bpo_kg.reasoning.proofs import Proof
from bpo_kg.reasoning.rules import RuleSet
from bpo_kg.reasoning.space import Space
from bpo_kg.store.dataset import Triple

_G = ox.NamedNode("https://w3id.org/bpo-kg/hidden/support")
_T = ox.NamedNode("https://w3id.org/bpo-kg/hidden/support-closure")


class Findings:
    """What contradicts what: broken rules, keys with values that cannot be one, cliques with different members."""

    MOST_OF_ONE_RULE = 20

    def __init__(
        self,
        violations: Iterable[Clash] = (),
        refused: Mapping[tuple[object, ...], tuple[Clash, Group]] | None = None,
        cliques: Iterable[Clash] = (),
    ) -> None:
        self._broken = dict.fromkeys(violations)
        self._refused = dict(refused or {})
        self._cliques = list(cliques)
        self._explained: dict[Clash, Clash] = {}

    def __bool__(self) -> bool:
        return bool(self._broken or self._refused or self._cliques)

    def update(self, space: Space, change: Change, differences: Differences) -> bool:
        """Take a change in; return False if something that was refused can be merged now, so that a full run is due."""
        for clash in change.clashes:
            self._broken[clash] = None
        for group in change.groups:
            clash_of_group = group.clash(differences)
            if clash_of_group is not None:
                self._refused[group.merger, group.key] = (clash_of_group, group)
        if not change.removed:
            return True
        over = [clash for clash in self._broken if any(triple in change.removed for triple in clash.triples)]
        # A rule that had more violations than are kept may have others left.
        cut_off = any(self._count(clash) >= self.MOST_OF_ONE_RULE for clash in over)
        for clash in over:
            del self._broken[clash]
        for key, (clash, group) in list(self._refused.items()):
            if any(triple in change.removed for triple in clash.triples):
                now = group_at(space, group.merger, dict(zip(group.merger.key, group.key, strict=True)))
                del self._refused[key]
                if now is not None:
                    still = now.clash(differences)
                    if still is None:
                        return False
                    self._refused[key] = (still, now)
        return not cut_off

    def _count(self, clash: Clash) -> int:
        return sum(other.axioms == clash.axioms for other in self._broken)

    # --- why -------------------------------------------------------------------------------------
    def explained(
        self, prove: Callable[[Triple], Proof | None], space: Callable[[], Space], rules: Callable[[], RuleSet]
    ) -> list[Clash]:
        """Return the clashes with their support."""
        found = [*self._broken, *(clash for clash, _ in self._refused.values()), *self._cliques]
        for clash in found:
            if clash not in self._explained:
                self._explained[clash] = _supported(clash, prove, rules)
        return [self._explained[clash] for clash in found]


def _supported(clash: Clash, prove: Callable[[Triple], Proof | None], rules: Callable[[], RuleSet]) -> Clash:
    if clash.support:
        return clash
    proofs = [prove(triple) for triple in clash.triples]
    leaves = tuple(dict.fromkeys(leaf for proof in proofs if proof for leaf in proof.leaves()))
    if all(proof is not None and proof.asserted for proof in proofs):
        return replace(clash, support=leaves)
    return replace(clash, support=_shrunk(clash, leaves, rules()))


def _shrunk(clash: Clash, leaves: tuple[Triple, ...], rules: RuleSet) -> tuple[Triple, ...]:
    """Return the leaves without those that the clash does not need."""
    index = RuleIndex(rules)
    if not _breaks(clash, leaves, index):
        return leaves  # equality has a part in it; the proof stands as it is
    kept = leaves
    for leaf in leaves:
        fewer = tuple(other for other in kept if other != leaf)
        if _breaks(clash, fewer, index):
            kept = fewer
    return kept


def _breaks(clash: Clash, triples: Iterable[Triple], index: RuleIndex) -> bool:
    """Return whether some triples alone lead to a clash of the same axioms."""
    store = ox.Store()
    for s, p, o in triples:
        store.add(ox.Quad(s, p, o, _G))  # type: ignore[arg-type]
    change = Change()
    space = Space(store, [_G], _T)
    facts = [rule.head for rule in index.rules.working if not rule.body and rule.head]
    Maintenance(space, index).spread([*triples, *(atom for head in facts for atom in head)], change)  # type: ignore[list-item]
    broken = {found.axioms for found in change.clashes} | {group.merger.axioms for group in change.groups}
    return clash.axioms in broken or any(set(axioms) <= set(clash.axioms) for axioms in broken)
