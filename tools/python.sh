#!/bin/sh
# Runs its arguments with the first Python of this machine that is new enough to build the virtual environment with.
# PYTHON=/path/to/python chooses one.
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        found=$candidate
        "$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1 && exec "$candidate" "$@"
    fi
done
if [ -n "$found" ]; then
    echo "$found has no venv module: install it (Debian and Ubuntu: apt-get install python3-venv)" >&2
else
    echo "flowctl needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python3.11" >&2
fi
exit 1
