"""A real browser without a network, and pages to open in it."""

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from flowctl.ops.versions import Version
from flowctl.render.page.html import html
from tools.browser import MISSING, chromium
from tools.screenshot import ENVIRONMENT, changed_sample

NOWHERE = SimpleNamespace(release_ids=lambda: ())  # a workspace without releases
# Noted before the page's own script runs: what the Content-Security-Policy forbade.
WATCH = """
window.forbidden = [];
document.addEventListener("securitypolicyviolation", (event) => window.forbidden.push(event.violatedDirective));
"""


@dataclass
class Opened:
    """A page in the browser, and everything that it should not do."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def key(self, *names):
        for name in names:
            self.page.keyboard.press(name)

    def js(self, code, value=None):
        return self.page.evaluate(code, value)

    @property
    def said(self):
        """What a screen reader was told last."""
        return self.page.locator("#said").inner_text()

    @property
    def chosen(self):
        """The id of the node that has the keyboard."""
        return self.js("document.activeElement?.closest('#map [data-node]')?.dataset.node ?? null")

    @property
    def panel(self):
        return self.page.locator("#panel")


@pytest.fixture(scope="session")
def browser():
    program = chromium()
    assert program, MISSING
    from playwright.sync_api import sync_playwright  # takes most of a second, also where no browser is asked for

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def opening(browser):
    @contextmanager
    def opening(file, scheme="light", motion="reduce"):
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion=motion, offline=True
        )
        context.set_default_timeout(60_000)
        context.add_init_script(WATCH)
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: note(opened, message))
        opened.page.on("pageerror", lambda error: opened.complaints.append(f"exception: {error}"))
        opened.page.on(
            "dialog", lambda dialog: opened.complaints.append(f"dialog: {dialog.message}") or dialog.dismiss()
        )
        context.on("request", lambda request: opened.requests.append(request.url))
        context.route("**/*", lambda route: route.continue_() if route.request.url == file.as_uri() else route.abort())
        opened.page.goto(file.as_uri())
        opened.page.wait_for_selector("body[data-ready]")
        yield opened
        opened.complaints += [f"forbidden: {name}" for name in opened.js("window.forbidden")]
        context.close()

    return opening


def note(opened, message):
    if message.type in ("error", "warning"):
        opened.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def look(opening):
    """Opens a page; after the test nothing may have been asked of the network, and nothing may have gone wrong."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        seen = []

        def look(file, **how):
            opened = stack.enter_context(opening(file, **how))
            seen.append((file, opened))
            return opened

        yield look
    for file, opened in seen:
        assert set(opened.requests) <= {file.as_uri(), "data:,"}
        assert opened.complaints == []


# -- pages


def run(folder, *words):
    command = [sys.executable, "-m", "flowctl", *words]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def changed(tmp_path_factory):
    """The sample with a changed lead flow."""
    return changed_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def diff_page(changed):
    run(changed, "diff", "--html", "-o", "diff.html")
    return changed / "diff.html"


@pytest.fixture(scope="session")
def show_page(changed):
    run(changed, "show", "lead", "--html", "-o", "show.html")
    return changed / "show.html"


def written(folder, made):
    """A page as a file."""
    file = folder / "page.html"
    file.write_text(html(made), "utf-8")
    return file


def version(label, files):
    return Version(label, {path: text.encode() for path, text in files.items()})
