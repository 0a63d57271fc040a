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
START = b"\xff"  # what each value begins with; no text in UTF-8 holds it
MOST = 64  # bits of one automaton


class Automaton(NamedTuple):
    """What one pass needs.

    Attributes:
        next: By state and letter, one after the other; letters are the bytes that some text has, by number, 0 for all
            others. A state is written as the place where its letters begin.
        letter: By byte, after folding.
        direct: uint16 by byte of ASCII: the letter that its fold is; FAR for other bytes.
        says: uint64 by state: a bit for each text that ends here, whatever comes after it.
        at_end: The same for texts that a value has to end with.
        exact: By state: the class of a listed text that a value is which ends here, or -1.
        start: The state in which a value begins.
        bits: A state has 2 to the power of this many letters: `state >> bits` is its number.
        pairs: uint8[.., 1 + LONGEST] by letter of two bytes: the length of its fold (0 where Python must), its bytes.
        tail: Where only ends are asked for: how many bytes at the end of a value say all, if they are ASCII. Else 0.
    """

    next: Any
    letter: Any
    direct: Any
    says: Any
    at_end: Any
    exact: Any
    start: int
    bits: int
    pairs: Any
    tail: int


def automata(listed: Mapping[str, int], bits: Sequence[Bit]) -> list[Automaton]:
    """One for each MOST bits; the first one knows the listed texts.

    Args:
        listed: Folded texts with their classes.
        bits: CONTAINS, STARTS WITH and ENDS WITH, numbered by their order.
    """
    parts = [bits[at : at + MOST] for at in range(0, max(len(bits), 1), MOST)]
    return [_automaton(listed if at == 0 else {}, part) for at, part in enumerate(parts)]


def _automaton(listed: Mapping[str, int], bits: Sequence[Bit]) -> Automaton:
    whole = [(START + text.encode(), code) for text, code in listed.items()]
    items = [(START if bit.op == "STARTS WITH" else b"") + str(bit.item).encode() for bit in bits]
    trie = _Trie([*(text for text, _ in whole), *items])
    count = len(trie.fails)
    says, at_end = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    exact = np.full(count, -1, np.int32)
    for text, code in whole:
        exact[trie.state(text)] = code
    for number, (bit, item) in enumerate(zip(bits, items, strict=True)):
        (at_end if bit.op == "ENDS WITH" else says)[trie.state(item)] |= np.uint64(1 << number)
    for state in trie.in_breadth:  # what a shorter end of the same text is the end of
        says[state] |= says[trie.fails[state]]
        at_end[state] |= at_end[trie.fails[state]]
    letters, table = trie.table()
    direct = np.full(256, FAR, np.uint16)
    direct[:128] = [letters[ord(chr(byte).lower())] for byte in range(128)]
    size = max(table.shape[1] - 1, 1).bit_length()
    places = np.zeros((count, 1 << size), np.uint32)
    places[:, : table.shape[1]] = table << size
    start = int(table[0, letters[START[0]]]) << size
    tail = 0 if listed or says.any() else max(map(len, items), default=0)
    return Automaton(places.reshape(-1), letters, direct, says, at_end, exact, start, size, PAIRS, tail)


