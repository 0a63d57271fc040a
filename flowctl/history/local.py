"""What only this clone knows: git's own settings, and the attributes of files that are in no commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from flowctl.history.command import Runner, disk_errors


class Local:
    """The settings and attributes of one clone; its linked work trees share them."""

    def __init__(self, runner: Runner, common_dir: Path) -> None:
        self._runner = runner
        self.attributes_file = common_dir / "info" / "attributes"

    def setting(self, name: str) -> str | None:
        """A setting of this clone, None when it is not set here; what a user or a machine sets does not count."""
        answer = self._runner.run("config", "--local", "--null", "--get", name, allow=(0, 1))
        return answer.fields[0] if answer.status == 0 else None

    def put(self, settings: Mapping[str, str | None]) -> None:
        """Sets, or with None takes away, some settings of this clone; those that are as wanted stay untouched."""
        for name, value in settings.items():
            if self.setting(name) == value:
                continue
            change = ("--unset-all", name) if value is None else ("--replace-all", name, value)
            self._runner.run("config", "--local", *change)

    def attributes(self) -> str:
        """The text of the file with this clone's attributes."""
        with disk_errors(f"read `{self.attributes_file}`"):
            return self.attributes_file.read_bytes().decode("utf-8", "surrogateescape") if self._has_file() else ""

    def put_attributes(self, text: str) -> None:
        """Writes that file; without a text there is none."""
        with disk_errors(f"write `{self.attributes_file}`"):
            if not text:
                self.attributes_file.unlink(missing_ok=True)
                return
            self.attributes_file.parent.mkdir(exist_ok=True)
            new = self.attributes_file.with_name("attributes.new")
            new.write_bytes(text.encode("utf-8", "surrogateescape"))
            new.replace(self.attributes_file)

    def _has_file(self) -> bool:
        return self.attributes_file.is_file()

    def attributes_of(self, paths: Iterable[str], names: Iterable[str]) -> dict[tuple[str, str], str]:
        """What attributes files have, by path and name, wherever that is said; `unspecified` when nowhere."""
        script = "".join(f"{path}\0" for path in paths).encode()
        fields = self._runner.run("check-attr", "-z", "--stdin", *names, stdin=script).fields
        return {(path, name): value for path, name, value in zip(*(fields[n::3] for n in range(3)), strict=True)}
