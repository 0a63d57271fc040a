"""The bytes of files: unpacked, in UTF-8, and told by their beginning when a name does not tell what they are."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import pyarrow as pa

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import MAGIC, form_by_bytes, no_text

Form = Literal["csv", "ndjson", "json", "yaml", "parquet", "arrow", "stream"]
ENDINGS: dict[str, Form] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json",
    ".yaml": "yaml", ".yml": "yaml", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow",
    ".feather": "arrow", ".ipc": "arrow", ".arrows": "stream",
}  # fmt: skip
PACKED = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_JSON = re.compile(rb'[\xef\xbb\xbf\s]*(\{\s*["}]|\[\s*[{\]])')  # no header of a CSV begins so
PIECE = 1 << 20


class Reads(Protocol):
    """What bytes are read from."""

    def read(self, size: int) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes come from: a name for people, how to open them (from the start), and the path if there is one."""

    name: str
    open: Callable[[], Reads]
    path: Path | None = None
    size: int | None = None


def origin_of(path: Path, name: str) -> Origin:
    with reading(name):
        size = path.stat().st_size
    return Origin(name, lambda: path.open("rb"), path, size)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turns what reading can run into, into words."""
    try:
        yield
    except FileNotFoundError as error:
        raise FlowctlError(f"there is no file `{name}`", hint="a file, a folder, `leads/*.parquet`, or `-`") from error
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowSerializationError, EOFError) as error:
        raise damaged(name) from error
    except OSError as error:
        if error.errno is None:  # Arrow's: truncated, or not what it should be
            raise damaged(name) from error
        raise FlowctlError(f"cannot read `{name}`: {(error.strerror or '').lower()}") from error


def damaged(name: str) -> FlowctlError:
    return FlowctlError(f"`{name}` is damaged or cut off", hint="copy or export it again")


def form_of(origin: Origin) -> Form:
    """What a file is, by its first bytes where these tell, else by its name.

    Raises:
        FlowctlError: It cannot be read as it is; what to type is said.
    """
    start = _start(origin)
    told = form_by_bytes(start)
    if told in ("parquet", "arrow", "stream"):
        if told != "stream" and (packing := _packing(origin)):
            raise no_text(origin.name, packing)
        return told
    if told:
        raise no_text(origin.name, told)
    named = _named(origin)
    if named in ("parquet", "arrow", "stream"):
        if not start or b"\0" in start:
            raise damaged(origin.name)
        return _said(start)
    return _said(start) if named in (None, "json") or _is_json(start) else named


def _named(origin: Origin) -> Form | None:
    if origin.path is None:
        return None
    name = origin.path.name.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return ENDINGS.get(Path(name).suffix)


def _start(origin: Origin) -> bytes:
    with reading(origin.name):
        stream = unpacked(origin)
        try:
            return full(stream, 4096)
        finally:
            stream.close()


def _packing(origin: Origin) -> Literal["gzip", "zstd"] | None:
    with reading(origin.name), closing(origin.open()) as stream:
        form = form_by_bytes(full(stream, MAGIC))
    return form if form in ("gzip", "zstd") else None


def _is_json(start: bytes) -> bool:
    return bool(_JSON.match(start))


def _said(start: bytes) -> Form:
    """What a text is."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return "json" if _goes_on(text) else "ndjson"
    return "json" if text.startswith(b"[") else "yaml" if text.startswith(b"- ") else "csv"


def _goes_on(text: bytes) -> bool:
    """Whether the first line of some JSON is no record by itself."""
    line, end, _ = text.partition(b"\n")
    if not end:
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def unpacked(origin: Origin) -> Reads:
    """The bytes of a file, without gzip or zstd around them."""
    stream = origin.open()
    start = full(stream, 4)
    again = _Again(start, stream)
    packing = form_by_bytes(start)
    if packing not in ("gzip", "zstd"):
        return again
    return pa.CompressedInputStream(pa.PythonFile(again, "r"), packing)  # type: ignore[no-any-return]


def full(stream: Reads, size: int) -> bytes:
    """As many bytes as are asked for, unless the end comes before."""
    found = stream.read(size)
    while len(found) < size:
        more = stream.read(size - len(found))
        if not more:
            break
        found += more
    return found


def is_packed(origin: Origin) -> bool:
    return _packing(origin) is not None


def texts(origin: Origin) -> Reads:
    """The bytes of a text in UTF-8, without the mark at its start."""
    stream = unpacked(origin)
    start = full(stream, 3)
    if start[:2] in _UTF16:
        return _FromUtf16(_Again(start, stream), origin.name)
    return _Again(start.removeprefix(codecs.BOM_UTF8), stream)


class _Again:
    """A stream of which some has been read already."""

    closed = False

    def __init__(self, start: bytes, stream: Reads) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int = -1) -> bytes:
        if not self._start:
            return self._stream.read(size)
        if size < 0 or size > len(self._start):
            start, self._start = self._start, b""
            return start + self._stream.read(size - len(start) if size >= 0 else -1)
        start, self._start = self._start[:size], self._start[size:]
        return start

    def close(self) -> None:
        self._stream.close()
        self.closed = True

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


class _FromUtf16:
    """A text in UTF-16, as UTF-8."""

    def __init__(self, stream: Reads, name: str) -> None:
        self._stream, self._name = stream, name
        self._decoder = codecs.getincrementaldecoder("utf-16")("strict")
        self._ready = b""

    def read(self, size: int) -> bytes:
        while len(self._ready) < size:
            piece = self._stream.read(PIECE)
            try:
                self._ready += self._decoder.decode(piece, final=not piece).encode()
            except UnicodeError as error:
                hint = "save it as UTF-8 (in Excel: `CSV UTF-8`)"
                raise FlowctlError(f"`{self._name}` begins as UTF-16 and is not", hint=hint) from error
            if not piece:
                break
        found, self._ready = self._ready[:size], self._ready[size:]
        return found

    def close(self) -> None:
        self._stream.close()


def spooled(stream: BinaryIO, path: Path) -> Origin:
    """What is piped in, kept in a file: some forms are read from their end, and all of them more than once."""
    with path.open("wb") as file:
        while piece := stream.read(PIECE):
            file.write(piece)
    return Origin("<stdin>", lambda: path.open("rb"), path, path.stat().st_size)
