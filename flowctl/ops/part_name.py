"""Parts by the names that are typed."""

from __future__ import annotations

from collections.abc import Iterable

from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import part_of


def known_part(word: str, known: Iterable[str]) -> str:
    """The part that a name, or its file, stands for.

    Raises:
        FlowctlError: It is none of those known; the hint has the closest.
    """
    part = part_of(word) or word
    parts = sorted(set(known))
    if part in parts:
        return part
    named = [name for name in parts if name.rpartition("/")[2] == word]  # `lead` for `flow/lead`
    close = f"did you mean `{named[0]}`?" if named else did_you_mean(word, parts)
    hint = close or f"parts: {', '.join(parts[:8])}{', …' if len(parts) > 8 else ''}"
    raise FlowctlError(f"there is no part `{word}`", hint=hint)
