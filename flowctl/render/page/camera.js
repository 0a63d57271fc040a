// Where the map is looked at from: pan, zoom, fit. Only the scene's transform changes; what is unseen is left out.

const SMALLEST = 0.02;
const LARGEST = 2.5;
const NEAR = 0.62; // from here on ways are named
const MIDDLE = 0.34; // from here on nodes are
const CROWD = 300; // nodes and ways; with more, what is out of sight is taken out of the drawing
const map = byId("map");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const camera = { x: 0, y: 0, k: 1 };
let stage = map.getBoundingClientRect(); // measured when it changes only: to ask for it lays out the page
let waiting = false;
let flight = 0;

/** The part of the stage that the panel does not lie over, from its top left corner. */
function view() {
  const stage = map.getBoundingClientRect();
  const panel = byId("panel");
  if (panel.hidden) return { width: stage.width, height: stage.height };
  const beside = matchMedia("(min-width: 901px)").matches;
  if (beside) return { width: stage.width - panel.offsetWidth, height: stage.height };
  return { width: stage.width, height: stage.height - panel.offsetHeight };
}

/**
 * Looks from somewhere else, at the next frame.
 * @param {number} x
 * @param {number} y
 * @param {number} k
 */
function look(x, y, k) {
  Object.assign(camera, { x, y, k });
  if (!waiting) {
    waiting = true;
    requestAnimationFrame(shoot);
  }
}

function shoot() {
  waiting = false;
  scene.setAttribute(
    "transform",
    `translate(${camera.x.toFixed(2)} ${camera.y.toFixed(2)}) scale(${camera.k.toFixed(4)})`,
  );
  const distance = camera.k >= NEAR ? "near" : camera.k >= MIDDLE ? "middle" : "far";
  if (map.dataset.distance !== distance) map.dataset.distance = distance;
  cull(distance);
}

/**
 * Draws what is in sight, with its texts as far as they can be read. Of a small flow that is everything.
 * @param {string} distance
 */
function cull(distance) {
  const flow = shownFlow();
  const sees = flow.nodes.length + flow.ways.length < CROWD ? () => true : sight();
  for (const node of flow.nodes) {
    const seen = sees(node.x, node.y, node.x + node.w, node.y + node.h);
    put(node, node.g, seen);
    if (seen && distance !== "far") written(node);
  }
  for (const way of flow.ways) {
    if (way.to < 0) continue;
    const seen = sees(...way.box);
    if (seen && distance === "near") named(way);
    if (way.label) hide(way.label, !seen);
    put(way, way.path, seen);
  }
}

/** Whether a rectangle of the drawing can be seen. */
function sight() {
  const margin = 60;
  const [left, top] = [(-camera.x - margin) / camera.k, (-camera.y - margin) / camera.k];
  const [right, bottom] = [(stage.width - camera.x + margin) / camera.k, (stage.height - camera.y + margin) / camera.k];
  return (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ c, /** @type {number} */ d) =>
    a < right && c > left && b < bottom && d > top;
}

/**
 * @param {{out?: boolean}} thing
 * @param {Element} element
 * @param {boolean} seen
 */
function put(thing, element, seen) {
  if (seen === !thing.out) return;
  thing.out = !seen;
  hide(element, !seen);
}

/**
 * @param {Element} element
 * @param {boolean} hidden
 */
function hide(element, hidden) {
  if (hidden === element.hasAttribute("display")) return;
  if (hidden) element.setAttribute("display", "none");
  else element.removeAttribute("display");
}

/**
 * Zooms around a point of the stage.
 * @param {number} factor
 * @param {number} [x]
 * @param {number} [y]
 */
function zoom(factor, x, y) {
  const { width, height } = view();
  const [u, v] = [x ?? width / 2, y ?? height / 2];
  const k = Math.min(LARGEST, Math.max(Math.min(SMALLEST, fitted()), camera.k * factor));
  look(u - ((u - camera.x) * k) / camera.k, v - ((v - camera.y) * k) / camera.k, k);
}

/**
 * @param {number} dx
 * @param {number} dy
 */
function pan(dx, dy) {
  look(camera.x + dx, camera.y + dy, camera.k);
}

/** The scale at which all of the flow can be seen. */
function fitted() {
  const { width, height } = view();
  const flow = shownFlow();
  return Math.min((width - 60) / Math.max(flow.width, 1), (height - 100) / Math.max(flow.height, 1), 1.15);
}

