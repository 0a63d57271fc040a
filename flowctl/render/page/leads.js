// One lead's way, lit before and after, and walked step by step.

/**
 * The ways that are lit now.
 * @type {Set<Way>}
 */
const lit = new Set();

/**
 * Takes a lead, or none with -1.
 * @param {number} index
 */
function takeLead(index) {
  const lead = leads[index];
  change({ lead: lead ? index : -1, step: -1 });
  if (!lead) return say("no lead");
  const first = steps()[0];
  if (first && !steps().some(([flow]) => flow === state.flow)) showFlow(first[0]);
  lightUp();
  const was = lead.moved ? `, was ${lead.before?.owner}` : "";
  say(`${whyOf(lead)}: ${lead.after?.owner ?? "no flow takes it"}${was}. ${count(steps().length, "step")}`);
}

/**
 * The path that is walked: the later one, or the earlier one in that view.
 * @returns {Step[]}
 */
function steps() {
  const lead = shownLead();
  const outcome = state.view === "before" ? (lead?.before ?? lead?.after) : (lead?.after ?? lead?.before);
  return outcome?.steps ?? [];
}

/**
 * Walks along the path.
 * @param {number} by
 */
function walkLead(by) {
  const path = steps();
  if (!path.length) return say("choose a lead first, with l");
  const first = path.findIndex(([flow]) => flow === state.flow);
  toStep(state.step < 0 ? Math.max(0, first) : Math.max(0, Math.min(path.length - 1, state.step + by)));
}

/** @param {number} step */
function toStep(step) {
  const path = steps();
  const [flow, node] = path[step];
  if (flow !== state.flow) showFlow(flow);
  change({ step });
  const came = step > 0 && path[step - 1][0] === flow ? (shownFlow().ways[path[step - 1][2]] ?? null) : null;
  choose(shownFlow().nodes[node], { came, near: camera.k < NEAR });
  const title = toldOf(shownFlow().nodes[node], state.view).title;
  say(`step ${step + 1} of ${path.length}: ${title}${came ? `, by ${came.port}` : ""}`);
}

/** Draws the lit ways over the others, and dims what is not on them. */
function lightUp() {
  lit.clear();
  layers.lit.replaceChildren();
  for (const node of layers.nodes.querySelectorAll(".on, .on-before")) node.classList.remove("on", "on-before");
  const lead = shownLead();
  map.classList.toggle("leading", lead !== null);
  if (!lead) return;
  if (lead.after && (state.view !== "before" || lead.before === lead.after)) light(lead.after, "now");
  if (compares && lead.before && lead.before !== lead.after && state.view !== "after") light(lead.before, "was");
}

/**
 * @param {Outcome} outcome
 * @param {string} name
 */
function light(outcome, name) {
  const flow = shownFlow();
  for (const [place, node, way] of outcome.steps) {
    if (place !== flow.index) continue;
    flow.nodes[node].g.classList.add(name === "now" ? "on" : "on-before");
    const taken = flow.ways[way];
    if (!taken || taken.to < 0 || lit.has(taken)) continue;
    lit.add(taken);
    layers.lit.append(svg("path", { class: `lit ${name}`, d: taken.path.getAttribute("d") }));
  }
}

/** The numbers of the steps, at the nodes. */
function numberSteps() {
  steps().forEach(([flow, index], at) => {
    if (flow !== state.flow) return;
    const node = shownFlow().nodes[index];
    const place = svg("g", {
      class: `number${at === state.step ? " here" : ""}`,
      transform: `translate(${node.x} ${node.y})`,
    });
    place.append(svg("circle", { r: 10 }), svg("text", { y: 4, text: String(at + 1) }));
    layers.marks.append(place);
  });
}

/**
 * What is told of the lead in the side bar.
 * @param {Lead} lead
 * @returns {(Node|null)[]}
 */
function leadTold(lead) {
  const differs = compares && lead.before !== lead.after;
  const owner = el(
    "p",
    { class: "owner" },
    el("b", { class: `verdict ${verdict(lead)}`, text: verdictSign(lead) }),
    ...ownerWords(lead),
  );
  const wrong = (lead.differs ?? []).map(([what, expected, got]) =>
    el("li", { text: `${what}: expected ${expected}, found ${got}` }),
  );
  return [
    owner,
    wrong.length ? el("ul", { class: "wrong" }, ...wrong) : null,
    el(
      "div",
      { class: "row" },
      button(
        "‹",
        { does: "back" },
        { class: "tool", "aria-label": "Step back", title: "Step back ([)", "aria-keyshortcuts": "[" },
      ),
      el("span", {
        class: "faint",
        text: state.step < 0 ? count(steps().length, "step") : `step ${state.step + 1} of ${steps().length}`,
      }),
      button(
        "›",
        { does: "on" },
        { class: "tool", "aria-label": "Step on", title: "Step on (])", "aria-keyshortcuts": "]" },
      ),
    ),
    stepList(),
    differs
      ? el("p", {
          class: "faint small",
          text: state.view === "before" ? "its steps before" : "its steps after; Before shows the others",
        })
      : null,
    fieldsOf(lead),
  ];
}

function stepList() {
  const path = steps();
  const rows = path.flatMap((step, at) => {
    const enters = at === 0 || path[at - 1][0] !== step[0];
    return enters
      ? [el("li", { class: "within", text: `flow ${flows[step[0]].name}` }), stepRow(step, at)]
      : [stepRow(step, at)];
  });
  return el("ol", { class: "steps" }, ...rows);
}

/**
 * @param {Step} step
 * @param {number} at
 */
function stepRow([flow, index, way], at) {
  const made = button("", { step: String(at) }, { class: "link", "aria-current": at === state.step ? "step" : null });
  made.append(el("span", { text: toldOf(flows[flow].nodes[index], state.view).title }));
  const port = flows[flow].ways[way]?.port;
  return el("li", {}, made, port && port !== "then" ? el("span", { class: "faint small", text: ` ${port}` }) : null);
}

/** @param {Lead} lead */
function fieldsOf(lead) {
  const rows = lead.fields.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]);
  const place = el("p", { class: "faint small", text: lead.place });
  return el("details", {}, el("summary", { text: `The lead (${lead.event})` }), el("dl", {}, ...rows), place);
}

when("lead view flow", lightUp);
