"""What every verb's answer has in common: its forms, and where it goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import typer

from flowctl.cli.frame import Misuse
from flowctl.cli.stream import keep, put, say, set_color
from flowctl.data import dataclass
from flowctl.diag import Exit
from flowctl.document import Json
from flowctl.render.console import PLAIN, Look
from flowctl.render.jsonout import document
from flowctl.render.safe import lines

R = TypeVar("R")
Text = Callable[[Any, Look], str]
Data = Callable[[Any], Mapping[str, Json]]
Form = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """What a verb found out, its exit code, and what to say about it on stderr, such as what to type next."""

    report: R
    exit: Exit = Exit.DONE
    hints: tuple[str, ...] = ()


def answers(
    verb: str, *, text: Text, json: Data, **forms: Form
) -> Callable[[Callable[..., Answer[R]]], Callable[..., None]]:
    """Makes a command of a function that returns an `Answer`: adds `-f`, `--json`, `--json-into`, `-o` and `--color`,
    renders the report as asked, and ends with the exit code.

    A function that has a parameter `output` of its own writes what that names itself.

    Args:
        verb: As the JSON's `schema` names it.
        forms: Further forms by name, such as `md`.
    """
    renderers: dict[str, Text] = {
        "text": text,
        "json": lambda report, look: document(verb, json(report)),
        **{name: _without_look(form) for name, form in forms.items()},
    }

    def decorate(function: Callable[..., Answer[R]]) -> Callable[..., None]:
        given = inspect.signature(function, eval_str=True)

        @wraps(function)
        def command(*, form: str, as_json: bool, json_into: Path | None, color: str, **rest: Any) -> None:
            set_color(color)
            if as_json and form not in ("text", "json"):
                raise Misuse(f"`--json` and `-f {form}` at once", hint="one of them")
            output = rest.pop("output") if "output" not in given.parameters else None
            answer = function(**rest)
            if json_into:
                keep(json_into, renderers["json"](answer.report, PLAIN))
            _deliver(answer, "json" if as_json else form, output, renderers)
            raise typer.Exit(answer.exit)

        _add_options(command, given, tuple(renderers))
        return command

    return decorate


def _without_look(form: Form) -> Text:
    return lambda report, look: form(report)


def _deliver(answer: Answer[Any], form: str, output: Path | None, renderers: Mapping[str, Text]) -> None:
    render = renderers[form]
    if output:
        keep(output, lines(render(answer.report, PLAIN)))
    else:
        put(lambda look: render(answer.report, look))
    if form == "text" and answer.hints:
        say(lambda look: "\n".join(answer.hints))


def _add_options(command: Callable[..., None], given: inspect.Signature, forms: tuple[str, ...]) -> None:
    """Gives a command the signature that typer reads its options from."""
    options = {
        "form": (
            Annotated[Literal[forms], typer.Option("-f", "--format", help="How the answer is written.")],
            "text",
        ),
        "as_json": (Annotated[bool, typer.Option("--json", help="The answer as JSON: the same as -f json.")], False),
        "json_into": (
            Annotated[Path | None, typer.Option("--json-into", metavar="FILE", help="Write JSON to a file as well.")],
            None,
        ),
        "output": (
            Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the answer to a file.")],
            None,
        ),
        "color": (
            Annotated[Literal["auto", "always", "never"], typer.Option("--color", help="Whether to use colours.")],
            "auto",
        ),
    }
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in options.items()
        if name not in given.parameters
    ]
    signature = given.replace(parameters=[*given.parameters.values(), *shared], return_annotation=None)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()} | {"return": None}
