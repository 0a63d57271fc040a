"""The command line: parse, one op, one render, one exit code."""
