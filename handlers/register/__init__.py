"""The register of accounts and of the people who may post on them (R42–R43): fed by requests, kept true by asking."""
