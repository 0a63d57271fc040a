// The panel: everything about one node.

const panel = byId("panel");
const FEW = 12; // leads that are listed at once

/**
 * Chooses a node.
 * @param {FlowNode} node
 * @param {{came?: Way|null, open?: boolean, focus?: boolean, near?: boolean}} [how]
 */
function choose(node, { came = null, open = false, focus = true, near = false } = {}) {
  if (!stands(node.status, state.view)) change({ view: "both" });
  if (open) panel.hidden = false;
  const again = state.node === node.index;
  change({ node: node.index, came });
  if (again) showPanel();
  reveal(node, near);
  if (focus) hold(node);
  remember();
}

/**
 * Gives a node the keyboard: the one of all that Tab comes to.
 * @param {FlowNode} node
 */
function hold(node) {
  layers.nodes.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
  put(node, node.g, true);
  node.g.setAttribute("tabindex", "0");
  node.g.focus({ preventScroll: true });
}

function openPanel() {
  const node = shownNode();
  if (!node) return;
  panel.hidden = false;
  showPanel();
  reveal(node);
  say(`${node.id}: ${toldOf(node, state.view).title}`);
}

function closePanel() {
  panel.hidden = true;
  const node = shownNode();
  if (node) hold(node);
}

function showPanel() {
  const node = shownNode();
  if (!node) panel.hidden = true;
  if (panel.hidden || !node) return;
  const told = toldOf(node, state.view);
  panel.setAttribute("aria-label", `Node ${node.id}`);
  replace(
    panel,
    head(node, told),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Details" }, ...sections(node, told)),
  );
}

/**
 * @param {FlowNode} node
 * @param {Told} told
 */
function head(node, told) {
  const sign = compares && node.status !== "same" ? chip(node.status) : null;
  return el(
    "header",
    {},
    el("p", { class: "kind" }, picture(ICONS[told.type] ? told.type : "unread"), el("span", { text: told.type }), sign),
    el("h2", { text: told.title }),
    el("p", { class: "ident" }, el("code", { text: node.id }), el("span", { class: "faint", text: told.place ?? "" })),
    button("×", { does: "close" }, { class: "tool close", "aria-label": "Close", title: "Close (Esc)" }),
  );
}

/** @param {string} status */
function chip(status) {
  const [sign, words] = [MARKS[status], STATUS_WORDS[status]];
  return el(
    "span",
    { class: `chip ${status}` },
    el("b", { text: sign, "aria-hidden": "true" }),
    el("span", { text: words }),
  );
}

/**
 * @param {FlowNode} node
 * @param {Told} told
 * @returns {Node[]}
 */
function sections(node, told) {
  return [
    changesOf(node),
    waysOut(node, told),
    keysOf(told),
    waysIn(node),
    told.notes ? section("Notes", el("p", { class: "notes", text: told.notes })) : null,
    told.source ? section("Source", el("p", { class: "notes", text: told.source })) : null,
    blameOf(node),
    leadsAt(node),
  ].filter((found) => found !== null);
}

/**
 * @param {string} title
 * @param {...(Node|null)} content
 */
function section(title, ...content) {
  return el("section", {}, el("h3", { text: title }), ...content);
}

/** @param {FlowNode} node */
function changesOf(node) {
  if (!node.edits?.length) return null;
  return section("What changed", editList(node.edits));
}

/** @param {[string, string][]} edits */
function editList(edits) {
  const signs = { "+": "added", "-": "removed", "~": "changed", ">": "changed", "=": "cosmetic" };
  const rows = edits.map(([sign, words]) =>
    el("li", { class: /** @type {any} */ (signs)[sign] }, el("b", { text: sign === "-" ? "−" : sign }), prose(words)),
  );
  return el("ul", { class: "edits" }, ...rows);
}

/**
 * @param {FlowNode} node
 * @param {Told} told
 */
function waysOut(node, told) {
  const asked = new Map((told.branches ?? []).map((branch) => [branch.port, branch]));
  const ways = node.outs.filter((way) => stands(way.status, state.view));
  if (told.goes) return section("Goes on in", flowLink(told.goes));
  if (!ways.length) return null;
  return section(
    told.branches ? "First that is true" : "Ways out",
    el("ol", { class: "ways" }, ...ways.map((way) => wayOut(way, asked))),
  );
}

/**
 * @param {Way} way
 * @param {Map<string, any>} asked
 */
function wayOut(way, asked) {
  const port = state.view === "before" && way.was ? way.was : way.port;
  const branch = asked.get(port);
  const status = compares && way.status !== "same" ? way.status : "";
  return el(
    "li",
    { class: `${status} ${lit.has(way) ? "taken" : ""}` },
    el(
      "p",
      { class: "port" },
      status ? el("b", { class: "sign", text: MARKS[way.status] }) : null,
      el("span", { text: port }),
      figures(way),
    ),
    branch ? el("pre", { text: branch.when }) : null,
    branch?.source ? el("p", { class: "faint small", text: branch.source }) : null,
    nodeLink(way.to, way, "→ "),
  );
}

