"""What a version says of leads of the past, against what really happened to them."""
