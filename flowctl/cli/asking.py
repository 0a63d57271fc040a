"""Questions. They are asked on a terminal only; elsewhere the answer must be on the command line."""

from __future__ import annotations

import sys

import typer

from flowctl.cli.stream import say
from flowctl.diag import FlowctlError


def agree(question: str, *, yes: bool, name: str | None = None) -> None:
    """Asks whether to go on.

    Args:
        question: Without its question mark's `[y/N]`.
        yes: What `--yes` says: the answer is given already.
        name: What must be typed instead of `y`, such as `production`.

    Raises:
        FlowctlError: The answer is no, or there is no terminal to ask on. Nothing was done.
    """
    if yes:
        return
    if not is_on_terminal():
        raise FlowctlError("this wants a yes, and there is no terminal to ask on", hint="`--yes` says it in advance")
    wanted = name or "y"
    say(lambda look: f"{question} [{f'type {name}' if name else 'y/N'}] ")
    answer = typer.prompt("", prompt_suffix="", default="", show_default=False, err=True).strip()
    if answer.casefold() not in ({wanted, "yes"} if name is None else {wanted}):
        raise FlowctlError("not done")


def choose(question: str, letters: str) -> str:
    """Asks until one of some letters is typed. Ask `is_on_terminal` first."""
    answer = ""
    while answer not in tuple(letters):
        say(lambda look: f"{question} ")
        typed = typer.prompt("", prompt_suffix="", default="", show_default=False, err=True)
        answer = typed.strip().casefold()[:1]
    return answer


def is_on_terminal() -> bool:
    """Whether somebody is there who reads questions and can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()
