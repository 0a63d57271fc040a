"""The bytes of files: unpacked, in UTF-8, and told by their beginning when a name does not tell what they are."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import pyarrow as pa

from flowctl.data import dataclass
from flowctl.diag import FlowctlError

Form = Literal["csv", "ndjson", "json", "yaml", "parquet", "arrow", "stream"]
ENDINGS: dict[str, Form] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json",
    ".yaml": "yaml", ".yml": "yaml", ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow",
    ".feather": "arrow", ".ipc": "arrow", ".arrows": "stream",
}  # fmt: skip
PACKED = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP = b"PK\x03"
AS_CSV = "in Excel: save it as `CSV UTF-8`"
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
    """What a file is, by its name, else by its first bytes."""
    if origin.path is not None:
        name = origin.path.name.lower()
        for ending in PACKED:
            name = name.removesuffix(ending)
        form = ENDINGS.get(Path(name).suffix)
        if form:
            return _told(origin, form)
    return _told(origin, None)


def _told(origin: Origin, named: Form | None) -> Form:
    """What the first bytes say, where that is asked: JSON may be a record a line, and Arrow a stream."""
    if named not in (None, "json", "arrow", "stream"):
        return named
    if named in ("arrow", "stream"):
        return "arrow" if _start(origin).startswith(b"ARROW1") else "stream"
    return _said(_start(origin))


def _start(origin: Origin) -> bytes:
    with reading(origin.name):
        stream = unpacked(origin)
        try:
            return full(stream, 4096)
        finally:
            stream.close()


def _said(start: bytes) -> Form:
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"ARROW1"):
        return "arrow"
    if start.startswith(b"\xff\xff\xff\xff"):
        return "stream"
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
    packing = next((name for magic, name in _MAGIC if start.startswith(magic)), None)
    if packing is None:
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
    with reading(origin.name), closing(origin.open()) as stream:
        start = full(stream, 4)
    return any(start.startswith(magic) for magic, _ in _MAGIC)


def texts(origin: Origin) -> Reads:
    """The bytes of a text in UTF-8, without the mark at its start."""
    stream = unpacked(origin)
    start = full(stream, 3)
    if start == _ZIP:
        stream.close()
        raise FlowctlError(f"`{origin.name}` is a workbook or a ZIP, and no CSV", hint=AS_CSV)
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
