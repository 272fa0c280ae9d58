"""Readers: from files as people keep them to facts, each with the place it stands at."""
