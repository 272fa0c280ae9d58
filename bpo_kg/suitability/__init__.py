"""From facts to verdicts: criteria answered, rules applied, each answer with its basis."""
