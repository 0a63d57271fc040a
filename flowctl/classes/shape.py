"""What the paths of conditions lead to: the types of fields, the objects of related records, people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flowctl.classes.frames import Frame, Version, frames
from flowctl.data import dataclass
from flowctl.expr import FieldPath, Kind
from flowctl.flow.objects import PEOPLE
from flowctl.flow.program import Bind, Look, Make, Pick, Program


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a record that enters a flow, as some versions know it: each with the programs that it can come through."""

    versions: tuple[Version, ...]
    frames: tuple[tuple[Frame, ...], ...]  # of each version

    @classmethod
    def of(cls, versions: Sequence[Version], flow: str) -> Shape:
        return cls(tuple(versions), tuple(frames(version.programs, flow) for version in versions))

    def placed(self) -> Iterator[tuple[Version, Frame]]:
        """Every program that a record can come through, under every version."""
        for version, here in zip(self.versions, self.frames, strict=True):
            yield from ((version, frame) for frame in here)

    def kinds(self, path: FieldPath) -> frozenset[Kind]:
        """The types that a field may have, as any version knows it; none where one of them does not know."""
        found: set[Kind] = set()
        for version, here in zip(self.versions, self.frames, strict=True):
            objects = _objects(version, here, path[:-1])
            types = [version.types.get(object_, {}).get(path[-1]) for object_ in objects]
            if not types or None in types:
                return frozenset()
            found |= {type_.kind for type_ in types if type_}
        return frozenset(found)

    def object_at(self, path: FieldPath) -> str:
        """The object of the related record at a path, as the first version knows it; of the record itself at ()."""
        return next(iter(_objects(self.versions[0], self.frames[0], path)), "")

    def person_on(self, path: FieldPath) -> FieldPath | None:
        """The field that holds a person through whom a path leads, if it leads through one."""
        for depth in range(1, len(path)):
            if self.kinds(path[:depth]) & {"user", "owner"}:
                return path[:depth]
        return None


def _objects(version: Version, here: Iterable[Frame], path: FieldPath) -> dict[str, None]:
    """The objects that the record at a path may be of."""
    known = tuple(here)
    found = {frame.program.object: None for frame in known if frame.at == path}
    if path:
        bound = (pair for frame in known if frame.at == path[:-1] for pair in _bound(frame.program))
        found |= {object_: None for name, object_ in bound if name == path[-1]}
        for above in _objects(version, known, path[:-1]):
            found |= dict.fromkeys(_related(version, above, path[-1]))
    return found


def _bound(program: Program) -> Iterator[tuple[str, str]]:
    """The names that a program gives to records, with their objects."""
    for step in program.steps.values():
        match step:
            case Bind(object=object_, name=name) | Make(object=object_, name=str() as name):
                yield name, object_
            case Look(table=table, name=name):
                yield name, f"table/{table}"
            case Pick(name=str() as name):
                yield name, PEOPLE


def _related(version: Version, object_: str, name: str) -> Iterator[str]:
    relations, types = version.relations.get(object_, {}), version.types.get(object_, {})
    if name in relations:
        yield relations[name]
    if name in types and types[name].kind in ("user", "owner"):
        yield PEOPLE
