// The drawing of one flow: a group for each node, a curve for each way. What moves or lights up is drawn apart.

/** @type {Object<string, string>} */
const MARKS = { added: "+", removed: "−", changed: "~", cosmetic: "=" };
/** @type {Object<string, string>} */
const STATUS_WORDS = { added: "new", removed: "gone", changed: "changed", cosmetic: "changed in words only" };
const LONGEST_PORT = 26;
const scene = byId("scene");
const layers = {
  ways: svg("g", { id: "ways", "aria-hidden": "true" }),
  own: svg("g", { id: "own", "aria-hidden": "true" }),
  lit: svg("g", { id: "lit", "aria-hidden": "true" }),
  labels: svg("g", { id: "labels", "aria-hidden": "true" }),
  rings: svg("g", { id: "rings", "aria-hidden": "true" }),
  nodes: svg("g", { id: "nodes" }),
  marks: svg("g", { id: "marks", "aria-hidden": "true" }),
};
scene.append(...Object.values(layers));

/**
 * Draws a flow in the place of the one before. Texts come when somebody is near enough to read them.
 * @param {Flow} flow
 */
function draw(flow) {
  for (const layer of Object.values(layers)) layer.replaceChildren();
  layers.ways.append(...flow.ways.filter((way) => way.to >= 0).map((way) => drawnWay(way, flow)));
  layers.nodes.append(...flow.nodes.map((node) => drawnNode(node, flow)));
  byId("map").setAttribute("aria-label", `Flow ${flow.name}: ${count(flow.nodes.length, "node")}`);
}

/**
 * The name of a way, written when it is first seen.
 * @param {Way} way
 */
function named(way) {
  if (!way.label) {
    layers.labels.append(drawnLabel(way));
    putFigure(way);
  }
  return way.label;
}

/**
 * What stands in a node's box, written when it is first seen.
 * @param {FlowNode} node
 */
function written(node) {
  if (node.g.childElementCount > 1) return;
  const told = toldOf(node, "both");
  node.g.append(
    svg("path", { class: "icon", d: ICONS[told.type] ?? ICONS.unread, transform: `translate(13 ${node.h / 2 - 8})` }),
  );
  node.g.append(...titles(node), svg("text", { class: "id", x: 40, y: node.h - 12, text: node.short }));
  if (compares && node.status !== "same") node.g.append(badge(node));
}

/**
 * @param {Way} way
 * @param {Flow} flow
 */
function drawnWay(way, flow) {
  way.label = null;
  way.out = false;
  way.d ||= straight(flow.nodes[way.from], flow.nodes[way.to]);
  const points = way.d.slice(1).split(/[C ]/).map(Number);
  way.box = boundsOf(points);
  const classes = ["way", way.status, way.missed ? "missed" : "", `n${thickness(way.n)}`, `m${thickness(way.m ?? 0)}`];
  way.path = svg("path", { d: way.d + tip(points), class: classes.join(" ").trim(), "data-way": way.index });
  return way.path;
}

/**
 * A line for a way that the layout left out.
 * @param {FlowNode} a
 * @param {FlowNode} b
 */
function straight(a, b) {
  const [x, y, u, v] = [a.x + a.w / 2, a.y + a.h, b.x + b.w / 2, b.y];
  return `M${x} ${y}C${x} ${y + 30} ${u} ${v - 30} ${u} ${v}`;
}

/**
 * @param {number[]} points
 * @returns {Box}
 */
function boundsOf(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  return [left, top, right, bottom];
}

/**
 * The head of an arrow at the end of a curve, as a part of the same path.
 * @param {number[]} points
 */
function tip(points) {
  const [x, y] = points.slice(-2);
  let from = points.length - 4;
  while (from > 1 && Math.hypot(points[from] - x, points[from + 1] - y) < 1) from -= 2;
  const angle = Math.atan2(y - points[from + 1], x - points[from]);
  const wing = (/** @type {number} */ turn) =>
    `${(x - 8 * Math.cos(angle + turn)).toFixed(1)} ${(y - 8 * Math.sin(angle + turn)).toFixed(1)}`;
  return `M${wing(0.42)}L${x} ${y}L${wing(-0.42)}`;
}

