"""flowctl: change lead routing without fear."""

__version__ = "0.1.0"
