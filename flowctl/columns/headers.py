"""Which column of a file is which field: by API name or label, by path, or as a mapping file says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from flowctl import document
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, did_you_mean
from flowctl.expr import FieldPath

PRIOR = "prior"  # before a dot: what a field was before an update
_API_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*\.?")
OPTIONAL = frozenset([("Owner",)])  # new records have none
MAPPING = "a mapping file says which column is which: `{Header in the file: API_Name__c}`"

Found = tuple[bool, FieldPath]  # whether it is as it was before an update; the path


@dataclass(frozen=True, slots=True)
class Plan:
    """Which columns of a file are read, by their number, and as what.

    Attributes:
        there: By the path of a related record, the columns of which one that is filled says that there is one.
        before: All columns of values before an update: one that is filled says that the record is not new.
        is_report: Whether the columns are called as people call them.
        may_grow: Whether more columns may come, as in JSON of a record a line.
    """

    file: str
    headers: Sequence[str]
    now: Mapping[FieldPath, int]
    prior: Mapping[FieldPath, int]
    there: Mapping[FieldPath, tuple[int, ...]]
    before: tuple[int, ...]
    extra: Mapping[str, int]
    ignored: tuple[str, ...]
    is_report: bool
    may_grow: bool = False

    @property
    def columns(self) -> tuple[int, ...]:
        """The columns to read, in the order of the file."""
        there = (number for numbers in self.there.values() for number in numbers)
        every = {*self.now.values(), *self.prior.values(), *there, *self.before, *self.extra.values()}
        return tuple(sorted(every))


def read_mapping(file: str, data: bytes) -> dict[str, str]:
    """A mapping file, `Header in the file: API_Name__c`, one a line.

    Raises:
        FlowctlError: It is none.
    """
    read = document.read(file, data)
    found = document.data(read.root) if read.root and not read.problems else {}
    if read.problems:
        raise FlowctlError(f"`{file}` cannot be read", found=read.problems)
    if not isinstance(found, dict) or not all(isinstance(target, str) for target in found.values()):
        raise FlowctlError(f"`{file}` is no mapping", hint="`Header in the file: API_Name__c`, one a line")
    return found


def plan_of(file: str, headers: Sequence[str], wanted: Wanted) -> Plan:
    """Finds the columns of a file.

    Raises:
        FlowctlError: A column that is read is not there, or may be one of two.
    """
    return _Finder(file, headers, wanted).plan()


def require_mapped(plans: Sequence[Plan], wanted: Wanted) -> None:
    """Refuses a mapping of which a column is in none of the files, and its field is read.

    Raises:
        FlowctlError: It is so; the column is called otherwise, most likely.
    """
    if not plans or any(plan.may_grow for plan in plans):
        return
    headers = list(dict.fromkeys(header for plan in plans for header in plan.headers if header))
    known, reads = {_folded(header) for header in headers}, (set(wanted.paths()), set(wanted.priors()))
    fields = {header: _split(target) for header, target in wanted.mapping.items() if _folded(header) not in known}
    lost = [header for header, (is_prior, path) in fields.items() if path in reads[is_prior]]
    if lost:
        where = f"`{plans[0].file}`" if len(plans) == 1 else f"none of {len(plans)} files"
        lacks = f"{where} {'has no' if len(plans) == 1 else 'has a'} column `{lost[0]}`, which the mapping names"
        more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        raise FlowctlError(lacks + more, hint=_instead(lost[0], headers))


def _instead(header: str, headers: Sequence[str]) -> str:
    """What to type in a mapping for a header that is not there."""
    near = did_you_mean(header, headers)
    return near or f"call it as the file does, or take it out; columns: {', '.join(headers[:12])}"


class _Finder:
    def __init__(self, file: str, headers: Sequence[str], wanted: Wanted) -> None:
        self.file, self.headers, self.wanted = file, headers, wanted
        self.mapping = {_folded(header): target for header, target in wanted.mapping.items()}
        self.paths, self.priors = set(wanted.paths()), set(wanted.priors())
        self.is_report = any(not _API_NAME.fullmatch(header) for header in headers if header)

    def plan(self) -> Plan:
        found: dict[Found, int] = {}
        mapped = {number for number, header in enumerate(self.headers) if _folded(header) in self.mapping}
        for number in [*sorted(mapped), *(n for n in range(len(self.headers)) if n not in mapped)]:
            self._note(number, found, number in mapped)
        now = {path: n for (is_prior, path), n in found.items() if not is_prior and path in self.paths}
        prior = {path: n for (is_prior, path), n in found.items() if is_prior and path in self.priors}
        self._require(now, found)
        marked = tuple(n for n, header in enumerate(self.headers) if header.casefold() == f"{PRIOR}.")
        before = (*(n for (is_prior, _), n in found.items() if is_prior), *marked)
        extra = {name: self._extra(name, found) for name in self.wanted.extra}
        taken = {*now.values(), *prior.values(), *extra.values()}
        ignored = tuple(h for number, h in enumerate(self.headers) if h and number not in taken and not h.endswith("."))
        there = self._there(found)
        return Plan(self.file, self.headers, now, prior, there, before, extra, ignored, self.is_report)

    def _note(self, number: int, found: dict[Found, int], is_mapped: bool) -> None:
        candidates = list(dict.fromkeys(self._mapped(number) if is_mapped else self._named(self.headers[number])))
        if len(candidates) > 1 and any(self._is_read(candidate) for candidate in candidates):
            both = " and ".join(f"`{'.'.join(path)}`" for _, path in candidates)
            raise self._error(f"column `{self.headers[number]}` may be {both}", MAPPING)
        for candidate in candidates[:1]:
            other = found.setdefault(candidate, number)
            header, twin = self.headers[number], self.headers[other]
            if other == number or _folded(twin) in self.mapping or not self._is_read(candidate):
                continue
            if twin == header:
                raise self._error(f"columns {other + 1} and {number + 1} are both called `{header}`", "delete one")
            raise self._error(f"columns `{twin}` and `{header}` are both `{'.'.join(candidate[1])}`", "delete one")

    def _is_read(self, found: Found) -> bool:
        is_prior, path = found
        return path in (self.priors if is_prior else self.paths)

    def _mapped(self, number: int) -> Iterator[Found]:
        target = self.mapping[_folded(self.headers[number])]
        is_prior, path = _split(target)
        if self.wanted.type_of(path) is None:
            at = self.wanted.objects.get(self.wanted.holder(path[:-1]) or "")
            hint = did_you_mean(path[-1], at.fields) if at else None
            raise FlowctlError(f"the mapping names `{target}`, which is no field of {self.wanted.object}", hint=hint)
        yield is_prior, path

    def _named(self, header: str) -> Iterator[Found]:
        """The fields that a header may name: of the record, else of related ones or before an update."""
        own = self._fields(self.wanted.object, header)
        if own:
            yield from ((False, (name,)) for name in own)
            return
        *at, name = header.split(".")
        if not at:
            return
        if [part.strip().casefold() for part in at] == [PRIOR]:
            yield from ((True, (field,)) for field in self._fields(self.wanted.object, name))
            return
        for prefix in self._prefixes(tuple(at)):
            holder = self.wanted.holder(prefix)
            yield from ((False, (*prefix, field)) for field in self._fields(holder or "", name))

    def _prefixes(self, at: Sequence[str]) -> list[FieldPath]:
        """The paths of related records that some words mean."""
        found: list[FieldPath] = [()]
        for word in at:
            found = [(*prefix, name) for prefix in found for name in _alike(word, self._relations(prefix))]
        return found

    def _relations(self, prefix: FieldPath) -> Mapping[str, str]:
        type_ = self.wanted.objects.get(self.wanted.holder(prefix) or "")
        own = type_.relations if type_ else {}
        return own if prefix else {**own, **self.wanted.related}

    def _fields(self, object_: str, word: str) -> list[str]:
        type_ = self.wanted.objects.get(object_)
        if type_ is None:
            return []
        labels = {name: field.label for name, field in type_.fields.items()}
        return _alike(word, labels) or [n for n, label in labels.items() if label.casefold() == word.strip().casefold()]

    def _extra(self, name: str, found: Mapping[Found, int]) -> int:
        """The column that is asked for by header, else by API name or label."""
        exact = [n for n, header in enumerate(self.headers) if header == name]
        folded = [n for n, header in enumerate(self.headers) if _folded(header) == _folded(name)]
        as_field = [found[one] for one in self._named(name) if one in found]
        numbers = exact or folded or as_field
        if not numbers:
            hint = did_you_mean(name, [header for header in self.headers if header])
            raise self._error(f"`{self.file}` has no column `{name}`", hint)
        if len(set(numbers)) > 1:
            raise self._error(f"`{self.file}` has {len(numbers)} columns `{name}`", "delete all but one")
        return numbers[0]

    def _there(self, found: Mapping[Found, int]) -> dict[FieldPath, tuple[int, ...]]:
        there: dict[FieldPath, tuple[int, ...]] = {}
        for (is_prior, path), number in found.items():
            if not is_prior:
                for depth in range(1, len(path)):
                    there[path[:depth]] = (*there.get(path[:depth], ()), number)
        for number, header in enumerate(self.headers):
            if header.endswith("."):  # JSON: there is a related record, whatever it holds
                for path in self._prefixes(header[:-1].split(".")):
                    there[path] = (*there.get(path, ()), number)
        return there

    def _require(self, now: Mapping[FieldPath, int], found: Mapping[Found, int]) -> None:
        missing = [
            path
            for path in self.wanted.now
            if len(path) == 1 and path not in now and path in self.paths and path not in OPTIONAL
        ]
        if not missing or self.wanted.missing_as_blank:
            return
        if len(missing) == 1:
            message = f"`{self.file}` has no column `{missing[0][0]}`, which the flow reads"
        else:
            message = f"`{self.file}` lacks {len(missing)} columns that the flow reads"
        hint = f"{MAPPING}; `--missing-as-blank` takes what is missing for blank"
        if not now and not self.mapping:
            hint = "the first row names the fields, by API name or label: `Email`, `Person_Score__c`, `account.Name`"
        bound = {*found.values()}
        free = [header for number, header in enumerate(self.headers) if number not in bound]
        raise FlowctlError(message, hint=hint, found=[self._missing(path, free) for path in missing])

    def _missing(self, path: FieldPath, free: Sequence[str]) -> Diagnostic:
        """What is said of a missing column; `free` are the headers that are no field's."""
        type_ = self.wanted.type_of(path)
        label = type_.label if type_ else ""
        called = f"`{path[0]}` (`{label}`)" if label and label != path[0] else f"`{path[0]}`"
        nodes = self.wanted.now[path]
        by = ", ".join(f"`{node}`" for node in nodes[:5]) + (f" and {len(nodes) - 5} more" if len(nodes) > 5 else "")
        as_ = next((h for h, target in self.wanted.mapping.items() if _split(target) == (False, path)), None)
        if as_ is not None:
            text = f"there is no column `{as_}`, which the mapping names for {called}; read by {by}"
            return Diagnostic("FC201", Severity.ERROR, text, None, _instead(as_, self.headers))
        near = did_you_mean(path[0], free) or (did_you_mean(label, free) if label else None)
        return Diagnostic("FC201", Severity.ERROR, f"there is no column {called}; read by {by}", None, near)

    def _error(self, message: str, hint: str | None) -> FlowctlError:
        text = message if message.startswith("`") else f"`{self.file}`: {message}"
        return FlowctlError(text, hint=hint)


def _folded(header: str) -> str:
    return header.strip().casefold()


def _split(text: str) -> Found:
    path = tuple(part.strip() for part in text.split("."))
    return (True, path[1:]) if len(path) == 2 and path[0] == PRIOR else (False, path)


def _alike(word: str, names: Mapping[str, object]) -> list[str]:
    """The names that are a word, else those that are it but for upper and lower case."""
    word = word.strip()
    return [word] if word in names else [name for name in names if name.casefold() == word.casefold()]
