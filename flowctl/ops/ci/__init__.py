"""`ci`: everything that a pipeline asks of a commit, found out in one run and told as one report."""
