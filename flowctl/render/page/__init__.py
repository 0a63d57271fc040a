"""The page: one file of HTML with the flows drawn, that opens without a network."""
