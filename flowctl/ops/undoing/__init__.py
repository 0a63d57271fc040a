"""Taking back what a command did: whether it can be, and what to say about it."""
