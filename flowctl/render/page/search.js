// Finding nodes: every word typed must stand somewhere in what is known of a node.

const seek = byId("search");
const hits = byId("hits");
const MOST = 40; // hits that are listed
/** @type {{flow: Flow, node: FlowNode}[]} */
let found = [];
let at = -1;

function search() {
  const words = seek.value.toLowerCase().split(/\s+/).filter(Boolean);
  found = words.length ? matches(words) : [];
  at = -1;
  listHits(words.length > 0);
  for (const does of listeners.found ?? []) does();
  if (words.length) say(found.length ? `${count(found.length, "hit")}; Enter goes to the first` : "nothing found");
}

/**
 * The hits of this flow first, those in an id or a title before the others.
 * @param {string[]} words
 */
function matches(words) {
  const here = shownFlow();
  const all = flows.flatMap((flow) =>
    flow.nodes.filter((node) => words.every((word) => wordsOf(node).includes(word))).map((node) => ({ flow, node })),
  );
  const score = (/** @type {{flow: Flow, node: FlowNode}} */ hit) => {
    const name = `${hit.node.id} ${toldOf(hit.node, "both").title}`.toLowerCase();
    return (
      (hit.flow === here ? 0 : 4) +
      (hit.node.id.toLowerCase() === words[0] ? 0 : words.every((word) => name.includes(word)) ? 1 : 2)
    );
  };
  return all
    .map((hit) => ({ hit, score: score(hit) }))
    .sort((a, b) => a.score - b.score)
    .map(({ hit }) => hit);
}

/** @param {boolean} asked */
function listHits(asked) {
  hits.hidden = !asked;
  if (!asked) return;
  const rows = found.slice(0, MOST).map(({ flow, node }, i) => {
    const made = button("", { hit: String(i) }, { class: "link", "aria-current": i === at ? "true" : null });
    made.append(
      el("span", { text: toldOf(node, "both").title }),
      el("code", { text: flow === shownFlow() ? node.id : `${flow.name} / ${node.id}` }),
    );
    return el("li", {}, made);
  });
  const more = found.length > MOST ? `, the first ${MOST} here` : "";
  replace(
    hits,
    el("p", { class: "faint small", text: found.length ? `${count(found.length, "hit")}${more}` : "nothing found" }),
    el("ol", {}, ...rows),
  );
}

/**
 * Goes to a hit; the keyboard stays in the search.
 * @param {number} index
 * @param {boolean} [focus]
 */
function toHit(index, focus = false) {
  if (!found.length) return;
  at = (index + found.length) % found.length;
  const { flow, node } = found[at];
  if (flow.index !== state.flow) showFlow(flow.index);
  choose(node, { open: true, focus, near: true });
  listHits(!focus);
  say(`hit ${at + 1} of ${found.length}: ${spoken(node, toldOf(node, state.view))}`);
}

function endSearch() {
  seek.value = "";
  search();
  const node = shownNode() ?? shownFlow().nodes[shownFlow().start];
  hold(node);
}

seek.addEventListener("input", search);
seek.addEventListener("focus", () => listHits(seek.value.trim() !== ""));
hits.addEventListener("click", (/** @type {any} */ event) => {
  const hit = event.target.closest("[data-hit]");
  if (hit) toHit(Number(hit.dataset.hit), true);
});
