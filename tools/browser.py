"""Which browser looks at pages: Debian's Chromium, or what another system calls it."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")  # Debian; Ubuntu's snap; the runners of GitHub
MISSING = "there is no Chromium: `apt-get install chromium fonts-dejavu-core`, as .ci/run does"


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)
