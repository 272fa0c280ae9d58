"""Where triples are kept: the embedded dataset, and remote endpoints behind one adapter."""
