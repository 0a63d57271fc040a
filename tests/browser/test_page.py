"""The page in a real browser, opened from a file with the network off."""

import json

import pytest

from benchmarks import generate
from flowctl.flow import load_model
from flowctl.ops.page import page_between, page_of
from flowctl.ops.show import show
from tests.browser.conftest import NOWHERE, version, written
from tests.ops.small import FILES, flow
from tools.screenshot import NODE

pytestmark = pytest.mark.system

LEAD_THAT_MOVES = "optgroup[label^='go to somebody else'] option"


def compared(before, after):
    return page_between(NOWHERE, version("live", before), version("draft", after))


def alone(files):
    found = version("live", files)
    return page_of(NOWHERE, found, show(found, None, None))


# -- finding and walking


def test_the_page_opens_offline_and_shows_every_node(look, show_page):
    opened = look(show_page)

    drawn = opened.js("document.querySelectorAll('#map [data-node]').length")

    model = load_model({"flows/lead.yaml": (show_page.parent / "flows/lead.yaml").read_bytes()})
    assert drawn == len(model.flows["lead"].nodes)
    assert opened.page.locator("h1").inner_text() == "lead"
    assert opened.requests[0] == show_page.as_uri()


def test_a_node_is_found_by_what_is_told_of_it(look, show_page):
    opened = look(show_page)

    opened.key("/")
    opened.page.keyboard.type("pubsec queue")
    opened.key("Enter")

    assert "US PubSec queue" in opened.panel.inner_text()
    assert "1 of" in opened.said
    opened.key("Escape")
    assert opened.chosen == "queue_pubsec"


def test_what_is_nowhere_is_not_found(look, show_page):
    opened = look(show_page)

    opened.key("/")
    opened.page.keyboard.type("zzz no such thing")
    opened.page.wait_for_timeout(50)

    assert opened.said == "nothing found"


def test_a_panel_is_opened_read_and_left_by_keyboard(look, show_page):
    opened = look(show_page)

    opened.key("Home", "ArrowDown", "ArrowUp", "Enter")
    told = opened.panel.inner_text()
    opened.key("Enter")
    inside = opened.js("document.activeElement.closest('#panel') !== null")
    opened.key("Escape")

    assert "with_a_partner" in told
    assert inside
    assert opened.panel.is_hidden()
    assert opened.chosen == "with_a_partner"


def test_a_click_opens_a_node_with_its_conditions_source_and_fixtures(look, show_page):
    opened = look(show_page)

    opened.page.locator('#map [data-node="with_a_partner"]').click()

    told = opened.panel.inner_text()
    assert "flows/lead.yaml:" in told
    assert "Source" in told
    assert "fixtures" in told
    assert "IS " in told or "=" in told


def test_the_arrow_keys_walk_along_the_ways(look, show_page):
    opened = look(show_page)
    opened.key("Home")
    seen = [opened.chosen]

    for _ in range(4):
        opened.key("ArrowDown")
        seen.append(opened.chosen)
    opened.key("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")

    assert len(set(seen)) > 2
    assert opened.chosen == seen[0]


def test_a_lead_is_followed_step_by_step(look, show_page):
    opened = look(show_page)
    steps = []

    opened.key("l")
    opened.page.locator("#lead").select_option(index=1)
    opened.js("document.activeElement.blur()")
    number = int(opened.js("document.querySelectorAll('#side [data-step]').length"))
    for at in range(number):
        opened.key("]")
        steps.append(opened.chosen)
        assert opened.said.startswith(f"step {at + 1} of {number}")
    opened.key("[")

    assert number >= 2
    assert steps[0] != steps[-1]
    assert opened.js("document.querySelectorAll('#map path.lit').length") >= 1
    assert opened.said.startswith(f"step {number - 1} of {number}")


# -- a comparison


def test_every_overlay_is_toggled_by_keyboard(look, diff_page):
    opened = look(diff_page)

    def pressed(name):
        return opened.page.locator(f'[data-overlay="{name}"]').get_attribute("aria-pressed") == "true"

    assert pressed("both")
    for key, name in (("1", "before"), ("3", "after"), ("2", "both")):
        opened.key(key)
        assert [view for view in ("before", "both", "after") if pressed(view)] == [name]
    for key, name in (("c", "coverage"), ("t", "traffic")):
        opened.key(key)
        assert pressed(name)
        opened.key(key)
        assert not pressed(name)


