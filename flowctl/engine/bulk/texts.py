"""Texts as codes: one pass over the bytes of a column, however many texts and parts of texts the conditions name.

All that is listed, contained, begun or ended with is put into one automaton (Aho and Corasick's): a state for each
beginning of one of these texts. Each byte of a value leads from state to state; the last one says which listed text the
value is, and what it ends with. Spaces around a value are skipped and its case is folded on the way.

Folding is that of `expr.fold`. It is done here for ASCII and for letters of two bytes that fold for themselves, such as
`é`; a value with anything else is folded by Python.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from flowctl.classes import Bit
from flowctl.expr import fold

Array = np.ndarray[Any, Any]

SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f "  # of ASCII, as `str.strip` takes them off
FAR = 0xFFFF  # the letter of a byte that is none of ASCII
LAST_ASCII = 0x7F
FIRST_PAIR, LAST_PAIR = 0xC3, 0xC9  # first bytes of the letters of two bytes that are folded here
LONGEST = 4  # bytes of such a letter's fold


class Automaton(NamedTuple):
    """What one pass needs.

    Attributes:
        next: By state and letter, one after the other; letters are the bytes that some text has, by number, 0 for all
            others. A state is written as the place where its letters begin; those from `said` on have bits.
        letter: By byte, after folding.
        direct: uint16 by byte of ASCII: the letter that its fold is; FAR for other bytes.
        depth: By state: how much of a text has been read.
        inside: uint16[state, words], bits of texts that end here, wherever they began.
        at_start: The same for texts that a value has to begin with.
        at_end: The same for those that it has to end with.
        exact: By state: the class of a listed text that ends here, or -1.
        said: The first of the states that have bits of `inside` or `at_start`.
        bits: A state has 2 to the power of this many letters: `state >> bits` is its number.
        pairs: uint8[.., 1 + LONGEST] by letter of two bytes: the length of its fold (0 where Python must), its bytes.
        tail: Where only ends are asked for: how many bytes at the end of a value say all, if they are ASCII. Else 0.
    """

    next: Any
    letter: Any
    direct: Any
    depth: Any
    inside: Any
    at_start: Any
    at_end: Any
    exact: Any
    said: int
    bits: int
    pairs: Any
    tail: int


def automaton(listed: Mapping[str, int], bits: Sequence[Bit], words: int) -> Automaton:
    """
    Args:
        listed: Folded texts with their classes.
        bits: CONTAINS, STARTS WITH and ENDS WITH, numbered by their order.
        words: How many slots of 16 bits they take.
    """
    items = [str(bit.item).encode() for bit in bits]
    trie = _Trie([*(text.encode() for text in listed), *items])
    count = len(trie.depth)
    inside, at_start, at_end = (np.zeros((count, max(words, 1)), np.uint16) for _ in range(3))
    exact = np.full(count, -1, np.int32)
    for text, code in listed.items():
        exact[trie.state(text.encode())] = code
    of = {"CONTAINS": inside, "STARTS WITH": at_start, "ENDS WITH": at_end}
    for number, (bit, item) in enumerate(zip(bits, items, strict=True)):
        of[bit.op][trie.state(item), number // 16] |= np.uint16(1 << number % 16)
    for state in trie.in_breadth:  # what a shorter end of the same text is the end of
        inside[state] |= inside[trie.fails[state]]
        at_end[state] |= at_end[trie.fails[state]]
    letters, next_ = trie.table()
    direct = np.full(256, FAR, np.uint16)
    direct[:128] = [letters[ord(chr(byte).lower())] for byte in range(128)]
    says = (inside | at_start).any(axis=1)
    order = np.argsort(says, kind="stable")  # state 0 says nothing, and stays the first
    numbers = np.empty(count, np.int32)
    numbers[order] = np.arange(count, dtype=np.int32)
    bits_of = max(next_.shape[1] - 1, 1).bit_length()
    places = np.zeros((count, 1 << bits_of), np.uint32)
    places[:, : next_.shape[1]] = numbers[next_][order] << bits_of
    depth = np.array(trie.depth, np.int32)[order]
    said = int(count - says.sum()) << bits_of
    tail = 0 if listed or says.any() else max(trie.depth)
    of_states = inside[order], at_start[order], at_end[order], exact[order]
    return Automaton(places.reshape(-1), letters, direct, depth, *of_states, said, bits_of, PAIRS, tail)


class _Trie:
    """States by the text read so far; state 0 is none."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        self.below: list[dict[int, int]] = [{}]
        self.depth = [0]
        for text in texts:
            self._add(text)
        self.in_breadth: list[int] = []
        self.fails = [0] * len(self.below)
        waiting = deque(self.below[0].values())
        while waiting:
            state = waiting.popleft()
            self.in_breadth.append(state)
            for byte, to in self.below[state].items():
                self.fails[to] = self._after(self.fails[state], byte)
                waiting.append(to)

    def _add(self, text: bytes) -> None:
        state = 0
        for byte in text:
            if byte not in self.below[state]:
                self.below[state][byte] = len(self.below)
                self.below.append({})
                self.depth.append(self.depth[state] + 1)
            state = self.below[state][byte]

    def _after(self, state: int, byte: int) -> int:
        while state and byte not in self.below[state]:
            state = self.fails[state]
        return self.below[state].get(byte, 0)

    def state(self, text: bytes) -> int:
        state = 0
        for byte in text:
            state = self.below[state][byte]
        return state

    def table(self) -> tuple[Array, Array]:
        """The number of each byte, and the next state by state and number."""
        used = sorted({byte for below in self.below for byte in below})
        letters = np.zeros(256, np.uint16)
        letters[used] = np.arange(1, len(used) + 1)
        table = np.zeros((len(self.below), len(used) + 1), np.int32)
        for state in [0, *self.in_breadth]:
            table[state] = table[self.fails[state]] if state else 0
            for byte, to in self.below[state].items():
                table[state, letters[byte]] = to
        return letters, table


