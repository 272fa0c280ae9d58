"""How a vector of answers becomes a grade, and which open criteria are named."""

import itertools
import random
from collections.abc import Iterator, Mapping

import pytest

from bpo_kg.suitability.judging import Judge
from bpo_kg.suitability.rulebook import Criterion, Rule, Rulebook

STRENGTHS = {"baseline": 1, "tendency": 2, "requirement": 3}
BASES = {"recorded": 1, "computed": 1, "inherited": 2, "suggested": 3, "measured": 4, "catalogued": 5, "presumed": 6}


def criterion(name: str, position: int, *, of_placement: bool = False) -> Criterion:
    return Criterion(name, f"urn:{name}", position, of_placement, {}, {}, None, None, None)


def rule(
    name: str,
    *,
    met: str = "",
    failed: str = "",
    gives: str | None = None,
    presumes: tuple[str, bool] | None = None,
    strength: str = "tendency",
    priority: int = 10,
    weakest: str | None = None,
) -> Rule:
    return Rule(
        name=name,
        iri=f"urn:rule:{name}",
        labels={},
        sentence={},
        met=frozenset(met.split()),
        failed=frozenset(failed.split()),
        strength=strength,
        priority=priority,
        rank=(STRENGTHS[strength], priority),
        statement="urn:s",
        weakest_basis=weakest,
        gives=gives,
        presumes=presumes,
    )


PROCESS = ("public", "onSite", "core", "remote")
PLACEMENT = ("abroad", "language")


def book(*rules: Rule) -> Rulebook:
    criteria = [criterion(name, i) for i, name in enumerate(PROCESS)]
    criteria += [criterion(name, i, of_placement=True) for i, name in enumerate(PLACEMENT)]
    ordered = sorted(rules, key=lambda r: (-r.rank[0], -r.rank[1], r.name))
    return Rulebook(
        criteria=tuple(criteria),
        defaults=tuple(r for r in ordered if r.presumes),
        placements=tuple(r for r in ordered if r.gives),
        bases=BASES,
        grades={},
        statements={},
        replaced={},
    )


SMALL = book(
    rule("core out", met="core", gives="excluded", strength="requirement", priority=100),
    rule("may go", failed="core", gives="possible", strength="baseline", priority=1),
    rule("remote", met="public remote abroad language", failed="onSite", gives="favoured", priority=20),
    rule("bound", met="onSite abroad", gives="discouraged", priority=30),
    rule("firmly", met="onSite abroad", gives="excluded", strength="requirement", priority=90, weakest="inherited"),
    rule("back stays", failed="public", presumes=("onSite", True)),
    rule("remote is free", met="public remote", presumes=("onSite", False)),
)


def answers(**known: bool) -> dict[str, bool | None]:
    return {name: known.get(name) for name in (*PROCESS, *PLACEMENT)}


def recorded(values: Mapping[str, bool | None]) -> dict[str, str]:
    return {name: "recorded" for name, value in values.items() if value is not None}


def test_a_requirement_beats_a_tendency_whatever_the_numbers() -> None:
    """A tendency of priority 1000 yields to a requirement of priority 1."""
    judge = Judge(
        book(
            rule("loud", met="public", gives="favoured", priority=1000),
            rule("binding", met="public", gives="excluded", strength="requirement", priority=1),
        )
    )
    verdict = judge.verdict(answers(public=True), {"public": "recorded"})
    assert (verdict.grade, verdict.winners, verdict.rules) == ("excluded", ("binding",), ("binding", "loud"))


def test_rules_of_equal_rank_that_disagree_are_contested() -> None:
    """Neither of two equal rules is quietly preferred."""
    judge = Judge(book(rule("a", met="public", gives="favoured"), rule("b", met="public", gives="discouraged")))
    verdict = judge.verdict(answers(public=True), {"public": "recorded"})
    assert (verdict.grade, verdict.status, verdict.winners) == ("contested", "contested", ("a", "b"))


def test_no_rule_leaves_the_grade_undetermined() -> None:
    """Without any applicable rule there is a grade to find, not a grade of zero."""
    verdict = Judge(SMALL).verdict(answers(), {})
    assert (verdict.grade, verdict.status) == ("undetermined", "undetermined")
    assert set(verdict.open) == {"public", "core", "remote", "onSite", "abroad", "language"}


def test_a_presumption_fills_only_what_no_fact_answers() -> None:
    """The default for back-office work yields to the client's own word."""
    judge = Judge(SMALL)
    assert judge.presume(answers(public=False), {"public": "recorded"}).values == {"onSite": (True, ("back stays",))}
    assert judge.presume(answers(public=False, onSite=False), {}).values == {}


def test_presumptions_of_equal_rank_that_disagree_leave_the_criterion_unknown() -> None:
    """Equal and different defaults are contested, and the grade says so when it hangs on them."""
    judge = Judge(
        book(
            rule("yes", met="public", presumes=("onSite", True)),
            rule("no", met="remote", presumes=("onSite", False)),
            rule("bound", met="onSite", gives="discouraged"),
            rule("base", met="public", gives="possible", strength="baseline"),
        )
    )
    values = answers(public=True, remote=True)
    assert judge.presume(values, recorded(values)).contested == {"onSite": ("no", "yes")}
    verdict = judge.verdict(values, recorded(values))
    assert (verdict.grade, verdict.status, verdict.open) == ("possible", "contested", ("onSite",))


