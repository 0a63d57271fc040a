"""Two drafts of a large flow, a hundred edits in each, and the merge of them beside the loading of the three files."""

from __future__ import annotations

from functools import partial

from benchmarks import generate
from benchmarks.timing import NotMeasuredError, Times, cpu_seconds
from flowctl.diff import Merged, merge_text
from flowctl.flow import load_flow

EVERY = 20  # one node of so many is edited in each draft


def measured(nodes: int, rounds: int) -> tuple[Times, Times, Merged]:
    """The times of loading the three files, those of merging them, and the last merge.

    Each round has texts of its own, and is merged first: conditions are remembered by their text, and the merge should
    find none that loading left behind.
    """
    loads, merges, merged = Times(), Times(), Merged(None)
    for seed in range(rounds):
        base = generate.flow(nodes, seed)
        ours, theirs = (generate.edited(base, seed * 2 + side, EVERY) for side in (1, 2))
        texts = tuple(map(generate.text, (base, ours, theirs)))
        found: list[Merged] = []
        merges.append(cpu_seconds(lambda texts=texts, found=found: found.append(merge_text("flow/lead", *texts))))  # type: ignore[misc]
        loads.append(sum(cpu_seconds(partial(load_flow, "flows/lead.yaml", text)) for text in texts))
        merged = found[0]
        if not merged.taken:
            raise NotMeasuredError("the merge of two drafts brought nothing")
    return loads, merges, merged