def test_a_view_shows_its_side_only(look, diff_page):
    opened = look(diff_page)

    def seen():
        return {
            id_ for id_ in ("tell_bdr", "owner_mapping") if opened.page.locator(f'[data-node="{id_}"]').is_visible()
        }

    opened.key("2")
    opened.page.wait_for_timeout(50)
    both = seen()
    opened.key("1")
    before = seen()
    opened.key("3")
    after = seen()

    assert both == {"tell_bdr", "owner_mapping"}
    assert before == {"owner_mapping"}
    assert after == {"tell_bdr"}


def test_changes_are_walked_with_n_and_p_and_told_by_more_than_colour(look, diff_page):
    opened = look(diff_page)
    met = []

    for _ in range(5):
        opened.key("n")
        met.append(opened.chosen)

    assert set(met) == {NODE, "to_bdr", "tell_bdr", "owner_mapping", "to_mapped_sdr"}
    badges = opened.js("[...document.querySelectorAll('.badge text')].map((badge) => badge.textContent)")
    assert set(badges) == {"+", "−", "~"}


def test_a_lead_that_moves_has_both_of_its_ways_lit(look, diff_page):
    opened = look(diff_page)

    opened.page.locator("#lead").select_option(opened.page.locator(LEAD_THAT_MOVES).first.get_attribute("value"))

    assert opened.js("document.querySelectorAll('#map path.lit.now').length") >= 1
    assert opened.js("document.querySelectorAll('#map path.lit.was').length") >= 1
    assert "→" in opened.page.locator("#side .owner").inner_text()


def test_what_is_looked_at_can_be_sent_as_an_address(look, diff_page):
    opened = look(diff_page)

    opened.page.goto(f"{diff_page.as_uri()}#lead/{NODE}")

    assert "Is a BDR actively working the account?" in opened.panel.inner_text()


def test_the_help_names_every_key_and_is_left_with_escape(look, diff_page):
    opened = look(diff_page)

    opened.key("?")
    told = opened.page.locator("dialog").inner_text()
    opened.key("Escape")

    assert all(words in told for words in ("find a node", "coverage", "traffic", "the next change", "the next step"))
    assert not opened.js("document.querySelector('dialog').open")


# -- for everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["diff_page", "show_page"])
def test_axe_finds_nothing_serious(look, request, scheme, name):
    opened = look(request.getfixturevalue(name), scheme=scheme)
    findings = {"closed": serious(opened)}

    opened.key("Home", "Enter")
    findings["panel"] = serious(opened)
    opened.page.locator("#lead").select_option(index=1)
    opened.js("document.activeElement.blur()")
    opened.key("]", "c", "t", "/")
    opened.page.keyboard.type("queue")
    findings["all on"] = serious(opened)

    assert findings == {"closed": [], "panel": [], "all on": []}


