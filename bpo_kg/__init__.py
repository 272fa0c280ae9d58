"""bpo-kg: a knowledge graph and query service about business process outsourcing."""

__version__ = "0.1.0"
