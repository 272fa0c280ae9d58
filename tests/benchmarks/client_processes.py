"""Client processes made by chance, as Turtle: the data that the reasoning benchmarks run on.

Every process has an owner, some recorded yes/no facts, channels, coverage and a kind; every third is part of an
earlier one. The same number and seed give the same bytes.
"""

import random
from pathlib import Path

OWNERS_PER = 100
PREFIXES = """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .
@prefix proc: <https://w3id.org/bpo-kg/process/> .
@prefix chan: <https://w3id.org/bpo-kg/channel/> .
@prefix scale: <https://w3id.org/bpo-kg/scale/> .
@prefix ctry: <https://w3id.org/bpo-kg/country/> .
@prefix held: <https://example.org/held/> .
"""
KINDS = ("callCenter", "emailSupport", "chatSupport", "technicalSupport", "payroll", "procurement", "dataEntry")
CHANNELS = ("phone", "email", "chat", "webForum", "inPerson")
COVERAGES = ("businessHours", "roundTheClock")
COUNTRIES = ("GB", "ID", "US", "DE")
YES_NO = ("publicContact", "onSiteNeed", "workforceContact", "core")


def turtle(number: int, *, seed: int = 1) -> bytes:
    """Return `number` client processes and their owners as Turtle."""
    chance = random.Random(seed)
    lines = [PREFIXES]
    owners = max(1, number // OWNERS_PER)
    for i in range(owners):
        lines.append(f"held:owner{i} a bpo:ClientOrganisation ; bpo:homeCountry ctry:{chance.choice(COUNTRIES)} .\n")
    depth: list[int] = []
    for i in range(number):
        parts = [f"held:p{i} a bpo:ClientProcess ; bpo:ownedBy held:owner{chance.randrange(owners)}"]
        for name in YES_NO:
            value = chance.choice(("true", "false", None))
            if value:
                parts.append(f"bpo:{name} {value}")
        channels = chance.sample(CHANNELS, chance.randrange(3))
        if channels:
            parts.append("bpo:usesChannel " + " , ".join(f"chan:{name}" for name in channels))
        if chance.random() < 0.5:
            parts.append(f"bpo:neededCoverage scale:{chance.choice(COVERAGES)}")
        if chance.random() < 0.7:
            parts.append(f"bpo:specialises proc:{chance.choice(KINDS)}")
        whole = chance.randrange(i) if i and chance.random() < 0.33 else None
        depth.append(0)
        if whole is not None and depth[whole] < 4:
            depth[i] = depth[whole] + 1
            parts.append(f"bpo:directPartOf held:p{whole}")
        lines.append(" ; ".join(parts) + " .\n")
    return "".join(lines).encode()


def file_of(number: int, folder: Path, *, seed: int = 1) -> Path:
    """Write a data file into a folder, once, and return its path."""
    path = folder / f"processes-{number}-{seed}.ttl"
    if not path.exists():
        path.write_bytes(turtle(number, seed=seed))
    return path