/**
 * How thick a way is drawn that so many leads take, from 0 to 5.
 * @param {number} n
 */
function thickness(n) {
  return n === 0 ? 0 : Math.min(5, 1 + Math.floor(Math.log2(n) / 1.6));
}

/** @param {Way} way */
function drawnLabel(way) {
  const [x, y] = way.at ?? middle(way.box);
  const mark = MARKS[way.status];
  way.label = svg("text", {
    class: `label ${way.status}${way.missed ? " missed" : ""}`,
    x,
    y: y + 4,
    "data-way": way.index,
  });
  if (mark && compares) way.label.append(svg("tspan", { class: "mark", text: `${mark} ` }));
  if (way.port.length > LONGEST_PORT) way.label.prepend(svg("title", { text: way.port }));
  way.label.append(clip(way.port, LONGEST_PORT), svg("tspan", { class: "figure" }));
  return way.label;
}

/** @param {number[]} box */
function middle([left, top, right, bottom]) {
  return [(left + right) / 2, (top + bottom) / 2];
}

/**
 * @param {FlowNode} node
 * @param {Flow} flow
 */
function drawnNode(node, flow) {
  const told = toldOf(node, "both");
  node.out = false;
  const classes = ["node", node.status, familyOf(told.type), node.missed ? "missed" : "", node.was ? "reworded" : ""];
  node.g = svg("g", {
    class: classes.filter(Boolean).join(" "),
    "data-node": node.id,
    transform: `translate(${node.x} ${node.y})`,
    role: "button",
    tabindex: node.index === flow.start ? "0" : "-1",
    "aria-label": spoken(node, told),
  });
  const round = familyOf(told.type) === "leaves" ? Math.min(node.h / 2, 30) : 7;
  node.g.append(svg("rect", { class: "box", width: node.w, height: node.h, rx: round }));
  if (node.index === flow.start) layers.ways.append(startMark(node));
  return node.g;
}

/** @param {FlowNode} node */
function startMark(node) {
  const [x, y] = [node.x + node.w / 2, node.y];
  return svg("path", { class: "start", d: `M${x - 7} ${y - 14}H${x + 7}L${x} ${y - 4}Z` });
}

/**
 * The lines of the title; where it was another one before, those too.
 * @param {FlowNode} node
 */
function titles(node) {
  const made = [titleText(node, node.lines, node.was ? "title now" : "title")];
  return node.was ? [...made, titleText(node, node.was, "title old")] : made;
}

/**
 * @param {FlowNode} node
 * @param {string[]} lines
 * @param {string} name
 */
function titleText(node, lines, name) {
  const top = (node.h - 15 - 17 * lines.length) / 2 + 13;
  const made = svg("text", { class: name, x: 40, y: top });
  lines.forEach((line, i) => made.append(svg("tspan", { x: 40, y: top + 17 * i, text: line })));
  return made;
}

/**
 * The sign of what happened to a node.
 * @param {FlowNode} node
 */
function badge(node) {
  const sign = MARKS[node.status];
  return svg(
    "g",
    { class: "badge", transform: `translate(${node.w} 0)` },
    svg("circle", { r: 9 }),
    svg("text", { y: 4.5, text: sign }),
  );
}

/**
 * A node in words, for who hears it.
 * @param {FlowNode} node
 * @param {Told} told
 */
function spoken(node, told) {
  const status = compares && STATUS_WORDS[node.status];
  const through = leads.length ? `, ${count(passing.get(`${state.flow}/${node.index}`)?.size ?? 0, "lead")}` : "";
  return `${told.type}: ${told.title}, ${node.id}${status ? `, ${status}` : ""}${through}`;
}

/**
 * The ring around a node.
 * @param {FlowNode} node
 * @param {string} name
 * @param {number} [apart]
 */
function ring(node, name, apart = 5) {
  const leaves = familyOf(toldOf(node, "both").type) === "leaves";
  const round = (leaves ? Math.min(node.h / 2, 30) : 7) + apart;
  return svg("rect", {
    class: `ring ${name}`,
    x: node.x - apart,
    y: node.y - apart,
    width: node.w + 2 * apart,
    height: node.h + 2 * apart,
    rx: round,
  });
}
