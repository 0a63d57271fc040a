// Puts it all together.

/** @type {Object<string, string>} */
const THEMES = { light: "dark", dark: "light" };
/** What the buttons inside of panel and side bar do. @type {Object<string, () => void>} */
const DOES = { close: closePanel, back: () => walkLead(-1), on: () => walkLead(1) };
const isNarrow = matchMedia("(max-width: 760px)"); // as in page.css: there the side bar lies over the map

/** @param {number} index */
function showFlow(index) {
  change({ flow: index, node: -1, came: null });
  remember();
}

function currentTheme() {
  return (
    document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")
  );
}

function turnTheme() {
  const next = THEMES[currentTheme()];
  document.documentElement.dataset.theme = next;
  byId("theme").setAttribute("aria-pressed", String(next === "dark"));
  say(next);
}

function foldSide() {
  const folded = document.body.classList.toggle("folded");
  byId("fold").setAttribute("aria-expanded", String(!folded));
}

/** Keeps what is looked at in the address, so that it can be sent. */
function remember() {
  const node = shownNode();
  const place = `#${encodeURIComponent(shownFlow().name)}${node ? `/${encodeURIComponent(node.id)}` : ""}`;
  try {
    history.replaceState(null, "", place);
  } catch {
    // an address that may not be changed, such as that of a frame
  }
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // nothing that `remember` wrote
  }
}

/** Goes to what the address names. */
function recall() {
  const [name, id] = location.hash.slice(1).split("/").map(decoded);
  const flow = flows.find((each) => each.name === name);
  if (flow && flow.index !== state.flow) showFlow(flow.index);
  const node = shownFlow().nodes.find((each) => each.id === (flow ? id : page.node));
  if (node) choose(node, { open: true, near: true });
}

/**
 * One click for all: what was clicked says what it means.
 * @param {any} event
 */
function clicked(event) {
  const target = event.target.closest(
    "[data-node], [data-way], [data-overlay], [data-lead], [data-step], [data-group], [data-flow], [data-does]",
  );
  if (!target || (dragged && target.closest("#map"))) return;
  const { node, way, overlay, lead, step, group, flow, does } = target.dataset;
  if (overlay) toggle(overlay);
  else if (lead) takeLead(Number(lead) === state.lead ? -1 : Number(lead));
  else if (step) toStep(Number(step));
  else if (group) walkGroup(Number(group));
  else if (flow) showFlow(Number(flow));
  else if (does) DOES[does]();
  else if (target.closest("#map")) clickedMap(node, way);
  else if (node) choose(shownFlow().nodes[Number(node)], { came: cameBy(way, Number(node)), open: true, near: true });
  if (target.closest("#side") && (node || lead || step || group) && isNarrow.matches) foldSide();
}

/**
 * A way counts as come by when it leads there.
 * @param {string|undefined} way
 * @param {number} node
 */
function cameBy(way, node) {
  const found = way === undefined ? null : shownFlow().ways[Number(way)];
  return found && found.to === node ? found : null;
}

/**
 * @param {string|undefined} id
 * @param {string|undefined} way
 */
function clickedMap(id, way) {
  const flow = shownFlow();
  const node = id === undefined ? flow.nodes[flow.ways[Number(way)].from] : flow.nodes.find((each) => each.id === id);
  if (node) choose(node, { open: true });
}

function begin() {
  for (const [id, name] of [
    ["fold", "fold"],
    ["theme", "theme"],
    ["fit", "fit"],
  ])
    byId(id).append(picture(name));
  byId("theme").setAttribute("aria-pressed", String(currentTheme() === "dark"));
  buildSide();
  document.body.classList.toggle("folded", isNarrow.matches);
  byId("fold").setAttribute("aria-expanded", String(!document.body.classList.contains("folded")));
  stage = map.getBoundingClientRect();
  for (const does of listeners.flow) does();
  listen();
  recall();
  requestAnimationFrame(() => (document.body.dataset.ready = "true"));
}

function listen() {
  document.addEventListener("click", clicked);
  byId("flow").addEventListener("change", (/** @type {any} */ event) => showFlow(Number(event.target.value)));
  byId("lead")?.addEventListener("change", (/** @type {any} */ event) => takeLead(Number(event.target.value)));
  const buttons = { fold: foldSide, theme: turnTheme, help, in: () => zoom(1.25), out: () => zoom(0.8), fit };
  for (const [id, does] of Object.entries(buttons)) byId(id).addEventListener("click", () => does());
  addEventListener("hashchange", recall);
}

begin();
