"""`python -m flowctl`."""

from flowctl.cli.main import main

main()
