"""The embedded platform: a page served by the bot itself, on loopback. No account anywhere is needed."""
