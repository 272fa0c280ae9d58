"""Rows are found by the hash of their id, however many hashes there are and however they fall."""

import numpy as np
import pytest

from bpo_kg.portfolio.marks import Marks, MarkTable

IDS = 5_000


def hashes(seed: int, bits: int = 64) -> Marks:
    """Different hashes as a random process has them, of which only the lowest bits differ if asked so."""
    drawn = np.random.default_rng(seed).integers(0, 1 << bits, 2 * IDS, dtype=np.uint64, endpoint=bits < 64)
    return np.unique(drawn)[:IDS]


@pytest.mark.parametrize("bits", [63, 40, 14])
def test_every_row_is_found_by_its_hash(bits: int) -> None:
    """Hashes that share their upper or lower half fall into other slots in the next table, and none is lost."""
    marks = hashes(1, bits)
    table = MarkTable(marks)
    turn = np.random.default_rng(2).permutation(len(marks))
    assert table.find(marks[turn]).tolist() == turn.tolist()
    assert not table.repeat


def test_a_hash_that_no_row_has_is_not_found() -> None:
    """Also where its slot is taken by another."""
    marks = hashes(3, 20)
    others = np.setdiff1d(np.arange(1 << 16, dtype=np.uint64), marks)
    assert set(MarkTable(marks).find(others).tolist()) == {-1}


def test_two_rows_of_one_hash_are_noticed() -> None:
    """Then ids may repeat, and one of the two rows is found."""
    marks = hashes(4)
    table = MarkTable(np.append(marks, marks[17]))
    assert table.repeat
    assert table.find(marks[17:18])[0] in (17, len(marks))


def test_no_rows_have_no_hash() -> None:
    """An empty table finds nothing."""
    assert MarkTable(np.empty(0, dtype=np.uint64)).find(hashes(5)[:3]).tolist() == [-1, -1, -1]