def serious(opened):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened.page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {json.dumps(node['any'])[:300]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def test_dark_is_turned_on_by_a_key(look, show_page):
    opened = look(show_page)
    before = opened.js("getComputedStyle(document.body).backgroundColor")

    opened.key("d")

    assert opened.js("getComputedStyle(document.body).backgroundColor") != before


@pytest.mark.parametrize("width", [360, 800, 1920])
def test_nothing_sticks_out_of_a_narrow_or_a_wide_window(look, diff_page, width):
    opened = look(diff_page)

    opened.page.set_viewport_size({"width": width, "height": 700})
    opened.key("Home", "Enter")
    opened.page.wait_for_timeout(100)

    assert opened.js("document.documentElement.scrollWidth") <= width
    assert opened.panel.is_visible()


# -- hostile texts

HOSTILE = [
    "</script><img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "{{window.pwned=1}}",
    "${window.pwned=1}",
    "<!--<script>",
    "]]><x>",
    "\\u003cimg src=x onerror=window.pwned=1\\u003e",
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "' onmouseover='window.pwned=1' x='",
    '" autofocus onfocus="window.pwned=1',
]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def hostile_files(number):
    text = quoted(HOSTILE[number])
    literal = HOSTILE[number].replace("\\", "\\\\").replace("'", "\\'")
    condition = quoted(f"Company = '{literal}'")
    nodes = (
        f"start:\n  type: decision\n  label: {text}\n  source: {text}\n  notes: {text}\n  branches:\n"
        f"    - {{when: {condition}, label: {text}, then: hot, source: {text}}}\n"
        f"    - {{when: Company CONTAINS 'onerror', label: other, then: on.svg_-1}}\n  otherwise: done\n"
        f"hot: {{type: assign, to: queue/hot, label: {text}, then: done}}\n"
        f"on.svg_-1: {{type: notify, channel: slack, to: '#x', message: {text}, then: done}}\n"
    )
    header = f"title: {text}\nnotes: {text}\ntriggers: [created]"
    about = f"why: {text}, source: {text}, now: 2026-11-23T09:00:00Z"
    case = f"- {{{about}, lead: {{Company: {text}}}, expect: {{owner: nobody}}}}\n"
    return {**FILES, "flows/lead.yaml": flow(nodes, header=header), "flows/fixtures/lead/all.yaml": case}


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_text_of_a_flow_becomes_markup_or_script(look, tmp_path, number):
    after = hostile_files(number)
    assert load_model(after).problems == ()
    before = {**after, "flows/lead.yaml": after["flows/lead.yaml"].replace("label: other", "label: one")}
    opened = look(written(tmp_path, compared(before, after)))

    everywhere(opened)

    assert opened.js("window.pwned") is None
    assert (
        opened.js("document.querySelectorAll('img, iframe, object, embed, a[href], [onload], [onerror]').length") == 0
    )
    assert opened.js("document.scripts.length") == 2
    assert HOSTILE[number] in opened.js(
        "[...document.querySelectorAll('body :not(script)')].map((e) => e.textContent).join(' ')"
    )


def everywhere(opened):
    """Has every text of a small page written somewhere."""
    opened.key("Home", "Enter", "c", "t", "1", "3", "2", "n")
    if opened.page.locator("#lead option").count() > 1:
        opened.page.locator("#lead").select_option(index=1)
        opened.js("document.activeElement.blur()")
        opened.key("]", "]")
    opened.key("/")
    opened.page.keyboard.type("o")
    opened.key("Enter", "Escape", "Home", "Enter")
    opened.page.hover("#map [data-node]")


def test_a_text_that_turns_the_direction_of_writing_shows_its_code(look, tmp_path):
    nodes = 'start: {type: assign, label: "abc\\u202edcb", to: queue/hot, then: done}\n'
    opened = look(written(tmp_path, alone({**FILES, "flows/lead.yaml": flow(nodes)})))

    opened.key("Home", "Enter")

    assert r"abc\u202edcb" in opened.panel.inner_text()


# -- 2,000 nodes


@pytest.fixture(scope="session")
def large_page(tmp_path_factory):
    nodes = generate.flow(2000, seed=1)
    before, after = ({"flows/lead.yaml": generate.text(n)} for n in (nodes, generate.edited(nodes, seed=1)))
    return written(tmp_path_factory.mktemp("large"), compared(before, after))


def test_two_thousand_nodes_can_be_looked_at_and_searched(look, large_page, record_property, capsys):
    opened = look(large_page)

    opened.key("/")
    opened.page.keyboard.type("node_01500")
    opened.key("Enter", "Escape", "Escape")
    frames = [
        opened.js(FRAMES_AFTER, key) for key in ("ArrowDown", "ArrowDown", "+", "-", "0", "1", "2", "3", "n", "n")
    ]

    assert "node_015" in opened.page.url or opened.chosen is not None
    record_property("milliseconds from a key to the frame after it", frames)
    with capsys.disabled():
        print(f"\nfrom a key to the frame after it, in ms: {frames}")  # noqa: T201 - for who looks, never judged
    assert all(after < 5000 for after in frames)  # frames keep coming; how fast is for `make bench` to tell


FRAMES_AFTER = """
(key) => new Promise((done) => {
  const begun = performance.now();
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  requestAnimationFrame(() => requestAnimationFrame(() => done(Math.round(performance.now() - begun))));
})
"""


# -- the tests themselves


def test_a_page_that_misbehaves_would_be_caught(opening, tmp_path):
    file = tmp_path / "bad.html"
    file.write_text(
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src *\">"
        "<body data-ready><script>window.pwned = 1</script><img src='https://elsewhere.example/x.png'>"
    )

    with opening(file) as opened:
        opened.page.wait_for_timeout(100)

    assert "https://elsewhere.example/x.png" in opened.requests
    assert any("script-src" in complaint for complaint in opened.complaints if complaint.startswith("forbidden"))
    assert any(complaint.startswith("error") for complaint in opened.complaints)
