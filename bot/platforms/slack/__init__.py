"""Slack: payload → event, card → Block Kit, effect → Web API call; by Bolt for Python, in Socket Mode or signed HTTP."""