def _pairs() -> Array:
    pairs = np.zeros(((LAST_PAIR - FIRST_PAIR + 1) * 64, 1 + LONGEST), np.uint8)
    for at in range(len(pairs)):
        letter = chr((FIRST_PAIR & 0x1F) * 64 + at)
        made = fold(f"a{letter}a").encode()[1:-1]
        starts = unicodedata.combining(unicodedata.normalize("NFD", letter)[0]) == 0
        if starts and len(made) <= LONGEST and not letter.isspace() and fold(f"a{letter}a") == f"a{fold(letter)}a":
            pairs[at, 0] = len(made)
            pairs[at, 1 : 1 + len(made)] = list(made)
    return pairs


PAIRS = _pairs()
IS_SPACE = np.array([chr(byte) in SPACES for byte in range(128)] + [False] * 128)


@njit(nogil=True, cache=True)
def encode(  # noqa: C901 - one loop over bytes
    automaton: Automaton,
    is_space: Array,
    offsets: Array,
    data: Array,
    valid: Array,
    first: int,
    codes: Array,
    slot: int,
    other: int,
    blank: int,
    bits: int,
    words: int,
    far: Array,
) -> int:
    """Writes the classes and bits of texts into the codes of as many records.

    Args:
        offsets: Where in `data` each text begins; of an Arrow array.
        valid: The bitmap of an Arrow array, empty where all are there.
        first: The number of the first text in the bitmap.
        slot: Of the class, -1 for none; `bits` the first one of the bits.
        far: Gets the numbers of the texts that Python must fold.

    Returns:
        How many those are.
    """
    count = 0
    found = np.zeros(max(words, 1), np.uint16)
    letters, direct, next_ = automaton.letter, automaton.direct, automaton.next
    inside, at_start, at_end = automaton.inside, automaton.at_start, automaton.at_end
    tail = np.uint64(automaton.tail)
    said, shift, one = np.uint64(automaton.said), np.uint64(automaton.bits), np.uint64(1)
    for row in range(len(offsets) - 1):
        begin, end = np.uint64(offsets[row]), np.uint64(offsets[row + 1])
        if len(valid):
            at = first + row
            if not (valid[at >> 3] >> (at & 7)) & 1:
                begin = end
        while begin < end and is_space[data[begin]]:
            begin += one
        while end > begin and is_space[data[end - one]]:
            end -= one
        if begin == end:
            if slot >= 0:
                codes[row, slot] = blank
            for word in range(words):
                codes[row, bits + word] = 0
            continue
        for word in range(words):
            found[word] = 0
        state, read = np.uint64(0), 0
        is_far = False
        place = begin
        if tail and end - begin > tail:  # what is before it, folded, changes no letter of ASCII behind
            place = end - tail
            for at_tail in range(place, end):
                if data[at_tail] > LAST_ASCII:
                    place = begin
        while place < end:
            byte = data[place]
            place += one
            letter = direct[byte]
            if letter != FAR:
                state = np.uint64(next_[state + np.uint64(letter)])
                read += 1
                if state >= said:
                    number = state >> shift
                    for word in range(words):
                        found[word] |= inside[number, word]
                        if automaton.depth[number] == read:
                            found[word] |= at_start[number, word]
                continue
            if byte < FIRST_PAIR or byte > LAST_PAIR or place >= end:
                is_far = True
                break
            pair = (np.int64(byte) - FIRST_PAIR) * 64 + (np.int64(data[place]) & 0x3F)
            place += one
            length = automaton.pairs[pair, 0]
            if length == 0:
                is_far = True
                break
            for i in range(length):
                state = np.uint64(next_[state + np.uint64(letters[automaton.pairs[pair, 1 + i]])])
                read += 1
                if state >= said:
                    number = state >> shift
                    for word in range(words):
                        found[word] |= inside[number, word]
                        if automaton.depth[number] == read:
                            found[word] |= at_start[number, word]
        if is_far:
            far[count] = row
            count += 1
            continue
        number = state >> shift
        for word in range(words):
            codes[row, bits + word] = found[word] | at_end[number, word]
        if slot >= 0:
            is_exact = automaton.depth[number] == read and automaton.exact[number] >= 0
            codes[row, slot] = automaton.exact[number] if is_exact else other
    return count
