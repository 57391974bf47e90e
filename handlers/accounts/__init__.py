"""A request for a new social-media account: from the idea to the register (R35–R82)."""
