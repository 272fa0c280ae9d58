"""Inventories of any size: reason once per slice, judge once per vector, look answers up row by row.

The answers are those of the graph engine, to the byte. Importing this package loads neither DuckDB nor Arrow.
"""

from bpo_kg.portfolio.choice import require, should_export, should_use

__all__ = ["require", "should_export", "should_use"]
