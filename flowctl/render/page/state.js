// What is looked at now. A change is told to whoever has asked for it; nothing else is shared.

const state = {
  flow: page.opens,
  /** @type {"before"|"both"|"after"} */
  view: compares ? "both" : "after",
  coverage: false,
  traffic: page.traffic,
  lead: -1,
  step: -1,
  node: -1,
  /** @type {Way|null} the way by which the node was come to */
  came: null,
};

/** @type {Object<string, (() => void)[]>} */
const listeners = {};

/**
 * @param {string} names
 * @param {() => void} does
 */
function when(names, does) {
  for (const name of names.split(" ")) (listeners[name] ??= []).push(does);
}

/**
 * Changes some of the state, then tells it, each listener once.
 * @param {Object<string, any>} changes
 */
function change(changes) {
  const names = Object.keys(changes).filter((name) => /** @type {any} */ (state)[name] !== changes[name]);
  Object.assign(state, changes);
  for (const does of new Set(names.flatMap((name) => listeners[name] ?? []))) does();
}

/** @returns {Flow} */
function shownFlow() {
  return flows[state.flow];
}

/** @returns {FlowNode|null} */
function shownNode() {
  return shownFlow().nodes[state.node] ?? null;
}

/** @returns {Lead|null} */
function shownLead() {
  return leads[state.lead] ?? null;
}
