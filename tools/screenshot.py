"""Takes the README's picture of a review: makes the sample workspace, changes its lead flow, writes the page of the
difference, and looks at it in a browser.

    python -m tools.screenshot                     writes docs/images/diff.png
    python -m tools.screenshot --into FILE [--dark]

The same change, the same fixed clock and a window of a fixed size: the same picture, on machines with the same fonts.
Needs Chromium and the font DejaVu (`.ci/run` installs both).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.browser import MISSING, chromium

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "diff.png"
SIZE = {"width": 1280, "height": 800}
NODE = "worked_by_bdr"  # in the middle of what changed
DRAG = (36, -225)  # so that all that changed is in the picture
LARGEST = 300_000  # bytes: it is looked at on a web page
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "FLOWCTL_"))},
    "FLOWCTL_NOW": "2026-11-20T16:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Mia Chen",
    "GIT_AUTHOR_EMAIL": "mia.chen@example.com",
    "GIT_COMMITTER_NAME": "Mia Chen",
    "GIT_COMMITTER_EMAIL": "mia.chen@example.com",
    "TZ": "UTC",
    "NO_COLOR": "1",
}

# A week's edit of flows/lead.yaml: the mapping by the account's owner is retired, restricted accounts get a word first.
REMOVED = ("owner_mapping", "to_mapped_sdr")
EDITS = (
    (
        "      - when: account.BDR_Prospecting_Status__c = 'Actively Working'\n",
        "      - when: account.BDR_Prospecting_Status__c = 'Restricted'\n"
        "        label: restricted\n"
        "        then: tell_bdr\n"
        "      - when: account.BDR_Prospecting_Status__c IN ('Actively Working', 'Recently Worked')\n",
    ),
    ("        then: owner_mapping\n", "        then: to_account_sdr\n"),
    ("    otherwise: owner_mapping\n", "    otherwise: to_account_sdr\n"),
    ("    unavailable: owner_mapping ", "    unavailable: to_account_sdr "),
    (
        "  to_account_sdr:\n",
        "  tell_bdr:\n"
        "    type: notify\n"
        "    label: Tell the BDR before anybody writes\n"
        "    channel: slack\n"
        '    to: "#bdr-restricted"\n'
        '    message: "{{Company}} is restricted, and {{Country}} has a new lead from it"\n'
        "    then: to_account_sdr\n\n"
        "  to_account_sdr:\n",
    ),
)


def changed_sample(folder: Path) -> Path:
    """Makes a workspace of the sample in a folder and changes its lead flow; gives the workspace's folder."""
    flowctl(folder, "init", "my-routing", "--sample", "gitlab")
    file = folder / "my-routing" / "flows" / "lead.yaml"
    text = file.read_text("utf-8")
    for old, new in EDITS:
        assert old in text, f"the sample's lead flow has no more: {old}"
        text = text.replace(old, new, 1)
    for id_ in REMOVED:
        text = without(text, id_)
    file.write_text(text, "utf-8")
    return file.parents[1]


def without(text: str, id_: str) -> str:
    """A flow's text without a node."""
    begin = text.index(f"\n  {id_}:\n") + 1
    end = text.index("\n\n", begin) + 2
    return text[:begin] + text[end:]


def flowctl(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "flowctl", *words]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"`flowctl {' '.join(words)}` ended with {done.returncode}: {done.stderr}")


def take(page: Path, picture: Path, *, dark: bool) -> None:
    """The picture of a page as a browser shows it, with the panel of one node open."""
    program = chromium()
    if not program:
        raise SystemExit(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = browser.new_context(
            viewport=SIZE,  # type: ignore[arg-type]  # playwright has a type of its own for it
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            offline=True,
        )
        shown = context.new_page()
        shown.goto(f"{page.as_uri()}#lead/{NODE}")
        shown.wait_for_selector("body[data-ready]")
        drag(shown, *DRAG)
        shown.screenshot(path=picture, animations="disabled", caret="hide")
        browser.close()


def drag(shown: Page, dx: int, dy: int) -> None:
    """Moves the map, so that what changed is in the picture."""
    shown.mouse.move(560, 500)
    shown.mouse.down()
    shown.mouse.move(560 + dx // 2, 500 + dy // 2)
    shown.mouse.move(560 + dx, 500 + dy)
    shown.mouse.up()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, default=PICTURE)
    parser.add_argument("--dark", action="store_true")
    given = parser.parse_args()
    given.into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = changed_sample(Path(folder))
        flowctl(workspace, "diff", "--html", "-o", "diff.html")
        take(workspace / "diff.html", given.into, dark=given.dark)
    size = given.into.stat().st_size
    print(f"{given.into}: {size:,} bytes")
    return 0 if size < LARGEST else 1


if __name__ == "__main__":
    sys.exit(main())
