"""Where there is little room: nothing that says what is looked at is lost, and no two names lie over each other."""

import pytest

from tests.browser.conftest import run

pytestmark = [pytest.mark.system, pytest.mark.slow]  # Debian's Chromium, and the whole sample

OVERLAPS = """() => {
  const names = [...document.querySelectorAll("#labels text")].map((text) => [text.textContent, text.getBBox()]);
  const over = (a, b, from, size) => Math.min(a[from] + a[size], b[from] + b[size]) - Math.max(a[from], b[from]);
  const pairs = names.flatMap(([one, a], i) =>
    names.slice(0, i).filter(([, b]) => over(a, b, "x", "width") > 2 && over(a, b, "y", "height") > 3)
      .map(([other]) => [one, other]),
  );
  return [names.length, pairs];
}"""


def test_a_phone_shows_which_versions_are_compared(look, diff_page):
    opened = look(diff_page)
    opened.page.set_viewport_size({"width": 390, "height": 800})
    opened.page.reload()
    opened.page.wait_for_selector("body[data-ready]")

    opened.key("s")

    assert [place.inner_text() for place in opened.page.locator(".versions:visible").all()] == [
        opened.page.locator("#side .versions").inner_text()
    ]
    assert opened.page.locator("#side .versions").inner_text().startswith("live → ")


def test_names_of_ways_do_not_lie_over_each_other_when_their_figures_are_shown(look, changed):
    run(changed, "diff", "2026-10-26", "live", "--html", "-o", "weeks.html")  # in which many leads took other ways
    opened = look(changed / "weeks.html")
    opened.page.set_viewport_size({"width": 5000, "height": 3500})  # so that all names are near enough to be written

    opened.key("0", "t")
    # a function that is waited for would be evaluated in the page, whose policy forbids that
    opened.page.locator("#labels text").nth(80).wait_for(state="attached")

    assert opened.js(OVERLAPS)[1] == []
