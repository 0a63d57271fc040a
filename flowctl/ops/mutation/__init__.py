"""How much the fixtures would notice: small mistakes made in the flows, one at a time."""