class _Trie:
    """States by the text read so far; state 0 is none."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        self.below: list[dict[int, int]] = [{}]
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
    automaton: Automaton, is_space: Array, offsets: Array, data: Array, valid: Array, first: int, codes: Array,
    into: int, slot: int, other: int, blank: int, bits: int, words: int, far: Array,
) -> int:  # fmt: skip
    """Writes the classes and bits of texts into the codes of as many records.

    Four texts are read side by side, a byte of each in turn: which state comes next has to wait for the one before, and
    meanwhile the processor takes those of the others. A text that has ended stays where it is until all four have.

    Args:
        offsets: Where in `data` each text begins; of an Arrow array.
        valid: The bitmap of an Arrow array, empty where all are there.
        first: The number of the first text in the bitmap.
        codes: uint16[slots, records]; those of the first text are at `into`.
        slot: Of the class, -1 for none; `bits` the first one of the bits.
        far: Gets the numbers of the texts that Python must fold.

    Returns:
        How many those are.
    """
    direct, next_, says, at_end = automaton.direct, automaton.next, automaton.says, automaton.at_end
    shift, tail, one = np.uint64(automaton.bits), np.uint64(automaton.tail), np.uint64(1)
    begins, sizes = np.zeros(4, np.uint64), np.zeros(4, np.uint64)
    states, found = np.zeros(4, np.uint64), np.zeros(4, np.uint64)
    all_, count = len(offsets) - 1, 0
    for row in range(0, all_, 4):
        size = min(4, all_ - row)
        sizes[:] = 0
        for lane in range(size):
            begin, end = np.uint64(offsets[row + lane]), np.uint64(offsets[row + lane + 1])
            if len(valid):
                at = first + row + lane
                if not (valid[at >> 3] >> (at & 7)) & 1:
                    begin = end
            while begin < end and is_space[data[begin]]:
                begin += one
            while end > begin and is_space[data[end - one]]:
                end -= one
            if tail and end - begin > tail:  # what is before it, folded, changes no letter of ASCII behind
                place = end - tail
                for at_tail in range(place, end):
                    if data[at_tail] > LAST_ASCII:
                        place = begin
                begin = place
            begins[lane], sizes[lane] = begin, end - begin
        b0, b1, b2, b3 = begins[0], begins[1], begins[2], begins[3]
        n0, n1, n2, n3 = sizes[0], sizes[1], sizes[2], sizes[3]
        s0 = s1 = s2 = s3 = np.uint64(automaton.start)
        f0 = f1 = f2 = f3 = np.uint64(0)
        step, steps = np.uint64(0), max(max(n0, n1), max(n2, n3))
        if max(max(b0, b1), max(b2, b3)) + steps > len(data):
            steps = np.uint64(0)
        while step < steps:
            a = direct[data[b0 + step]]
            b = direct[data[b1 + step]]
            c = direct[data[b2 + step]]
            d = direct[data[b3 + step]]
            if (a | b | c | d) >= FAR:
                break
            t0 = np.uint64(next_[s0 + np.uint64(a)])
            s0 = t0 if step < n0 else s0
            t1 = np.uint64(next_[s1 + np.uint64(b)])
            s1 = t1 if step < n1 else s1
            t2 = np.uint64(next_[s2 + np.uint64(c)])
            s2 = t2 if step < n2 else s2
            t3 = np.uint64(next_[s3 + np.uint64(d)])
            s3 = t3 if step < n3 else s3
            f0 |= says[s0 >> shift]
            f1 |= says[s1 >> shift]
            f2 |= says[s2 >> shift]
            f3 |= says[s3 >> shift]
            step += one
        states[0], states[1], states[2], states[3] = s0, s1, s2, s3
        found[0], found[1], found[2], found[3] = f0, f1, f2, f3
        for lane in range(size):
            at, is_read = into + row + lane, True
            state, said = states[lane], found[lane]
            if step < sizes[lane]:
                begin = begins[lane]
                state, more, is_read = _rest(automaton, data, begin + step, begin + sizes[lane], state)
                said |= more
            number = state >> shift
            said |= at_end[number]
            if sizes[lane] == 0:
                said = np.uint64(0)
            if not is_read:
                far[count] = row + lane
                count += 1
            for word in range(words):
                codes[bits + word, at] = np.uint16(said >> np.uint64(16 * word))
            if slot >= 0:
                code = automaton.exact[number] if automaton.exact[number] >= 0 else other
                codes[slot, at] = blank if sizes[lane] == 0 else code
    return count


@njit(nogil=True, cache=True)
def _rest(
    automaton: Automaton, data: Array, place: np.uint64, end: np.uint64, state: np.uint64
) -> tuple[np.uint64, np.uint64, bool]:
    """Reads the rest of one text, with all letters that can be folded here.

    Returns:
        The last state, what was said, and whether the text could be read.
    """
    found, shift, one = np.uint64(0), np.uint64(automaton.bits), np.uint64(1)
    while place < end:
        byte = data[place]
        place += one
        letter = automaton.direct[byte]
        if letter != FAR:
            state = np.uint64(automaton.next[state + np.uint64(letter)])
            found |= automaton.says[state >> shift]
            continue
        if byte < FIRST_PAIR or byte > LAST_PAIR or place >= end:
            return state, found, False
        pair = (np.int64(byte) - FIRST_PAIR) * 64 + (np.int64(data[place]) & 0x3F)
        place += one
        if automaton.pairs[pair, 0] == 0:
            return state, found, False
        for i in range(automaton.pairs[pair, 0]):
            letter = automaton.letter[automaton.pairs[pair, 1 + i]]
            state = np.uint64(automaton.next[state + np.uint64(letter)])
            found |= automaton.says[state >> shift]
    return state, found, True
