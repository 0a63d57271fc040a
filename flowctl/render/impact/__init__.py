"""What becomes of many leads: in words, as tables, as data, as a page and as a picture for a slide."""
