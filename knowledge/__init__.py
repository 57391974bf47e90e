"""What the municipality has written, and how to find it.

Documents become passages, passages are ranked for a question, and the ranking becomes an answer with citations or an
honest "the guideline does not say". Nothing here knows a chat platform, a database, a clock or the environment.
"""
