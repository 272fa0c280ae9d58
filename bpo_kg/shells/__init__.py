"""Thin shells over the verbs of `bpo_kg.graph`: they read arguments and format results, and decide nothing."""
