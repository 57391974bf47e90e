"""A department's own guideline: proposed, accepted by both management teams, and only then citable (R9–R10)."""
