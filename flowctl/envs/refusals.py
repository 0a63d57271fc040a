"""Why an environment would not take a bundle: all reasons at once, each with its place in the part's file."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity, did_you_mean, in_order
from flowctl.document import Document
from flowctl.envs.names import ID, Mention, Use, mentions
from flowctl.envs.protocol import OrgDirectory
from flowctl.flow import Bundle, Roster, path_of


def refusals(bundle: Bundle, directory: OrgDirectory, environment: str) -> tuple[Diagnostic, ...]:
    """What can be said against a deploy, sorted by place; its errors stand in the way.

    A part with errors of its own is refused too: nobody could say whom it names.
    """
    from flowctl.flow import load_model  # a whole model is wanted only by who deploys

    model = load_model({path_of(part): text for part, text in bundle.parts.items()})
    judge = _Judge(directory, environment)
    found = [*model.problems]
    for part, text in bundle.parts.items():
        found += judge.names(part, yaml.read(path_of(part), text), bundle)
    for roster in model.rosters.values():
        found += judge.members(roster)
    return in_order(found)


@dataclass(frozen=True, slots=True)
class _Judge:
    directory: OrgDirectory
    environment: str

    def names(self, part: str, document: Document, bundle: Bundle) -> Iterator[Diagnostic]:
        for mention in mentions(part, document, bundle.parts):
            found = self._known(mention) if mention.name in self.directory.entries else self._unknown(mention)
            for code, message, hint in found:
                yield document.diagnostic(code, message, mention.span, hint)

    def _known(self, mention: Mention) -> Iterator[tuple[str, str, str]]:
        entry = self.directory.entries[mention.name]
        if mention.use is Use.TARGET and not entry.active:
            message = f"`{mention.name}` is inactive in `{self.environment}`"
            yield "FC602", message, "name somebody who is active, or activate them there"
        namesakes = self.directory.names_of(entry.id)
        if len(namesakes) > 1:
            message = f"{' and '.join(f'`{name}`' for name in namesakes)} have the same id in `{self.environment}`"
            yield "FC603", message, f"give each an id of its own in the directory of `{self.environment}`"
        if mention.start is None:
            message = f"`{mention.name}` is written with escapes, so that no id can take its place"
            yield "FC607", message, "write the name as it is"

    def _unknown(self, mention: Mention) -> Iterator[tuple[str, str, str]]:
        named = self.directory.names_of(mention.word)
        if named:  # an export would turn it into the name, which is not the text that was deployed
            message = f"`{mention.word}` is the id of `{named[0]}` in `{self.environment}`"
            yield "FC606", message, f"write the name, `{named[0]}`: an id belongs to one environment"
        elif not (mention.use is Use.TEXT and ID.fullmatch(mention.word)):  # such as the id of an account
            message = f"`{mention.name}` is not known in `{self.environment}`"
            hint = f"give it an id in the directory of `{self.environment}`"
            yield "FC601", message, did_you_mean(mention.word, self._words(mention.use)) or hint

    def _words(self, use: Use) -> list[str]:
        """What can be written where somebody is named."""
        names = list(self.directory.entries)
        return (
            [name.removeprefix("user/") for name in names if name.startswith("user/")] if use is Use.MEMBER else names
        )

    def members(self, roster: Roster) -> Iterator[Diagnostic]:
        """Inactive members: a warning while somebody else can take their turns."""
        nobody = all(self._is_inactive(member.user) for member in roster.members)
        severity = Severity.ERROR if nobody else Severity.WARNING
        hint = "name somebody who is active, or activate them there" if nobody else "others take their turns"
        for i, member in enumerate(roster.members):
            if self._is_inactive(member.user):
                yield self._inactive(roster, member.user, ("members", i, "user"), hint, severity)
            for j, leave in enumerate(member.leave):
                if leave.cover and self._is_inactive(leave.cover):
                    at = ("members", i, "leave", j, "cover")
                    yield self._inactive(roster, leave.cover, at, "name somebody else", Severity.WARNING)

    def _is_inactive(self, user: str) -> bool:
        entry = self.directory.entries.get(f"user/{user}")
        return entry is not None and not entry.active

    def _inactive(
        self, roster: Roster, user: str, at: tuple[str | int, ...], hint: str, severity: Severity
    ) -> Diagnostic:
        message = f"`user/{user}` takes turns in `{roster.roster}` and is inactive in `{self.environment}`"
        return roster.document.diagnostic("FC604", message, roster.document.where(*at), hint, severity)
