"""`match`: which related record it is, and why that one and not the next best."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from flowctl.data import dataclass
from flowctl.engine.matching import DataSet, Hit, Seeker
from flowctl.engine.outcome import Bound, Fact, Sought
from flowctl.expr import Expr, Value
from flowctl.flow.program import Bind, Preference
from flowctl.flow.record import Record

Holds = Callable[[Expr, Record], bool]  # whether a condition holds beside a candidate
CLOSEST = Preference("closest")


@dataclass(frozen=True, slots=True)
class _Choice:
    """The best candidate, the next best, and the number (from 1, 0 when nobody wrote it) of what put it first."""

    best: Hit
    second: Hit | None = None
    preference: Preference | None = None
    number: int = 0

    @property
    def by(self) -> str | None:
        if self.second is None:
            return None
        if self.preference is None:
            return "order of the data"
        return f"preference {self.number}" if self.number else self.preference.order


def bind(
    step: Bind, data: DataSet, seeker: Seeker, carried: Record | None, holds: Holds
) -> tuple[Record | None, list[Fact]]:
    """The related record of a step, or None, with what was sought and found on the way.

    Args:
        carried: The related record that is there already; it comes before what any method finds.
    """
    facts: list[Fact] = []
    for method, found in _searches(step, data, seeker, carried):
        kept = [hit for hit in found if step.where is None or holds(step.where, hit.record)]
        facts.append(Sought(method, len(found), len(kept)))
        if kept:
            choice = _Choice(kept[0]) if len(kept) == 1 else _choose(kept, _preferences(step), holds)
            facts.append(_bound(step.name, method, choice))
            return choice.best.record, facts
    return None, facts


def _searches(step: Bind, data: DataSet, seeker: Seeker, carried: Record | None) -> Iterator[tuple[str, Sequence[Hit]]]:
    if carried is not None:
        yield "related", [Hit(carried)]
    for method in step.by:
        if method.name != "related":
            yield str(method), data.find(method, seeker.key(method)) if data.records else ()


def _bound(name: str, method: str, choice: _Choice) -> Bound:
    second = choice.second
    return Bound(
        name,
        choice.by,
        choice.best.record,
        method,
        choice.best.score,
        choice.preference,
        second.record if second else None,
        second.score if second else None,
    )


def _preferences(step: Bind) -> list[tuple[int, Preference]]:
    """The preferences with their numbers. Where nobody says how much likeness counts, it counts most."""
    numbered = list(enumerate(step.prefer, 1))
    return numbered if CLOSEST in step.prefer else [(0, CLOSEST), *numbered]


def _choose(kept: Sequence[Hit], preferences: Sequence[tuple[int, Preference]], holds: Holds) -> _Choice:
    """Each preference is asked of those whom all before it hold equal; the order of the data decides at last."""
    for at, (number, preference) in enumerate(preferences):
        if len(kept) == 1:
            break
        better = _preferred(kept, preference, holds)
        if len(better) == 1:
            others = [hit for hit in kept if hit is not better[0]]
            return _Choice(better[0], _choose(others, preferences[at:], holds).best, preference, number)
        kept = better
    return _Choice(kept[0], kept[1] if len(kept) > 1 else None)


def _preferred(kept: Sequence[Hit], preference: Preference, holds: Holds) -> Sequence[Hit]:
    """Those who are best by one preference: all when it tells nobody from the others."""
    if preference.when is not None:
        when = preference.when
        return [hit for hit in kept if holds(when, hit.record)] or kept
    ranks = [_rank(hit, preference.order) for hit in kept]
    known = [rank for rank in ranks if rank is not None]
    if not known:
        return kept
    best = min(known) if preference.order == "oldest" else max(known)
    return [hit for rank, hit in zip(ranks, kept, strict=True) if rank == best]


def _rank(hit: Hit, order: str) -> float | None:
    """What an order ranks by; None where the candidate does not say."""
    if order == "closest":
        return hit.score
    created: Value = hit.record.fields.get("CreatedDate")
    if isinstance(created, dt.datetime):
        return created.timestamp()
    return float(created.toordinal()) if isinstance(created, dt.date) else None