/**
 * How many leads take a way, in words.
 * @param {Way} way
 */
function figures(way) {
  if (!leads.length) return null;
  if (way.missed && !way.n && state.view !== "before")
    return el("span", { class: "figure missed", text: "○ never taken" });
  const now = traffic(way, state.view);
  const was = way.m ?? 0;
  const differs =
    compares && state.view === "both" && way.status !== "added" && way.status !== "removed" && was !== now;
  return el("span", { class: "figure", text: differs ? `${was} → ${count(now, "lead")}` : count(now, "lead") });
}

/**
 * @param {number} to
 * @param {Way} way
 * @param {string} before
 */
function nodeLink(to, way, before) {
  const node = shownFlow().nodes[to];
  if (!node) return el("p", { class: "faint", text: `${before}nowhere on this page` });
  const made = button("", { node: String(to), way: String(way.index) }, { class: "link" });
  made.append(`${before}${toldOf(node, state.view).title} `, el("code", { text: node.id }));
  return made;
}

/** @param {string} name */
function flowLink(name) {
  const flow = flows.find((each) => each.name === name);
  if (!flow) return el("p", { class: "faint", text: `flow ${name}, which is not on this page` });
  return button(`→ flow ${name}`, { flow: String(flow.index) }, { class: "link" });
}

/** @param {Told} told */
function keysOf(told) {
  if (!told.keys?.length) return null;
  const rows = told.keys.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]);
  return section("What it does", el("dl", {}, ...rows));
}

/** @param {FlowNode} node */
function waysIn(node) {
  const ways = node.ins.filter((way) => stands(way.status, state.view));
  const start =
    shownFlow().start === node.index
      ? el("li", {}, el("p", { class: "faint", text: `the start of flow ${shownFlow().name}` }))
      : null;
  const rows = ways.map((way) => {
    const made = nodeLink(way.from, way, "← ");
    const status = compares && way.status !== "same" ? way.status : "";
    const sign = status ? el("b", { class: `sign ${status}`, text: MARKS[status] }) : null;
    return el("li", { class: status }, made, el("p", { class: "faint small" }, sign, ` by ${way.port}`));
  });
  if (!rows.length && !start)
    return section("Comes from", el("p", { class: "faint", text: "nowhere: no way leads here" }));
  return section("Comes from", el("ul", { class: "ins" }, start, ...rows));
}

/** @param {FlowNode} node */
function blameOf(node) {
  if (!node.blame) return null;
  const rows = Object.entries(node.blame).flatMap(([name, value]) => [
    el("dt", { text: name }),
    el("dd", { text: value }),
  ]);
  return section("Last changed", el("dl", { class: "plainly" }, ...rows));
}

/** @param {FlowNode} node */
function leadsAt(node) {
  const through = leadsThrough(shownFlow(), node);
  if (!leads.length) return null;
  if (!through.length) return section("Fixtures", el("p", { class: "missed", text: "○ none goes through here" }));
  const rows = through.map((lead) => leadRow(lead));
  const rest = rows.splice(FEW);
  const more = rest.length
    ? el("details", {}, el("summary", { text: `${rest.length} more` }), el("ul", { class: "leads" }, ...rest))
    : null;
  return section(count(through.length, "fixture"), el("ul", { class: "leads" }, ...rows), more);
}

/** @param {Lead} lead */
function leadRow(lead) {
  const made = button(
    "",
    { lead: String(lead.index) },
    { class: "link", "aria-pressed": String(state.lead === lead.index) },
  );
  made.append(
    el("b", { class: `verdict ${verdict(lead)}`, text: verdictSign(lead), title: verdictWords(lead) }),
    el("span", { text: whyOf(lead) }),
  );
  return el("li", {}, made, el("p", { class: "faint small" }, ...ownerWords(lead)));
}

/** @param {Lead} lead */
function verdict(lead) {
  return lead.moved ? "moved" : lead.differs === null ? "" : lead.differs.length ? "failed" : "passed";
}

/** @param {Lead} lead */
function verdictSign(lead) {
  return { moved: "⇄", failed: "✗", passed: "✓", "": "·" }[verdict(lead)] ?? "";
}

/** @param {Lead} lead */
function verdictWords(lead) {
  return (
    { moved: "moves to somebody else", failed: "not as expected", passed: "as expected", "": "as it was before" }[
      verdict(lead)
    ] ?? ""
  );
}

/**
 * Who has the lead, before and after.
 * @param {Lead} lead
 * @returns {(Node|string)[]}
 */
function ownerWords(lead) {
  const now = lead.after?.owner ?? "no flow takes it";
  const was = lead.before?.owner ?? "no flow took it";
  if (lead.moved) return [`${was} → `, el("strong", { text: now })];
  const owner = lead.differs?.find(([what]) => what === "owner");
  return owner ? [`expected ${owner[1]}, found ${owner[2]}`] : [now];
}

when("node flow view lead", showPanel);
