"""Write answer tables in row order, aside first and renamed at the end, so that no half file is ever taken for a whole.

Columns come as codes into pools of texts. Nothing is looked up row by row: a code array and its pool are one Arrow
dictionary column, which Parquet stores as it is and which CSV lines are joined from.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bpo_kg.errors import SourceError
from bpo_kg.portfolio.codes import distinct
from bpo_kg.portfolio.judged import Answered

_QUOTED = '[",\r\n]'


class Output:
    """An output file, or the standard one that the caller gives; use it as a context."""

    def __init__(self, target: Path | BinaryIO, header: Sequence[str], texts: Sequence[str]) -> None:
        """Args: header: all columns in order; texts: those that come as text rather than as codes."""
        self.header = list(header)
        self.texts = frozenset(texts)
        self._target = target
        self._aside = target.with_name(target.name + ".part") if isinstance(target, Path) else None
        try:
            # What goes to a stream waits until all of it is there, for a run may have to start over. Closed on exit.
            self._stream: IO[bytes] = self._aside.open("wb") if self._aside else tempfile.TemporaryFile()  # noqa: SIM115
        except OSError as error:
            raise SourceError(f"{target}: cannot be written ({error.strerror})") from None

    def write(self, texts: Mapping[str, pa.Array], answered: Answered) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Write what is left; the stream is still open."""

    def give_up(self) -> None:
        """Let go of what was not written."""

    def __enter__(self) -> "Output":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.finish()
            if not isinstance(self._target, Path):
                self._stream.seek(0)
                shutil.copyfileobj(self._stream, self._target)
                self._target.flush()
        else:
            self.give_up()
        self._stream.close()
        if self._aside is None:
            return
        if kind is None:
            assert isinstance(self._target, Path)
            self._aside.replace(self._target)
        else:
            self._aside.unlink(missing_ok=True)


class CsvOutput(Output):
    """CSV as Python's own writer has it: LF line ends, quotes only where needed."""

    def __init__(self, target: Path | BinaryIO, header: Sequence[str], texts: Sequence[str]) -> None:
        super().__init__(target, header, texts)
        self._stream.write(_row(header).encode())

    def write(self, texts: Mapping[str, pa.Array], answered: Answered) -> None:
        rows = pa.array(answered.row)
        columns: list[pa.Array] = []
        for is_text, run in groupby(self.header, key=lambda column: column in self.texts):
            if is_text:
                columns += [_quoted(texts[column]) for column in run]
                continue
            # What the answers decide stands side by side, so it is joined once per row of distinct cells.
            decided = [answered.columns[column] for column in run]
            cells = [_quoted(column.words).take(pa.array(column.codes)) for column in decided]
            columns.append(pc.binary_join_element_wise(*cells, ",").take(rows))
        last = pc.binary_join_element_wise(columns.pop(), "", "\n")
        lines = pc.binary_join_element_wise(*columns, last, ",") if columns else last
        # The lines end with their line end, so their bytes in a row are the file.
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32, count=len(lines) + 1, offset=4 * lines.offset)
        self._stream.write(lines.buffers()[2].slice(int(offsets[0]), int(offsets[-1] - offsets[0])))


class ParquetOutput(Output):
    """Parquet with text columns; a batch is a row group."""

    def __init__(self, target: Path | BinaryIO, header: Sequence[str], texts: Sequence[str]) -> None:
        super().__init__(target, header, texts)
        coded = [column for column in header if column not in self.texts]
        types = [pa.string() if column in self.texts else pa.dictionary(pa.int32(), pa.string()) for column in header]
        schema = pa.schema(list(zip(header, types, strict=True)))
        self._writer = pq.ParquetWriter(
            self._stream, schema, use_dictionary=coded, compression="snappy", store_schema=False, write_statistics=False
        )

    def write(self, texts: Mapping[str, pa.Array], answered: Answered) -> None:
        columns = []
        for column in self.header:
            if column in self.texts:
                columns.append(texts[column])
                continue
            found = answered.columns[column]
            used, indices = distinct(found.codes, len(found.words))
            # Each word once: of a dictionary that repeats one, Arrow does not write the same bytes every time.
            words = found.words.take(pa.array(used)).dictionary_encode()
            rows = pa.array(words.indices.to_numpy()[indices][answered.row])
            columns.append(pa.DictionaryArray.from_arrays(rows, words.dictionary))
        batch = pa.RecordBatch.from_arrays(columns, schema=self._writer.schema)
        self._writer.write_batch(batch, row_group_size=max(len(batch), 1))

    def finish(self) -> None:
        self._writer.close()

    def give_up(self) -> None:
        self._writer.close()


def _quoted(texts: pa.Array) -> pa.Array:
    mask = pc.match_substring_regex(texts, _QUOTED)
    some = texts.filter(mask)
    if not len(some):
        return texts
    return pc.replace_with_mask(texts, mask, pa.array([_cell(text) for text in some.to_pylist()], pa.string()))


def _cell(text: str) -> str:
    # A second, empty cell keeps the writer from quoting an empty first one.
    return _row([text, ""])[:-2]


def _row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
