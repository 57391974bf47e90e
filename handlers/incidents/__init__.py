"""Security incidents (R85–R87, R104, R139–R148): reported, routed, handled; nothing lost, nothing shown around."""
