"""How a command that failed says so: the user's mistakes with a hint, ours with a report that holds no record."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from typer._click.exceptions import ClickException, NoArgsIsHelpError, NoSuchOption, UsageError

from flowctl import __version__
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.stream import say
from flowctl.diag import Exit, FlowctlError, did_you_mean
from flowctl.render import jsonout
from flowctl.render.findings import error_text


def asks_for_json(args: Sequence[str]) -> bool:
    """Whether a command line asks for JSON. Looked at as it was typed: it may be wrong in another place."""
    words = list(args[: args.index("--")] if "--" in args else args)
    forms = [after for word, after in pairwise(words) if word in ("-f", "--format")]
    return "json" in forms or any(word in ("--json", "-fjson", "--format=json") for word in words)


def tell(error: Exception, as_json: bool = False) -> int:
    """Says on stderr what went wrong, as JSON when that is asked for, and gives the exit code for it."""
    if isinstance(error, NoArgsIsHelpError):
        usage = error.message
        say(lambda look: usage)
        return Exit.USAGE
    if isinstance(error, ClickException):
        error = misuse(error)
    if isinstance(error, FlowctlError):
        _say(error, as_json)
        return error.exit
    if os.environ.get("FLOWCTL_TRACEBACK"):
        raise error
    _say(_our_bug(error), as_json)
    return Exit.BUG


def _say(error: FlowctlError, as_json: bool) -> None:
    say(lambda look: jsonout.error(error) if as_json else error_text(error, look))


def misuse(error: ClickException) -> Misuse:
    """What typer says of a command line, in our words."""
    message, _, meant = error.format_message().partition(" Did you mean ")
    message = message.partition(" (Possible options:")[0]
    message = message.removeprefix("Got ").rstrip(".")
    message = re.sub(r"'([^'\n]*)'|: (-\S+)", _name, message[:1].lower() + message[1:])
    return Misuse(message, hint=_hint(error, meant))


def _name(found: re.Match[str]) -> str:
    """A name in quotes, or behind a colon, as code."""
    return f" `{found[2]}`" if found[2] else f"`{found[1]}`"


def _hint(error: ClickException, meant: str) -> str | None:
    if meant:
        return f"did you mean {meant.replace(chr(39), '`')}"
    if isinstance(error, NoSuchOption) and (close := did_you_mean(error.option_name, error.possibilities or ())):
        return close
    path = error.ctx.command_path if isinstance(error, UsageError) and error.ctx else "flowctl"
    return f"`{path} --help` says what it takes"


def _our_bug(error: Exception) -> FlowctlError:
    path = _keep("".join(f"{line}\n" for line in report(error)))
    where = f"`{path}`" if path else "above"
    return FlowctlError(
        f"this is a bug in flowctl, not in your files: {type(error).__name__}",
        hint=f"send us the report {where}: it says where it happened and holds nothing of your records",
    )


def report(error: BaseException) -> Iterator[str]:
    """A traceback without values: files, lines, functions and the types of exceptions, the first cause first.

    Not the messages: those of exceptions that we do not know may quote a record.
    """
    yield f"flowctl {__version__}, Python {platform.python_version()}, {platform.system()}"
    verb = sys.argv[1] if sys.argv[1:] and re.fullmatch(r"[a-z]{2,12}", sys.argv[1]) else "?"
    yield f"verb: {verb}"
    for raised in reversed(list(_chain(error))):
        yield ""
        for frame, line in traceback.walk_tb(raised.__traceback__):
            code = frame.f_code
            yield f"  {_place(code.co_filename)}:{line} in {code.co_qualname}"
        yield f"{type(raised).__module__}.{type(raised).__qualname__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        yield here
        here = here.__cause__ or here.__context__


def _place(file: str) -> str:
    """A source file's path without the folders above its package: those name the user."""
    parts = Path(file).parts
    for root in ("site-packages", "flowctl"):
        if root in parts:
            at = len(parts) - 1 - parts[::-1].index(root)
            return "/".join(parts[at + (root == "site-packages") :])
    return "/".join(parts[-2:])


def _keep(text: str) -> Path | None:
    """Writes the report beside the workspace's other local files, or else where temporary files go."""
    stamp = _stamp()
    for folder in (_local_folder(), Path(tempfile.gettempdir())):
        for number in range(1, 100):
            path = folder / f"flowctl-bug-{stamp}{f'-{number}' if number > 1 else ''}.txt" if folder else None
            try:
                if path:
                    with path.open("x", encoding="utf-8") as file:
                        file.write(text)
                    return path
            except FileExistsError:
                continue
            except OSError:
                break
    say(lambda look: text)
    return None


def _stamp() -> str:
    try:
        return f"{now():%Y%m%dT%H%M%SZ}"
    except FlowctlError:  # the clock itself is set wrong
        return "now"


def _local_folder() -> Path | None:
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return None
    root = next((folder for folder in (here, *here.parents) if (folder / "flowctl.yaml").is_file()), None)
    return root / ".flowctl" if root and (root / ".flowctl").is_dir() else None
