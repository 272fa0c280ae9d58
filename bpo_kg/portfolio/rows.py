"""A batch of inventory rows on integer codes: what every reader gives and every engine works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bpo_kg.portfolio.codes import Flags, Ints


@dataclass(slots=True)
class Rows:
    """Some consecutive rows of one file, those without a name left out.

    All columns have the same length. `codes` are those of `Codes`; texts are stripped and never null.
    """

    ids: pa.Array
    """The ids as given, or made from the line; not yet made unique."""
    names: pa.Array
    codes: Mapping[str, Ints]
    lines: Ints
    """The line each row starts on."""
    given: Flags
    """Whether the id was given in the file."""
    part_of: pa.Array | None = None
    """What the cell says, with nulls for none."""
    marks: npt.NDArray[np.uint64] | None = None
    """A number by id, equal for equal ids; None where a number would not be that of the id as it is read."""
    part_marks: npt.NDArray[np.uint64] | None = None
    """The same for `part_of`, by row."""
    fte: npt.NDArray[np.float64] | None = None
    """Staff of each row, 0 where not recorded; only if somebody weighs by it."""
    staffed: Flags | None = None
    """Whether the staff is recorded."""
    notes: pa.Array | None = None
    extra: Mapping[str, pa.Array] = field(default_factory=dict)
    """Foreign columns by name, as text."""

    def __len__(self) -> int:
        return len(self.lines)
