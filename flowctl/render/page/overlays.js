// What is laid over the map: the sides of a comparison, coverage, traffic, rings; and the legend that says so.

/** @type {Object<string, string>} */
const VIEWS = { before: "Before", both: "Both", after: "After" };

/**
 * Turns an overlay on, or over.
 * @param {string} name
 */
function toggle(name) {
  if (name in VIEWS) {
    if (!compares) return;
    change({ view: name });
    const versions = { before: page.before, both: "both versions", after: page.after };
    say(`${VIEWS[name]}: ${versions[state.view]}`);
  } else if (leads.length) {
    change({ [name]: !(/** @type {any} */ (state)[name]) });
    say(`${name} ${/** @type {any} */ (state)[name] ? "on" : "off"}`);
  }
}

function showOverlays() {
  map.dataset.view = state.view;
  map.classList.toggle("compares", compares);
  map.classList.toggle("coverage", state.coverage);
  map.classList.toggle("traffic", state.traffic);
  for (const pressed of document.querySelectorAll("[data-overlay]")) {
    const name = /** @type {HTMLElement} */ (pressed).dataset.overlay ?? "";
    pressed.setAttribute(
      "aria-pressed",
      String(name in VIEWS ? state.view === name : /** @type {any} */ (state)[name]),
    );
  }
  showFigures();
  replace(byId("legend"), ...legend());
}

/** The numbers beside the names of the ways. */
function showFigures() {
  for (const way of shownFlow().ways) {
    if (way.label) putFigure(way);
  }
}

/** @param {Way} way */
function putFigure(way) {
  const place = way.label.lastChild;
  place.textContent = figure(way);
  place.classList.toggle("none", state.traffic && traffic(way, state.view) === 0);
}

/** @param {Way} way */
function figure(way) {
  if (state.traffic) {
    const [was, now] = [way.m ?? 0, way.n];
    const both = state.view === "both" && compares && way.status !== "added" && way.status !== "removed" && was !== now;
    return both ? `  ${was}→${now}` : `  ${traffic(way, state.view)}`;
  }
  return state.coverage && way.missed ? "  ○ never" : "";
}

/** @returns {Node[]} */
function legend() {
  const rows = [];
  if (compares && state.view !== "before") rows.push(key("added", "+", "new"));
  if (compares && state.view !== "after") rows.push(key("removed", "−", "gone"));
  if (compares) rows.push(key("changed", "~", "changed"));
  if (compares && shownFlow().nodes.some((node) => node.status === "cosmetic"))
    rows.push(key("cosmetic", "=", "words only"));
  if (state.coverage) rows.push(key("missed", "○", "no fixture goes here"));
  if (state.traffic)
    rows.push(
      key(
        "flowing",
        "",
        crowd ? `the more of the ${count(crowd[1], "lead")}, the wider` : "the more fixtures, the wider",
      ),
    );
  const lead = shownLead();
  if (lead)
    rows.push(
      key("lit", "", compares && lead.before !== lead.after && state.view !== "before" ? "its way after" : "its way"),
    );
  if (lead && compares && lead.before !== lead.after) rows.push(key("lit was", "", "only before"));
  return rows;
}

/**
 * @param {string} name
 * @param {string} sign
 * @param {string} words
 */
function key(name, sign, words) {
  const line = svg(
    "svg",
    { class: "sample", viewBox: "0 0 28 10", "aria-hidden": "true" },
    svg("path", { class: `way ${name}`, d: "M1 5H27" }),
  );
  return el("span", { class: `key ${name}` }, line, sign ? el("b", { text: sign }) : null, el("span", { text: words }));
}

/**
 * The ways of the selected node, drawn once more above the others.
 * @param {FlowNode|null} node
 */
function showOwn(node) {
  const ways = node ? [...node.ins, ...node.outs].filter((way) => way.to >= 0 && stands(way.status, state.view)) : [];
  layers.own.replaceChildren(
    ...ways.map((way) => svg("path", { class: `way own ${way.status}`, d: way.path.getAttribute("d") })),
  );
}

/** The rings around nodes: the selected one, and those that the search found. */
function showRings() {
  const flow = shownFlow();
  layers.rings.replaceChildren();
  layers.marks.replaceChildren();
  for (const hit of found)
    if (hit.flow === flow && stands(hit.node.status, state.view)) layers.rings.append(ring(hit.node, "hit", 8));
  const node = shownNode();
  showOwn(node);
  if (node && stands(node.status, state.view)) layers.rings.append(ring(node, "chosen"));
  numberSteps();
}

when("view coverage traffic flow lead", showOverlays);
when("node flow view lead step found", showRings);
