// Walking from node to node along the ways, with the arrow keys.

/** @param {string} key */
function walk(key) {
  const flow = shownFlow();
  const node = shownNode();
  if (!node) return toStart();
  const way = key === "ArrowDown" ? onward(node) : key === "ArrowUp" ? back(node) : null;
  if (way) return follow(way, key === "ArrowUp" ? way.from : way.to, key === "ArrowUp" ? null : way);
  if (key === "ArrowLeft" || key === "ArrowRight") return sideways(node, key === "ArrowRight" ? 1 : -1);
  say(key === "ArrowDown" ? "no way leads on" : "no way leads here");
}

function toStart() {
  const node = shownFlow().nodes[shownFlow().start];
  choose(node);
  say(`the start: ${spoken(node, toldOf(node, state.view))}`);
}

/**
 * @param {Way} way
 * @param {number} to
 * @param {Way|null} came
 */
function follow(way, to, came) {
  const node = shownFlow().nodes[to];
  choose(node, { came });
  say(`by ${way.port}: ${spoken(node, toldOf(node, state.view))}`);
}

/**
 * The way on: the lit one, else the first.
 * @param {FlowNode} node
 */
function onward(node) {
  const ways = node.outs.filter((way) => way.to >= 0 && stands(way.status, state.view));
  return ways.find((way) => lit.has(way)) ?? ways[0];
}

/**
 * The way back: the one that was come by, else a lit one, else the first.
 * @param {FlowNode} node
 */
function back(node) {
  const ways = node.ins.filter((way) => stands(way.status, state.view));
  return ways.find((way) => way === state.came) ?? ways.find((way) => lit.has(way)) ?? ways[0];
}

/**
 * To where the next way leads from the node that was come from; without one, to the neighbour.
 * @param {FlowNode} node
 * @param {number} by
 */
function sideways(node, by) {
  const came = state.came;
  if (!came) return beside(node, by);
  const ways = shownFlow().nodes[came.from].outs.filter((way) => way.to >= 0 && stands(way.status, state.view));
  if (ways.length < 2) return beside(node, by);
  const next = ways[(ways.indexOf(came) + by + ways.length) % ways.length];
  follow(next, next.to, next);
}

/**
 * @param {FlowNode} node
 * @param {number} by
 */
function beside(node, by) {
  const level = shownFlow().nodes.filter(
    (other) => other.y < node.y + node.h && other.y + other.h > node.y && stands(other.status, state.view),
  );
  const further = level.filter((other) => (other.x - node.x) * by > 0).sort((a, b) => (a.x - b.x) * by);
  if (!further.length) return say("nothing further on this level");
  choose(further[0]);
  say(spoken(further[0], toldOf(further[0], state.view)));
}