def test_a_presumed_answer_is_too_weak_for_a_rule_that_asks_for_the_clients_word() -> None:
    """Presumed on-site need discourages; recorded on-site need excludes."""
    judge = Judge(SMALL)
    presumed = answers(public=False, core=False, abroad=True, language=True)
    assert judge.verdict(presumed, recorded(presumed)).grade == "discouraged"
    stated = {**presumed, "onSite": True}
    assert judge.verdict(stated, recorded(stated)).grade == "excluded"
    assert judge.verdict(stated, {**recorded(stated), "onSite": "measured"}).grade == "discouraged"


def test_core_unknown_makes_the_grade_provisional_and_names_core() -> None:
    """A grade means *if it goes out*, so an unanswered core question stays open."""
    values = answers(public=True, remote=True, onSite=False, abroad=True, language=True)
    verdict = Judge(SMALL).verdict(values, recorded(values))
    assert (verdict.grade, verdict.status, verdict.open) == ("favoured", "provisional", ("core",))


def test_criteria_settled_by_the_kind_of_place_are_not_open_questions() -> None:
    """A location class fixes no language; that is no question to ask the client."""
    values = answers(public=True, remote=True, core=False, onSite=False, abroad=True)
    judge = Judge(SMALL)
    assert judge.verdict(values, recorded(values)).open == ("language",)
    settled = judge.verdict(values, recorded(values), settled=["language"])
    assert (settled.status, settled.open) == ("decided", ())


def random_books(count: int) -> Iterator[tuple[Rulebook, random.Random]]:
    for seed in range(count):
        dice = random.Random(seed)
        rules = []
        for n in range(dice.randint(2, 6)):
            chosen = dice.sample((*PROCESS, *PLACEMENT), dice.randint(1, 3))
            cut = dice.randint(0, len(chosen))
            rules.append(
                rule(
                    f"p{n}",
                    met=" ".join(chosen[:cut]),
                    failed=" ".join(chosen[cut:]),
                    gives=dice.choice(("favoured", "possible", "discouraged", "excluded")),
                    strength=dice.choice(tuple(STRENGTHS)),
                    priority=dice.randint(1, 3),
                    weakest=dice.choice((None, None, "inherited")),
                )
            )
        for n in range(dice.randint(0, 3)):
            target, *rest = dice.sample(PROCESS, 3)
            cut = dice.randint(0, len(rest))
            rules.append(
                rule(
                    f"d{n}",
                    met=" ".join(rest[:cut]),
                    failed=" ".join(rest[cut:]),
                    presumes=(target, dice.random() < 0.5),
                    priority=dice.randint(1, 2),
                )
            )
        yield book(*rules), dice


def by_hand(rules: Rulebook, values: Mapping[str, bool | None], bases: Mapping[str, str]) -> str:
    """Grade straight from the definition, without masks, memory or pruning."""
    known = {name: (value, bases.get(name, "")) for name, value in values.items() if value is not None}

    def holds(r: Rule) -> bool:
        for side, wanted in ((r.met, True), (r.failed, False)):
            for name in side:
                if name not in known or known[name][0] is not wanted:
                    return False
                weak = name in PROCESS and r.weakest_basis and BASES[known[name][1]] > BASES[r.weakest_basis]
                if weak:
                    return False
        return True

    for target, _ in Judge(rules)._defaults:
        if target in known:
            continue
        fired = [r for r in rules.defaults if r.presumes and r.presumes[0] == target and holds(r)]
        top = [r.presumes[1] for r in fired if r.presumes and r.rank == fired[0].rank]
        if len(set(top)) == 1:
            known[target] = (top[0], "presumed")
    placed = [r for r in rules.placements if holds(r)]
    grades = {r.gives for r in placed if r.rank == placed[0].rank}
    return "undetermined" if not grades else "contested" if len(grades) > 1 else str(grades.pop())


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_open_criteria_are_exactly_those_that_can_move_the_grade(start: int) -> None:
    """Against brute force over every state of knowledge: nothing missed, nothing named in vain."""
    checked = named = 0
    for rules, dice in itertools.islice(random_books(start + 20), start, None):
        judge = Judge(rules)
        for _ in range(4):
            values = {name: dice.choice((True, False, None, None)) for name in (*PROCESS, *PLACEMENT)}
            bases = {n: dice.choice(("recorded", "measured")) for n, v in values.items() if v is not None}
            verdict = judge.verdict(values, bases)
            assert verdict.grade == by_hand(rules, values, bases)
            presumed = judge.presume(values, bases).values
            free = [name for name, value in values.items() if value is None and name not in presumed]
            outcome = {}
            for given in itertools.product((None, True, False), repeat=len(free)):
                learnt = dict(zip(free, given, strict=True))
                more = {n: "recorded" for n, v in learnt.items() if v is not None}
                outcome[given] = by_hand(rules, {**values, **learnt}, {**bases, **more})
            essential = {
                name
                for i, name in enumerate(free)
                for given in outcome
                if given[i] is None
                and len({outcome[(*given[:i], v, *given[i + 1 :])] for v in (None, True, False)}) > 1
            }
            assert set(verdict.open) == essential
            checked += 1
            named += len(essential)
    assert checked == 80
    assert named > 20
