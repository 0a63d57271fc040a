"""What becomes of the leads of a file of any size: routed in batches, counted as they come, reported in one value."""
