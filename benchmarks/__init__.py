"""The speed table: `make bench`. Ratios within one run count; absolute times only show the order."""
