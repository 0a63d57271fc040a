// The side bar: which flow, what is laid over it, whose way.

const side = byId("side");
const parts = {
  flow: el("section", { class: "flow" }),
  overlays: el("section", {}),
  lead: el("section", {}),
  told: el("div", { class: "told" }),
  changes: el("section", {}),
};

function buildSide() {
  parts.flow.append(
    el("p", { class: "versions" }),
    field("flow", "Flow", flowChooser()),
    el("p", { id: "facts", class: "faint" }),
  );
  replace(parts.overlays, ...overlayButtons());
  parts.lead.append(
    leads.length ? field("lead", "Lead", el("select", { id: "lead", "aria-keyshortcuts": "l" })) : nobody(),
    parts.told,
  );
  replace(side, parts.flow, parts.overlays, parts.lead, parts.changes);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Element} control
 */
function field(id, label, control) {
  return el("div", { class: "field" }, el("label", { for: id, text: label }), control);
}

function nobody() {
  const why = page.notRouted || "There are no fixtures, so it is not known which ways leads take.";
  return el("p", { class: "faint", text: why });
}

function flowChooser() {
  const chooser = el("select", { id: "flow", "aria-keyshortcuts": "g" });
  const option = (/** @type {Flow} */ flow) => {
    const sign = compares && flow.status !== "same" ? `${MARKS[flow.status]} ` : "";
    return el("option", { value: flow.index, text: `${sign}${flow.name} (${flow.nodes.length})` });
  };
  const differ = flows.filter((flow) => flow.status !== "same");
  if (!compares || !differ.length) chooser.append(...flows.map(option));
  else {
    chooser.append(el("optgroup", { label: "differ" }, ...differ.map(option)));
    const same = flows.filter((flow) => flow.status === "same");
    if (same.length) chooser.append(el("optgroup", { label: "the same" }, ...same.map(option)));
  }
  return chooser;
}

function overlayButtons() {
  const made = [];
  if (compares) {
    const keys = { before: "1", both: "2", after: "3" };
    const three = Object.entries(VIEWS).map(([name, text]) =>
      button(
        text,
        { overlay: name },
        { title: `${text} (${/** @type {any} */ (keys)[name]})`, "aria-keyshortcuts": /** @type {any} */ (keys)[name] },
      ),
    );
    made.push(el("div", { class: "segments", role: "group", "aria-label": "Which version" }, ...three));
  }
  const off = !leads.length;
  made.push(
    el(
      "div",
      { class: "segments", role: "group", "aria-label": "Overlays" },
      button(
        "Coverage",
        { overlay: "coverage" },
        { title: "Ways that no fixture takes (c)", "aria-keyshortcuts": "c", disabled: off },
      ),
      button(
        "Traffic",
        { overlay: "traffic" },
        { title: "How many fixtures take each way (t)", "aria-keyshortcuts": "t", disabled: off },
      ),
    ),
    el("p", { id: "covered", class: "faint small" }),
    crowd
      ? el("p", { class: "faint small", text: `Traffic is that of ${count(crowd[1], "lead")} of ${crowd[0]}` })
      : null,
    crowd?.[2] ? el("p", { class: "faint small", text: `! ${crowd[2]}` }) : null,
  );
  return made;
}

function showSide() {
  const flow = shownFlow();
  byId("flow").value = String(flow.index);
  const runs = flow.runs ? `, ${flow.runs}` : "";
  byId("facts").textContent = `${flow.object}${runs}; ${count(flow.nodes.length, "node")}`;
  byId("covered").textContent = flow.covered ? `${share(flow.covered)} % of nodes and ways are met by a fixture` : "";
  byId("name").textContent = flow.name;
  for (const place of document.querySelectorAll(".versions"))
    place.textContent = compares ? `${page.before} → ${page.after}` : flow.title || page.after;
  showLeadChooser(flow);
  replace(parts.changes, ...told(flow));
}

/**
 * In per cent, rounded down so that 100 means all.
 * @param {[number, number]} covered
 */
function share([taken, total]) {
  return total ? Math.floor((1000 * taken) / total) / 10 : 100;
}

/** @param {Flow} flow */
function showLeadChooser(flow) {
  const chooser = byId("lead");
  if (!chooser) return;
  const groups = [
    ["go to somebody else", 0],
    ["not as expected", 1],
    ["as expected", 2],
  ];
  const mine = leadsOf(flow);
  replace(chooser, el("option", { value: "-1", text: `choose one of ${mine.length}` }));
  for (const [label, place] of groups) {
    const these = mine.filter((lead) => rank(lead) === place);
    const options = these.map((lead) => el("option", { value: lead.index, text: clip(whyOf(lead), 110) }));
    if (options.length) chooser.append(el("optgroup", { label: `${label} (${options.length})` }, ...options));
  }
  const lead = shownLead();
  if (lead && !mine.includes(lead)) chooser.append(el("option", { value: lead.index, text: clip(whyOf(lead), 110) }));
  chooser.value = String(state.lead);
}

function showLead() {
  const lead = shownLead();
  const chooser = byId("lead");
  if (chooser && chooser.value !== String(state.lead)) chooser.value = String(state.lead);
  replace(parts.told, ...(lead ? leadTold(lead) : []));
  parts.told.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

when("flow", showSide);
when("lead step view flow", showLead);
