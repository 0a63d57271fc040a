"""A world to route in, made of what the files say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowctl.engine.interp import World
from flowctl.engine.matching import DataSet
from flowctl.engine.policies import Rules
from flowctl.expr import FieldType, Value, coerce
from flowctl.flow import Model, Named, Record, lower
from flowctl.flow.objects import PEOPLE, ObjectType
from flowctl.flow.people import attributes


def world_of(model: Model, data: Mapping[str, Sequence[Record]] | None = None) -> World:
    """The world of a model that has passed `check`, with data sets to match on by object."""
    programs = {name: lower(flow) for name, flow in model.flows.items()}
    types = {name: {key: f.typed() for key, f in object_.fields.items()} for name, object_ in model.objects.items()}
    world = World(
        programs,
        model.rosters,
        people_of(model),
        available(model),
        model.settings.zone,
        types=types,
        tables={name: table.snapshot() for name, table in model.tables.items()},
        rules={name: _rules(object_) for name, object_ in model.objects.items()},
        relations={name: object_.relations for name, object_ in model.objects.items()},
    )
    return with_data(world, data or {})


def _rules(object_: ObjectType) -> Rules:
    return {name: field for name, field in object_.fields.items() if field.has_policy}


def with_data(world: World, data: Mapping[str, Sequence[Record]]) -> World:
    """The same world with other data sets to match on."""
    return replace(world, data={name: DataSet(records) for name, records in data.items()})


def people_of(model: Model) -> dict[str, Mapping[str, Value]]:
    """What conditions read of users and queues, typed by `flows/objects/User.yaml` where that has the field."""
    found: dict[str, Mapping[str, Value]] = {}
    for type_, group in (("user", model.directory.users), ("queue", model.directory.queues)):
        for name, who in group.items():
            found[f"{type_}/{name}"] = _typed(attributes(type_, who), model)
    return found


def _typed(raw: Mapping[str, Value], model: Model) -> dict[str, Value]:
    fields = model.objects[PEOPLE].fields if PEOPLE in model.objects else {}
    return {name: _fitted(v, fields[name].typed(), model) if name in fields else v for name, v in raw.items()}


def _fitted(value: Value, type_: FieldType, model: Model) -> Value:
    """The value as its field holds it; blank where it does not fit, of which `check` warns."""
    try:
        return coerce(value, type_, model.settings.zone)
    except ValueError:
        return None


def available(model: Model) -> frozenset[str]:
    """Whom records can be given to."""
    directory = model.directory
    names = map(Named.parse, directory.names())
    return frozenset(str(named) for named in names if directory.is_available(named))
