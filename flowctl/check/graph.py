"""What the arrows of a graph say: its cycles, and an order in which every arrow points forward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]  # for each name, where its arrows lead, in the order in which people read them

SHOWN = 8  # names of a cycle; a longer one is told by its beginning and its end


def cycles(graph: Graph) -> tuple[tuple[str, ...], ...]:
    """Cycles that together leave none when the last arrow of each is taken away.

    Each is told once, from where reading the graph in order first meets it; its last arrow leads from its last name
    back to its first. Arrows to names that are not in the graph are passed over.
    """
    return tuple(_walk(graph, []))


def in_order(graph: Graph) -> tuple[str, ...] | None:
    """The names so that every arrow leads to a later one; None when there is a cycle."""
    left: list[str] = []
    return tuple(reversed(left)) if not any(_walk(graph, left)) else None


def _walk(graph: Graph, left: list[str]) -> Iterator[tuple[str, ...]]:
    """Goes through the graph depth first, without recursion (a flow may be 5,000 nodes deep).

    Yields a cycle whenever an arrow leads back onto the path; `left` collects the names as their last arrow is done.
    """
    seen: set[str] = set()
    for root in graph:
        if root in seen:
            continue
        seen.add(root)
        path, waiting = {root: None}, [iter(graph[root])]  # a dictionary keeps order and answers `in` at once
        while waiting:
            for name in waiting[-1]:
                if name in path:
                    names = list(path)
                    yield tuple(names[names.index(name) :])
                elif name in graph and name not in seen:
                    seen.add(name)
                    path[name] = None
                    waiting.append(iter(graph[name]))
                    break
            else:
                waiting.pop()
                left.append(path.popitem()[0])


def told(cycle: tuple[str, ...]) -> str:
    """A cycle in words: `a` -> `b` -> `a`."""
    shown = [f"`{name}`" for name in (*cycle, cycle[0])]
    if len(shown) > SHOWN:
        shown[SHOWN - 2 : -2] = [f"({len(shown) - SHOWN} more)"]
    return " -> ".join(shown)
