"""An impact report as JSON: `flowctl/simulate/1` with more keys, and without a lead each."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.document import Json
from flowctl.ops.impact.report import Bad, Ended, Example, Impact, Load, Move, Why
from flowctl.render.impact import words
from flowctl.render.impact.text import Told


def data(told: Told) -> Mapping[str, Json]:
    return {"simulations": [_data(told.impact)]}


def _data(i: Impact) -> Json:
    compared = i.against is not None
    return {
        "flow": i.flow,
        "version": i.version,
        "against": i.against,
        "leads": i.leads,
        "moved": i.moved,
        "share": i.share if compared else None,
        "changed": i.changed,
        "unrouted": i.unrouted,
        "newly_unrouted": i.newly,
        "run": words.moment(i.run) if i.run else None,
        "left_out": i.left_out,
        "broken": None if i.has_policies else [],  # not looked at
        "effects": dict(i.effects),
        "headline": words.headline(i),
        "moves": [_move(move, i.moved) for move in i.moves],
        "loads": [_load("goes_to", load, i.met, compared) for load in i.loads],
        "owners": [_load("owner", load, i.met, compared) for load in i.owners],
        "other_member": i.otherwise.members if compared else None,
        "different": {
            "ends": i.otherwise.ends,
            "fields": dict(i.otherwise.fields),
            "messages": i.otherwise.messages,
            "effects": i.otherwise.effects,
        }
        if compared
        else None,
        "weeks": [{"monday": str(week.monday), "leads": week.leads, "moved": week.moved} for week in i.weeks],
        "unrouted_examples": [_example(e) for e in i.lost],
        "bad_values": [_bad(bad) for bad in i.input.bad],
        "on_bad_value": i.input.on_bad,
        "rejected": i.input.rejected,
        "ignored_columns": list(i.input.ignored),
        "missing_columns": list(i.input.blank),
        "seconds": round(i.seconds, 3),
        "rows_per_second": i.per_second,
        "output": i.output,
        "routed": None,  # one by one only where leads are few
    }


def _move(move: Move, moved: int) -> Json:
    return {
        "from": move.before,
        "to": move.after,
        "leads": move.leads,
        "share": move.leads / moved,
        "examples": [e.name for e in move.examples],
        "explained": [_example(e) for e in move.examples],
    }


def _load(what: str, load: Load, total: int, compared: bool) -> Json:
    return {
        what: load.name,
        "after": load.after,
        "before": load.before if compared else None,
        "share_after": load.after / total if total else 0.0,
        "share_before": (load.before / total if total else 0.0) if compared else None,
    }


def _example(e: Example) -> Json:
    return {
        "name": e.name,
        "row": e.position,
        "arrived": e.arrived.isoformat().replace("+00:00", "Z"),
        "before": outcome(e.before) if e.before else None,
        "after": outcome(e.after),
        "parting": _parting(e.why) if e.why else None,
    }


def _parting(why: Why) -> Json:
    leads_to: Json = list(why.leads_to) if why.leads_to else None
    return {"flow": why.flow, "node": why.node, "before": why.before, "after": why.after, "leads_to": leads_to}


def outcome(o: Ended) -> Json:
    return {"owner": o.owner, "goes_to": o.goes_to, "routed": o.is_routed, "ends": o.ends, "result": o.result}


def _bad(bad: Bad) -> Json:
    places: list[Json] = [{"file": file, "line": line} for file, line in bad.places]
    return {"column": bad.column or None, "reason": bad.reason, "values": bad.values, "places": places}
