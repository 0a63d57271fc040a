// What the page holds: read once, and put in order for quick look-ups.

/**
 * @typedef {{type: string, title: string, keys?: [string, string][], branches?: {port: string, when: string,
 *   source?: string}[], source?: string, notes?: string, place?: string, goes?: string}} Told
 * @typedef {{index: number, id: string, status: string, x: number, y: number, w: number, h: number, lines: string[],
 *   was?: string[], short: string, missed: boolean, after: Told|null, before?: Told, edits?: [string, string][],
 *   blame?: Object<string, string>, ins: Way[], outs: Way[], words: string, g?: any, out?: boolean}} FlowNode
 * @typedef {{index: number, from: number, to: number, port: string, was?: string, status: string, d: string,
 *   at: [number, number]|null, n: number, m?: number, missed: boolean, path?: any, label?: any, box: Box,
 *   out?: boolean}} Way
 * @typedef {{index: number, name: string, object: string, title: string, runs: string, notes: string, status: string,
 *   start: number, width: number, height: number, edits: [string, string][], covered: [number, number]|null,
 *   nodes: FlowNode[], ways: Way[]}} Flow
 * @typedef {[number, number, number, number]} Box  left, top, right, bottom
 * @typedef {[number, number, number]} Step  flow, node, way out (-1 at an end)
 * @typedef {{owner: string, to: string, routed: boolean, result: string, steps: Step[]}} Outcome
 * @typedef {{index: number, flow: number, why: string, place: string, event: string, fields: [string, string][],
 *   expects: string, differs: string[][]|null, moved: boolean, before: Outcome|null, after: Outcome|null}} Lead
 */

const page = JSON.parse(byId("data").textContent);
/** Whether two versions are compared. */
const compares = page.before !== null;
/**
 * The file whose leads are counted on the ways, how many they are, and what is to be known of that; without one the
 * fixtures are counted.
 * @type {[string, number, string?]|null}
 */
const crowd = page.crowd;
/** @type {Flow[]} */
const flows = page.flows;
/** @type {Lead[]} */
const leads = page.leads;
/**
 * Leads by "flow/node" that pass there.
 * @type {Map<string, Set<number>>}
 */
const passing = new Map();

flows.forEach(ordered);
leads.forEach((lead, index) => {
  lead.index = index;
  if (/** @type {any} */ (lead.before) === "same") lead.before = lead.after;
  for (const outcome of [lead.before, lead.after]) if (outcome) noted(outcome, index);
});

/**
 * Links the nodes of a flow with their ways.
 * @param {Flow} flow
 * @param {number} place
 */
function ordered(flow, place) {
  flow.index = place;
  flow.nodes.forEach((node, index) => {
    node.index = index;
    node.ins = [];
    node.outs = [];
  });
  flow.ways.forEach((way, index) => {
    way.index = index;
    flow.nodes[way.from].outs.push(way);
    if (way.to >= 0) flow.nodes[way.to].ins.push(way);
  });
}

/**
 * @param {Outcome} outcome
 * @param {number} lead
 */
function noted(outcome, lead) {
  for (const [flow, node] of outcome.steps) {
    const key = `${flow}/${node}`;
    if (!passing.has(key)) passing.set(key, new Set());
    passing.get(key)?.add(lead);
  }
}

/**
 * The leads that pass a node, those that move first.
 * @param {Flow} flow
 * @param {FlowNode} node
 * @returns {Lead[]}
 */
function leadsThrough(flow, node) {
  const found = [...(passing.get(`${flow.index}/${node.index}`) ?? [])].map((index) => leads[index]);
  return found.sort((a, b) => rank(a) - rank(b) || a.index - b.index);
}

/**
 * The leads that pass a flow anywhere.
 * @param {Flow} flow
 * @returns {Lead[]}
 */
function leadsOf(flow) {
  const passes = (/** @type {Outcome|null} */ outcome) =>
    outcome !== null && outcome.steps.some((s) => s[0] === flow.index);
  return leads.filter((lead) => passes(lead.after) || passes(lead.before));
}

/**
 * What a fixture is called. One that was edited is told twice: as it is now, and as it was.
 * @param {Lead} lead
 */
function whyOf(lead) {
  return lead.differs === null && compares ? `${lead.why} (as it was before)` : lead.why;
}

/**
 * Moved first, then what is not as expected.
 * @param {Lead} lead
 */
function rank(lead) {
  return lead.moved ? 0 : lead.differs?.length ? 1 : 2;
}

/**
 * What the panel tells of a node in a view.
 * @param {FlowNode} node
 * @param {string} view
 * @returns {Told}
 */
function toldOf(node, view) {
  const told = view === "before" ? (node.before ?? node.after) : (node.after ?? node.before);
  return /** @type {Told} */ (told);
}

/**
 * Everything of a node that a search looks at, in small letters.
 * @param {FlowNode} node
 */
function wordsOf(node) {
  if (!node.words) {
    const said = [node.id];
    for (const told of [node.after, node.before]) if (told) said.push(...pieces(told));
    node.words = said.join("\n").toLowerCase();
  }
  return node.words;
}

/** @param {Told} told */
function pieces(told) {
  const keys = (told.keys ?? []).flat();
  const asked = (told.branches ?? []).flatMap((branch) => [branch.port, branch.when, branch.source ?? ""]);
  return [told.type, told.title, told.source ?? "", told.notes ?? "", ...keys, ...asked];
}

/**
 * Whether something of a status is there in a view.
 * @param {string} status
 * @param {string} view
 */
function stands(status, view) {
  return view === "both" || status !== (view === "before" ? "added" : "removed");
}

/**
 * How many leads take a way in a view.
 * @param {Way} way
 * @param {string} view
 */
function traffic(way, view) {
  return view === "before" ? (way.m ?? 0) : way.status === "removed" ? (way.m ?? 0) : way.n;
}
