"""The frame that every verb stands in: loads it when it is called, and turns how it ended into an exit code."""

from __future__ import annotations

import contextlib
import importlib
import keyword
import os
import re
import select
import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TextIO

import typer
from typer._click.core import Command
from typer._click.formatting import HelpFormatter
from typer._click.shell_completion import CompletionItem
from typer.core import TyperGroup

from flowctl.data import dataclass
from flowctl.diag import Exit, FlowctlError, did_you_mean

COMPLETION = ("install_completion", "show_completion")  # options of `flowctl` itself, not of each verb
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@dataclass(frozen=True, slots=True)
class Verb:
    """What `flowctl --help` says of a verb without loading it: its line, and the group that it is listed in."""

    summary: str
    group: str


_typed: tuple[str, ...] = ()  # one process runs one command line; in a test one after the other


class Misuse(FlowctlError):
    """A command line that cannot be meant."""

    exit = Exit.USAGE


def module_of(verb: str) -> str:
    """The module of a verb in this folder: `import_` of `import`, `plan` of `plan`."""
    return f"{verb}_" if keyword.iskeyword(verb) else verb


def command_of(app: typer.Typer) -> Command:
    """The command that an app describes."""
    command = typer.main.get_command(app)
    command.context_settings = {**SETTINGS, **command.context_settings}
    _plain(command)
    return command


def _plain(command: Any) -> None:
    """Makes the help plain text, which is quick to load and pipes well; its examples stay as written."""
    command.rich_markup_mode = None
    command.help = re.sub(r"(?m)^(\S.*:)\n+(?=    )", "\b\n\\1\n", command.help or "")
    for below in command.commands.values() if isinstance(command, TyperGroup) else ():
        _plain(below)


class Verbs(TyperGroup):
    """A group whose commands are modules of this folder. A subclass names them."""

    verbs: ClassVar[Mapping[str, Verb]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.verbs)

    def get_command(self, ctx: Any, cmd_name: str) -> Command | None:
        if cmd_name not in self.verbs:
            return None
        from flowctl.document.reading import collector_paused

        with collector_paused():  # modules are no garbage
            module = importlib.import_module(f"flowctl.cli.{module_of(cmd_name)}")
            command = command_of(module.app)
        command.name = cmd_name
        command.params = [param for param in command.params if param.name not in COMPLETION]
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in self.verbs and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.verbs) or "`flowctl --help` lists the commands"
            raise Misuse(f"there is no command `{args[0]}`", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: HelpFormatter) -> None:
        width = max(map(len, self.verbs))
        for group in dict.fromkeys(verb.group for verb in self.verbs.values()):
            with formatter.section(group):
                rows = [(name.ljust(width), verb.summary) for name, verb in self.verbs.items() if verb.group == group]
                formatter.write_dl(rows)

    def format_options(self, ctx: Any, formatter: HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        rows = [row for param in self.get_params(ctx) if (row := param.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[CompletionItem]:
        found = [(name, verb) for name, verb in self.verbs.items() if name.startswith(incomplete)]
        return [CompletionItem(name, help=verb.summary) for name, verb in found]

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            if not is_gone(sys.stdout):
                raise LostPipeError from error  # another pipe than ours; typer would end in silence
            let_go(sys.stdout)
            return Exit.DONE

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs a command line. The one place where an exception becomes what people read, and an exit code."""
        global _typed
        _typed = tuple(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except (KeyboardInterrupt, typer.Abort):
            code = Exit.INTERRUPTED
        except Exception as error:
            from flowctl.cli import failure

            code = failure.tell(error, failure.asks_for_json(sys.argv[1:] if args is None else args))
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            let_go(sys.stdout)
        code = int(code or 0)
        if standalone_mode:
            sys.exit(code)
        return code


def typed() -> str:
    """The command line that runs, as one may type it again; for the operation log."""
    return " ".join(("flowctl", *map(_quoted, _typed)))


def _quoted(word: str) -> str:
    """A word as a shell reads it; `shlex` would be loaded for nothing else."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\\''") + "'"


class LostPipeError(RuntimeError):
    """A process that we were writing to is gone."""


def is_gone(stream: TextIO) -> bool:
    """Whether nobody reads what we write to a stream any more."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        return bool(poll.poll(0))
    except (AttributeError, OSError, ValueError):  # no `poll` on Windows; a stream that is no file
        return False


def let_go(stream: TextIO) -> None:
    """Lets what is still written to a stream go nowhere, for the rest of the process."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
