"""Write rows of text as Parquet: what the graph engine answers about models, RDF and workbooks."""

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_of(header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return a Parquet file with one text column per name in the header, and the rows in their order."""
    columns = {name: pa.array([row.get(name, "") for row in rows], pa.string()) for name in header}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="snappy", store_schema=False, write_statistics=False)
    return out.getvalue()
