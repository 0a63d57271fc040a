"""What releases made of a file, of a node, and of where a lead goes."""
