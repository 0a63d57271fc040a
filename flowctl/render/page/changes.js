// What the side bar says of a flow as a whole: what changed in it, and to whom its leads go.

/** The leads that each button of a group walks through. @type {Lead[][]} */
const groups = [];

/**
 * What is told below the choosers.
 * @param {Flow} flow
 * @returns {(Node|null)[]}
 */
function told(flow) {
  groups.length = 0;
  return compares ? changes(flow) : [...destinations(flow), ...notesOf(flow)];
}

/** @param {Flow} flow */
function notesOf(flow) {
  return flow.notes ? [el("h2", { text: "Notes" }), el("p", { class: "notes", text: flow.notes })] : [];
}

/**
 * The nodes that differ in more than words, from top to bottom.
 * @param {Flow} flow
 * @returns {FlowNode[]}
 */
function differing(flow) {
  const differs = (/** @type {FlowNode} */ node) => node.status !== "same" && node.status !== "cosmetic";
  return compares ? flow.nodes.filter(differs).sort((a, b) => a.y - b.y || a.x - b.x) : [];
}

/**
 * @param {Flow} flow
 * @returns {(Node|null)[]}
 */
function changes(flow) {
  const nodes = differing(flow);
  const worded = flow.nodes.filter((node) => node.status === "cosmetic");
  const hint = nodes.length
    ? `${count(nodes.length, "node")} here; n and p walk through them`
    : "nothing differs in this flow but words";
  return [
    el("h2", { text: "Changes" }),
    leads.length ? moves() : null,
    el("p", { class: "faint small", text: flow.status === "same" ? "nothing differs in this flow" : hint }),
    changeList(nodes),
    worded.length ? folded(`${count(worded.length, "node")} changed in words only`, changeList(worded)) : null,
    flow.edits.length ? editList(flow.edits) : null,
    ...page.parts.map(partTold),
  ];
}

/** From whom to whom the fixtures of all flows go. */
function moves() {
  const moved = leads.filter((lead) => lead.moved);
  if (!moved.length)
    return el("p", { class: "small", text: `none of ${count(leads.length, "fixture")} goes to somebody else` });
  const said = `${count(moved.length, "fixture")} of ${leads.length} to somebody else`;
  const made = folded(
    said,
    grouped(moved, (lead) => `${lead.before?.to} → ${lead.after?.to}`),
  );
  made.className = "moves";
  return made;
}

/**
 * To whom the fixtures go that pass a flow.
 * @param {Flow} flow
 */
function destinations(flow) {
  const mine = leadsOf(flow);
  if (!mine.length) return [];
  const list = grouped(mine, (lead) => lead.after?.to ?? "");
  return [el("h2", { text: "To whom the fixtures go" }), list];
}

/**
 * Leads by words that some have in common, the most first; a click walks from one of them to the next.
 * @param {Lead[]} these
 * @param {(lead: Lead) => string} wordsFor
 */
function grouped(these, wordsFor) {
  /** @type {Map<string, Lead[]>} */
  const found = new Map();
  for (const lead of these) found.set(wordsFor(lead), [...(found.get(wordsFor(lead)) ?? []), lead]);
  const rows = [...found].sort((a, b) => b[1].length - a[1].length).map(([words, group]) => groupRow(words, group));
  return el("ul", { class: "changes groups" }, ...rows);
}

/**
 * @param {string} words
 * @param {Lead[]} group
 */
function groupRow(words, group) {
  const made = button("", { group: String(groups.push(group) - 1) }, { class: "link" });
  made.append(el("b", { text: String(group.length) }), el("span", { text: words }));
  return el("li", {}, made);
}

/**
 * The first lead of a group, or the one after that which is taken.
 * @param {number} group
 */
function walkGroup(group) {
  const these = groups[group];
  const at = these.findIndex((lead) => lead.index === state.lead);
  takeLead(these[(at + 1) % these.length].index);
}

/** @param {FlowNode[]} nodes */
function changeList(nodes) {
  const rows = nodes.map((node) => {
    const made = button("", { node: String(node.index) }, { class: "link" });
    const sign = el("b", { class: `sign ${node.status}`, text: MARKS[node.status] });
    made.append(sign, el("span", { text: toldOf(node, "both").title }), el("code", { text: node.id }));
    return el("li", {}, made);
  });
  return el("ul", { class: "changes" }, ...rows);
}

/**
 * @param {string} summary
 * @param {Node} content
 */
function folded(summary, content) {
  return el("details", {}, el("summary", { text: summary }), content);
}

/** @param {{part: string, status: string, edits: [string, string][]}} part */
function partTold(part) {
  const summary = el("summary", {}, el("code", { text: part.part }), part.status ? ` ${part.status}` : "");
  return el("details", {}, summary, editList(part.edits));
}

/**
 * Walks through what differs.
 * @param {number} by
 */
function walkChanges(by) {
  const nodes = differing(shownFlow());
  if (!nodes.length) return say("nothing differs in this flow");
  const here = nodes.findIndex((node) => node.index === state.node);
  const next = nodes[here < 0 ? (by > 0 ? 0 : nodes.length - 1) : (here + by + nodes.length) % nodes.length];
  choose(next, { open: true, near: true });
  say(`${nodes.indexOf(next) + 1} of ${nodes.length}: ${spoken(next, toldOf(next, state.view))}`);
}
