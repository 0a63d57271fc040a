"""What the last check found, kept below `.flowctl`: files that have not changed are not read again.

It answers for the same bytes, checked by the same code, on the same day in the workspace's time zone (leaves begin and
end by days). Whatever is wrong with the file that keeps it, the check is made anew. Findings hold no record's values.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from flowctl import __version__
from flowctl.diag import Diagnostic, Severity, Span
from flowctl.document import Json

FILE = ".flowctl/cache/check.json"
FORM = 1  # of the file; another one is not read


def key_of(files: Mapping[str, bytes], settings: Sequence[Json]) -> str:
    """Equal for two checks of the same files by the same code and settings."""
    digest = hashlib.sha256(json.dumps([FORM, __version__, _code(), *settings]).encode())
    for path, data in sorted(files.items()):
        digest.update(f"{path}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _code() -> list[list[Json]]:
    """The source of the package by its files' sizes and times, and when libraries were last installed."""
    libraries = (folder for folder in sys.path if folder.endswith("-packages") and os.path.isdir(folder))
    found: list[list[Json]] = [[folder, os.stat(folder).st_mtime_ns] for folder in libraries]
    folders = [str(Path(__file__).parents[1])]
    for folder in folders:  # it grows
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    stat = entry.stat()
                    found.append([entry.path, stat.st_size, stat.st_mtime_ns])
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
    return sorted(found)


def recall(root: Path, key: str, now: dt.datetime) -> tuple[Diagnostic, ...] | None:
    """What was found under this key, if that still holds at a moment; None when nothing is known."""
    try:
        kept = json.loads((root / FILE).read_bytes())
        since, until = (dt.datetime.fromisoformat(kept[name]) for name in ("since", "until"))
        return tuple(map(_finding, kept["found"])) if kept["key"] == key and since <= now < until else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _finding(data: Json) -> Diagnostic:
    span = Span(**data["span"]) if data["span"] else None
    return Diagnostic(**{**data, "severity": Severity(data["severity"]), "span": span})


def keep(root: Path, key: str, found: tuple[Diagnostic, ...], day: dt.date, zone: dt.tzinfo) -> None:
    """Keeps what was found on a day; in a folder that cannot be written, nothing is kept."""
    since = dt.datetime.combine(day, dt.time(), zone)
    until = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    kept = {
        "key": key,
        "since": since.astimezone(dt.UTC).isoformat(),
        "until": until.astimezone(dt.UTC).isoformat(),
        "found": [asdict(diagnostic) for diagnostic in found],
    }
    write(root / FILE, kept)


def write(path: Path, kept: Json) -> None:
    """Writes a memory whole or not at all; in a folder that cannot be written, not at all."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(kept), encoding="utf-8")
        temporary.replace(path)
