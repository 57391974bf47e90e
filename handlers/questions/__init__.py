"""A question about the guideline: its answer, and the hand-off to the communications team."""
