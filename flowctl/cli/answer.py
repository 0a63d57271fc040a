"""What every verb's answer has in common: its forms, and where it goes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
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
Form = Callable[[Any], str | bytes]
Render = Callable[[Any, Look], Any]  # gives a text, or bytes where the form is one of BYTES
BY_OPTION = {  # forms that have an option of their own, and its help
    "json": "The answer as JSON: the same as -f json.",
    "html": "A page to look at in a browser: the same as -f html.",
    "svg": "A picture for documents: the same as -f svg.",
    "png": "A picture of dots, into the file that -o names: the same as -f png.",
    "mermaid": "A diagram as text, for what draws Mermaid: the same as -f mermaid.",
}
BYTES = ("png",)  # forms that are no text
ROWS = (".csv", ".parquet")  # endings of files of rows, which a verb writes itself
TEXTS = ("", ".txt", ".text", ".log")  # endings of files of the form `text`
ENDINGS = {  # of files of other forms
    ".md": "md", ".markdown": "md", ".json": "json", ".html": "html", ".htm": "html", ".svg": "svg", ".png": "png",
    ".mmd": "mermaid", ".xml": "junit", ".sarif": "sarif",
}  # fmt: skip
OUTPUT, TO_ROWS = "Write the answer to a file (`-`: print it).", " `moved.csv`, `.parquet`: the leads that move."
HANDED = ("form", "rows")  # parameters that are no options: what `-f` and `-o` say
STDOUT = Path("-")  # as `-o` names it


@dataclass(frozen=True, slots=True)
class Whole:
    """What a page shows, which is more than the verb's report: gathered when the page is asked for.

    `name` is what its file is called when no other is named, `option` one that was given and is of the page only.
    """

    name: str
    gather: Callable[[], Any]
    option: str = ""


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """What a verb found out, its exit code, and what to say about it on stderr, such as what to type next.

    `page` is there where the verb has the form `html`.
    """

    report: R
    exit: Exit = Exit.DONE
    hints: tuple[str, ...] = ()
    page: Whole | None = None


def answers(
    verb: str, *, text: Text, json: Data, **forms: Form
) -> Callable[[Callable[..., Answer[R]]], Callable[..., None]]:
    """Makes a command of a function that returns an `Answer`: adds `-f`, `--json`, `--json-into`, `-o` and `--color`,
    renders the report as asked, and ends with the exit code.

    A function that has a parameter `output` of its own writes what that names itself. One that has `rows` is given what
    `-o` names where that is a file of rows, such as `moved.csv`, and writes it; one that has `form`, the form.

    Args:
        verb: As the JSON's `schema` names it.
        forms: Further forms by name, such as `md`. That of `html` is given what `Answer.page` gathers, and always goes
            to a file.
    """
    renderers: dict[str, Render] = {
        "text": text,
        "json": lambda report, look: document(verb, json(report)),
        **{name: _without_look(form) for name, form in forms.items()},
    }

    def decorate(function: Callable[..., Answer[R]]) -> Callable[..., None]:
        given = inspect.signature(function, eval_str=True)

        @wraps(function)
        def command(*, form: str, json_into: Path | None, color: str, **rest: Any) -> None:
            set_color(color)
            form = _one_form(form, [name for name in BY_OPTION if rest.pop(f"as_{name}", False)])
            output = rest.pop("output") if "output" not in given.parameters else None
            if "rows" in given.parameters:
                rest["rows"] = output if _holds_rows(output) else None
                output = None if _holds_rows(output) else output
            if form == "text" and output not in (None, STDOUT):
                _refuse_ending(output, tuple(renderers), has_rows="rows" in given.parameters)
            if "form" in given.parameters:
                rest["form"] = form
            if form in BYTES and output in (None, STDOUT):
                raise Misuse(f"a {form.upper()} is no text to print", hint=f"`-o picture.{form}` names its file")
            answer = function(**rest)
            if json_into:
                keep(json_into, renderers["json"](answer.report, PLAIN))
            _deliver(answer, form, output, renderers)
            raise typer.Exit(answer.exit)

        _add_options(command, given, tuple(renderers))
        return command

    return decorate


def _holds_rows(output: Path | None) -> bool:
    return output is not None and output.name.lower().endswith(ROWS)


def _refuse_ending(output: Path, forms: Sequence[str], *, has_rows: bool) -> None:
    """Refuses to write the text of an answer into a file whose ending promises something else.

    Raises:
        Misuse: It does.
    """
    ending = output.suffix.lower()
    meant = ENDINGS.get(ending)
    if meant in forms:
        raise Misuse(f"`{output}` is not asked for as `{ending}`", hint=f"`-f {meant} -o {output}`")
    if has_rows and ending not in TEXTS:
        from flowctl.columns.beside import as_csv

        known = [*ROWS, *TEXTS[1:2], *(ending for ending, form in ENDINGS.items() if form in forms)]
        hint = f"`-o {as_csv(str(output))}` opens in a spreadsheet; endings: {', '.join(known)}"
        raise Misuse(f"nothing is written as `{ending}`", hint=hint)


def _without_look(form: Form) -> Render:
    return lambda report, look: form(report)


def _one_form(form: str, options: Sequence[str]) -> str:
    """The form that `-f` or one of the options such as `--json` names."""
    named = dict.fromkeys([*([form] if form != "text" else []), *options])
    if len(named) > 1:
        said = [f"`-f {name}`" if name == form else f"`--{name}`" for name in named]
        raise Misuse(f"{' and '.join(reversed(said))} at once", hint="one of them")
    return next(iter(named), "text")


def _deliver(answer: Answer[Any], form: str, output: Path | None, renderers: Mapping[str, Render]) -> None:
    render = renderers[form]
    if form == "html":
        _keep_page(answer, output, render)
        return
    if answer.page and answer.page.option:
        raise Misuse(f"`{answer.page.option}` is for the page", hint="`--html` makes one")
    if output and output != STDOUT:
        made = render(answer.report, PLAIN)
        keep(output, made if form in BYTES else lines(made))
    else:
        put(lambda look: render(answer.report, look))
    if form == "text" and answer.hints:
        say(lambda look: "\n".join(answer.hints))


def _keep_page(answer: Answer[Any], output: Path | None, render: Render) -> None:
    """Writes a page to a file, since nobody wants a million characters of it on a terminal; a pipe is asked for."""
    page = answer.page
    if page is None:
        raise Misuse("there is no page of this", hint="leave out `--html`")
    made = render(page.gather(), PLAIN)
    if output == STDOUT:
        put(lambda look: made)
    else:
        file = output or Path(f"{page.name}.html")
        keep(file, made)
        say(lambda look: f"wrote {look.paint('strong', lines(str(file)))}: open it in a browser, it needs no network")
    say(lambda look: "\n".join(answer.hints))


def _add_options(command: Callable[..., None], given: inspect.Signature, forms: tuple[str, ...]) -> None:
    """Gives a command the signature that typer reads its options from."""
    options = {
        "form": (
            Annotated[Literal[forms], typer.Option("-f", "--format", help="How the answer is written.")],
            "text",
        ),
        **{
            f"as_{name}": (Annotated[bool, typer.Option(f"--{name}", help=about)], False)
            for name, about in BY_OPTION.items()
            if name in forms
        },
        "json_into": (
            Annotated[Path | None, typer.Option("--json-into", metavar="FILE", help="Write JSON to a file as well.")],
            None,
        ),
        "output": (
            Annotated[
                Path | None,
                typer.Option(
                    "-o", "--output", metavar="FILE", help=OUTPUT + (TO_ROWS if "rows" in given.parameters else "")
                ),
            ],
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
        if name not in given.parameters or name == "form"
    ]
    own = [parameter for name, parameter in given.parameters.items() if name not in HANDED]
    signature = given.replace(parameters=[*own, *shared], return_annotation=None)
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()} | {"return": None}
