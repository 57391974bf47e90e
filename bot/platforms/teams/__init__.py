"""Microsoft Teams: activities by HTTP, Adaptive Cards, and the Bot Connector."""
