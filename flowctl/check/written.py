"""The records of fixtures as they are written, for checks that look at values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.check.scope import FlowScope
from flowctl.flow import Model
from flowctl.flow.fixture import Fixture
from flowctl.flow.kinds import Path
from flowctl.flow.objects import ObjectType


def written(fixture: Fixture, scope: FlowScope) -> Iterator[tuple[Path, ObjectType, Mapping[str, object]]]:
    """The records of a fixture, and of what happens to them, as written: their paths, objects and fields."""
    own, story = scope.flow.object, fixture.story
    lead = own.lower()
    tops: list[tuple[Path, str, object]] = [((lead,), own, fixture.record.fields), (("prior",), own, story.prior)]
    tops += [(("related", name), scope.related.get(name, ""), raw) for name, raw in story.related.items()]
    for n, change in enumerate(story.later):
        if isinstance(change, dict):
            tops.append((("later", n, lead), own, change.get(lead)))
            related = change.get("related")
            beside = related.items() if isinstance(related, dict) else ()
            tops += [(("later", n, "related", name), scope.related.get(name, ""), raw) for name, raw in beside]
    for path, object_, raw in tops:
        yield from _nested(path, object_, raw, scope.model)


def _nested(
    path: Path, object_: str, raw: object, model: Model
) -> Iterator[tuple[Path, ObjectType, dict[str, object]]]:
    """A record as written, and those that stand among its fields under the names of relations."""
    type_ = model.objects.get(object_)
    if type_ is None or not isinstance(raw, Mapping):
        return
    yield path, type_, dict(raw)
    for name, to in type_.relations.items():
        if name in raw and name not in type_.fields:
            yield from _nested((*path, name), to, raw[name], model)
