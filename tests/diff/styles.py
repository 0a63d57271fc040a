"""Writes plain data as YAML in as many ways as people have: blocks and brackets, quotes and folds, comments, gaps."""

from flowctl.document import inline, scalar_text


def styled(value, random_, step=None):
    """The text of a file. `step` is how far its blocks are indented."""
    return "".join(_block(value, 0, step or random_.choice((2, 2, 4)), random_))


def _block(value, column, step, random_):
    pad = " " * column
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _above(pad, random_)
            yield from _entry(f"{pad}{key}:", item, column, step, random_)
    else:
        for item in value:
            yield from _above(pad, random_)
            if isinstance(item, dict) and random_.random() < 0.6:
                first, *others = "".join(_block(item, column + 2, step, random_)).lstrip("\n").split("\n")
                while first.strip().startswith("#"):
                    first, *others = others
                yield f"{pad}- {first.lstrip()}\n" + "\n".join(others)
            else:
                yield f"{pad}- {inline(item)}{_beside(random_)}\n"


def _entry(start, item, column, step, random_):
    if isinstance(item, (dict, list)) and item:
        deep = any(isinstance(below, dict) for below in (item.values() if isinstance(item, dict) else ()))
        if deep or random_.random() < 0.6:
            yield f"{start}{_beside(random_)}\n"
            is_flush = isinstance(item, list) and random_.random() < 0.2
            yield from _block(item, column if is_flush else column + step, step, random_)
        else:
            yield f"{start} {inline(item)}{_beside(random_)}\n"
    elif isinstance(item, str) and " AND " in item and random_.random() < 0.3:
        lines = item.replace(" AND ", f" AND\n{' ' * (column + step)}")
        yield f"{start} >-\n{' ' * (column + step)}{lines}\n"
    elif isinstance(item, str) and random_.random() < 0.3:
        yield f"{start} '{item.replace(chr(39), chr(39) * 2)}'{_beside(random_)}\n"
    else:
        yield f"{start} {scalar_text(item) if isinstance(item, str) else inline(item)}{_beside(random_)}\n"


def _above(pad, random_):
    if random_.random() < 0.15:
        yield "\n"
    if random_.random() < 0.15:
        yield f"{pad}# why it is so\n"


def _beside(random_):
    return "  # since spring" if random_.random() < 0.15 else ""
