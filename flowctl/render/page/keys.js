// The keyboard: one listener, one table.

/**
 * What each key does, in the words of the help.
 * @type {[string[], string, (event: KeyboardEvent) => void][]}
 */
const KEYS = [
  [["/"], "find a node", () => seek.focus()],
  [["Enter", " "], "open the node, then go into what is told of it; in the search: the next hit", () => enter()],
  [["Escape"], "close, step by step: help, search, panel, lead", () => escape()],
  [["ArrowDown", "ArrowUp"], "along the ways: on, and back", (event) => walk(event.key)],
  [["ArrowLeft", "ArrowRight"], "to where the other ways lead", (event) => walk(event.key)],
  [["Home"], "to the start of the flow", () => toStart()],
  [["+", "="], "closer", () => zoom(1.25)],
  [["-"], "further away", () => zoom(0.8)],
  [["0"], "all of it", () => fit()],
  [["1"], "before", () => toggle("before")],
  [["2"], "both versions over each other", () => toggle("both")],
  [["3"], "after", () => toggle("after")],
  [["n"], "the next change", () => walkChanges(1)],
  [["p"], "the change before", () => walkChanges(-1)],
  [["c"], "coverage: ways that no fixture takes", () => toggle("coverage")],
  [["t"], "traffic: how many fixtures take each way", () => toggle("traffic")],
  [["l"], "choose a lead", () => byId("lead")?.focus()],
  [["]"], "the next step of the lead", () => walkLead(1)],
  [["["], "the step before", () => walkLead(-1)],
  [["g"], "choose a flow", () => byId("flow").focus()],
  [["s"], "side bar", () => foldSide()],
  [["d"], "dark or light", () => turnTheme()],
  [["?"], "these keys", () => help()],
];
const COMPARING = new Set(["1", "2", "3", "n", "p"]);
/** @type {Object<string, string>} */
const NAMES = { " ": "Space", ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
const dialog = byId("keys");

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (dialog.open) return;
  if (target === seek) return typed(event);
  const writes = target.matches("select, textarea");
  if (writes && !["Escape", "[", "]"].includes(event.key)) return;
  if ((event.key === "Enter" || event.key === " ") && target.matches("button, a, summary")) return;
  if (event.key.startsWith("Arrow") && target.closest(".scroll, #side")) return;
  const row = KEYS.find(([keys]) => keys.includes(event.key));
  if (!row) return;
  event.preventDefault();
  row[2](event);
}

/**
 * Keys in the search.
 * @param {KeyboardEvent} event
 */
function typed(event) {
  if (event.key === "Escape") endSearch();
  else if (event.key === "Enter") toHit(event.shiftKey ? at - 1 : at + 1);
  else if (event.key === "ArrowDown" && !hits.hidden) hits.querySelector("button")?.focus();
  else return;
  event.preventDefault();
}

function enter() {
  const node = shownNode();
  if (!node) return choose(shownFlow().nodes[shownFlow().start], { open: true });
  if (panel.hidden) openPanel();
  else (panel.querySelector(".scroll .link") ?? panel.querySelector("button")).focus();
}

function escape() {
  if (!hits.hidden) endSearch();
  else if (!panel.hidden) closePanel();
  else if (state.lead >= 0) takeLead(-1);
  else byId("map").focus();
}

function help() {
  const rows = KEYS.filter(([keys]) => compares || !COMPARING.has(keys[0])).flatMap(([keys, words]) => [
    el("dt", {}, ...keys.map((name) => el("kbd", { text: NAMES[name] ?? name }))),
    el("dd", { text: words }),
  ]);
  const close = el("form", { method: "dialog" }, el("button", { class: "plain", text: "Close" }));
  replace(dialog, el("h2", { id: "keys-title", text: "Keys" }), el("dl", {}, ...rows), close);
  dialog.showModal();
}

document.addEventListener("keydown", pressed);
