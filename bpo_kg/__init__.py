"""bpo-kg: a knowledge graph and query service about business process outsourcing.

>>> import bpo_kg
>>> kg = bpo_kg.load()
>>> [str(row["name"]) for row in kg.ask("office-and-fact", process="payroll")][:1]
['payroll']
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["KnowledgeGraph", "__version__", "load"]

if TYPE_CHECKING:
    from bpo_kg.graph import KnowledgeGraph, load


def __getattr__(name: str) -> Any:
    # Loading the graph costs more than `bpo-kg --version` may take, so it waits until somebody wants it.
    if name in ("KnowledgeGraph", "load"):
        from bpo_kg import graph

        return getattr(graph, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