/** Looks at all of the flow. */
function fit() {
  const flow = shownFlow();
  const k = fitted();
  const { width, height } = view();
  glide((width - flow.width * k) / 2, Math.max(36, (height - 50 - flow.height * k) / 2), k);
}

/** The first look at a flow: all of it where that can be read, else its start, from near enough to read. */
function arrive() {
  cancelAnimationFrame(flight);
  const flow = shownFlow();
  const { width, height } = view();
  const k = fitted();
  if (k >= MIDDLE) return look((width - flow.width * k) / 2, Math.max(36, (height - 50 - flow.height * k) / 2), k);
  const start = flow.nodes[flow.start];
  const wide = Math.max(0.5, Math.min(0.8, (width - 60) / flow.width));
  look(width / 2 - (start.x + start.w / 2) * wide, Math.max(70, height / 6) - start.y * wide, wide);
}

/**
 * Brings a node into sight, to the middle when it is not there yet.
 * @param {FlowNode} node
 * @param {boolean} [always]
 */
function reveal(node, always = false) {
  const { width, height } = view();
  const k = Math.max(camera.k, always || camera.k < MIDDLE ? 0.75 : camera.k);
  const [x, y] = [camera.x + node.x * k, camera.y + node.y * k];
  const inside = x > 40 && y > 60 && x + node.w * k < width - 40 && y + node.h * k < height - 60;
  if (k === camera.k && inside) return;
  glide(width / 2 - (node.x + node.w / 2) * k, height / 2 - (node.y + node.h / 2) * k, k);
}

/**
 * Moves there in a few frames; at once for people who want no motion.
 * @param {number} x
 * @param {number} y
 * @param {number} k
 */
function glide(x, y, k) {
  cancelAnimationFrame(flight);
  if (calm.matches) return look(x, y, k);
  const from = { ...camera };
  let begun = 0;
  const frame = (/** @type {number} */ now) => {
    begun ||= now;
    const part = Math.min(1, (now - begun) / 240);
    const eased = 1 - (1 - part) ** 3;
    look(from.x + (x - from.x) * eased, from.y + (y - from.y) * eased, from.k + (k - from.k) * eased);
    if (part < 1) flight = requestAnimationFrame(frame);
  };
  flight = requestAnimationFrame(frame);
}

// Pointers: one drags, two pinch, a wheel zooms.

/** @type {Map<number, {x: number, y: number}>} */
const pointers = new Map();
let dragged = false;

/** @param {PointerEvent} event */
function pointerDown(event) {
  if (event.button > 0) return;
  cancelAnimationFrame(flight);
  pointers.set(event.pointerId, placeOf(event));
  dragged = false;
}

/** @param {PointerEvent} event */
function pointerMove(event) {
  const was = pointers.get(event.pointerId);
  if (!was) return;
  const now = placeOf(event);
  if (!dragged && Math.hypot(now.x - was.x, now.y - was.y) < 4) return;
  if (!dragged) map.setPointerCapture(event.pointerId);
  dragged = true;
  map.classList.add("dragged");
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) zoom(apart(now, other) / Math.max(1, apart(was, other)), (now.x + other.x) / 2, (now.y + other.y) / 2);
  else pan(now.x - was.x, now.y - was.y);
  pointers.set(event.pointerId, now);
}

/** @param {PointerEvent} event */
function pointerUp(event) {
  pointers.delete(event.pointerId);
  map.classList.remove("dragged");
}

/** @param {MouseEvent} event */
function placeOf(event) {
  return { x: event.clientX - stage.left, y: event.clientY - stage.top };
}

/**
 * @param {{x: number, y: number}} a
 * @param {{x: number, y: number}} b
 */
function apart(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** @param {WheelEvent} event */
function wheel(event) {
  event.preventDefault();
  cancelAnimationFrame(flight);
  const { x, y } = placeOf(event);
  const lines = event.deltaMode === 1 ? 16 : 1;
  if (event.shiftKey) return pan(-(event.deltaX || event.deltaY) * lines, 0);
  zoom(Math.exp(-Math.max(-300, Math.min(300, event.deltaY * lines)) * 0.0016), x, y);
}

new ResizeObserver(() => {
  stage = map.getBoundingClientRect();
  look(camera.x, camera.y, camera.k);
}).observe(byId("stage"));
map.addEventListener("pointerdown", pointerDown);
map.addEventListener("pointermove", pointerMove);
map.addEventListener("pointerup", pointerUp);
map.addEventListener("pointercancel", pointerUp);
map.addEventListener("wheel", wheel, { passive: false });

when("flow", () => {
  draw(shownFlow());
  arrive();
});
