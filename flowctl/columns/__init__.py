"""Records by the column: read from files of any size, typed, in batches."""
