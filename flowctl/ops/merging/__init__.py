"""Merging into a draft: what is merged with what, a merge that waits for people, and whether the result is right."""
