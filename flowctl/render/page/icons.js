// A small picture for each node type, on a field of 16 by 16, drawn as one line.

/** @type {Object<string, string>} */
const ICONS = {
  decision: "M8 1.5V6M8 6L3 11V14.5M8 6L13 11V14.5",
  match: "M6 4.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M10 4.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0-7",
  lookup: "M2 3H14V13H2ZM2 6.5H14M6.5 6.5V13",
  set: "M3 13L3.6 10.2L11 2.8L13.2 5L5.8 12.4ZM9.5 4.3L11.7 6.5",
  assign: "M8 2.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 1 1 0-5.6M2.8 14a5.2 4.4 0 0 1 10.4 0",
  rotate: "M13 6.2A5.4 5.4 0 0 0 3.2 5.2M3 2.4V5.4H6M3 9.8A5.4 5.4 0 0 0 12.8 10.8M13 13.6V10.6H10",
  wait: "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12M8 4.8V8.2L10.4 9.8",
  notify: "M2 3.5H14V12.5H2ZM2 4.2L8 8.8L14 4.2",
  create: "M8 3V13M3 8H13",
  convert: "M2.5 5.5H12M9.5 3L12 5.5L9.5 8M13.5 10.5H4M6.5 8L4 10.5L6.5 13",
  merge: "M3.5 2.5L8 7L12.5 2.5M8 7V14M5.8 11.8L8 14L10.2 11.8",
  continue: "M2 8H13M9 4L13 8L9 12",
  end: "M8 3.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6M8 6.6a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8",
  unread: "M8 3V9M8 12V12.6",
  fold: "M2 3H14V13H2ZM6 3V13",
  fit: "M2 6V2H6M10 2H14V6M14 10V14H10M6 14H2V10",
  theme: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 2V14M8 4.5A3.5 3.5 0 0 1 8 11.5",
};

// What a node type is for: it asks, it does something, it gives the lead to somebody, or it leaves the flow.
/** @type {Object<string, string>} */
const FAMILIES = {
  decision: "asks",
  match: "asks",
  lookup: "asks",
  wait: "asks",
  assign: "gives",
  rotate: "gives",
  continue: "leaves",
  end: "leaves",
};

/** @param {string} type */
function familyOf(type) {
  return FAMILIES[type] ?? "does";
}

/**
 * A picture for a button.
 * @param {string} name
 */
function picture(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}
