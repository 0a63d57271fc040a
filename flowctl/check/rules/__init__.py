"""One module for each theme. The folder is the list: `flowctl.check.registry.load_checks` imports them all."""
