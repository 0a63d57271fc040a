"""How soon the page of a large difference can be looked at, and how soon it answers a key, in headless Chromium."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks import generate
from benchmarks.timing import NotMeasuredError, seconds
from flowctl.ops.page import page_between
from flowctl.ops.versions import Version
from flowctl.render.page.html import html
from tools.browser import MISSING, chromium

STEPS = ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "+", "-", "n", "p")
WHOLE = ("0", "1", "3", "2")  # what draws all nodes anew: all of it, before, after, both
ROUNDS = 5
NOWHERE: Any = SimpleNamespace(release_ids=lambda: ())  # a workspace without releases

# From a key until the frame after the one that shows what it did has begun: then that one is painted.
TO_FRAME = """
(key) => new Promise((done) => {
  const begun = performance.now();
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})
"""


def measured(nodes: int) -> Iterator[tuple[str, float]]:
    """What was measured, in milliseconds.

    Raises:
        NotMeasuredError: There is no Chromium.
    """
    program = chromium()
    if not program:
        raise NotMeasuredError(MISSING)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "diff.html"
        yield "made", 1000 * seconds(lambda: file.write_text(html(_compared(nodes)), "utf-8"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
            yield "opened", statistics.median(_opened(page, file) for _ in range(ROUNDS))
            page.keyboard.press("Home")
            for name, keys in (("a step", STEPS), ("the whole", WHOLE)):
                times = [page.evaluate(TO_FRAME, key) for _ in range(ROUNDS) for key in keys]
                yield name, statistics.median(times)
                yield f"{name}, the slowest", max(times)
            browser.close()


def _compared(nodes: int) -> Any:
    before = generate.flow(nodes, seed=1)
    texts = (generate.text(flow).encode() for flow in (before, generate.edited(before, seed=1)))
    a, b = (Version(label, {"flows/lead.yaml": text}) for label, text in zip(("live", "draft"), texts, strict=True))
    return page_between(NOWHERE, a, b)


def _opened(page: Any, file: Path) -> float:
    """Until the page says that it is drawn."""
    page.goto("about:blank")
    return 1000 * seconds(lambda: _ready(page, file))


def _ready(page: Any, file: Path) -> None:
    page.goto(file.as_uri())
    page.wait_for_selector("body[data-ready]")
