"""Where triples are kept: asserted, inferred and assessed apart, asked as one."""
