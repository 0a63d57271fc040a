// Elements, made without markup: every text becomes a text node.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element by its id.
 * @param {string} id
 * @returns {any}
 */
function byId(id) {
  return document.getElementById(id);
}

/**
 * An HTML element. `text` is its text, every other key an attribute; false and null leave an attribute out.
 * @param {string} tag
 * @param {Object<string, any>} [given]
 * @param {...(Node|string|null)} children
 * @returns {any}
 */
function el(tag, given = {}, ...children) {
  return filled(document.createElement(tag), given, children);
}

/**
 * The same in SVG.
 * @param {string} tag
 * @param {Object<string, any>} [given]
 * @param {...(Node|string|null)} children
 * @returns {any}
 */
function svg(tag, given = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), given, children);
}

/**
 * @param {Element} element
 * @param {Object<string, any>} given
 * @param {(Node|string|null)[]} children
 */
function filled(element, given, children) {
  for (const name in given) {
    const value = given[name];
    if (name === "text") element.textContent = value;
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/**
 * A button; `data` is put into its dataset, where the one listener of its region finds it.
 * @param {string} text
 * @param {Object<string, any>} data
 * @param {Object<string, any>} [given]
 */
function button(text, data, given = {}) {
  const made = el("button", { type: "button", text, ...given });
  Object.assign(made.dataset, data);
  return made;
}

/**
 * @param {Element} element
 * @param {...(Node|string|null)} children
 */
function replace(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null));
}

/**
 * `1 lead`, `1,200 leads`.
 * @param {number} n
 * @param {string} what
 */
function count(n, what) {
  return `${n.toLocaleString("en")} ${n === 1 ? what : what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}s`}`;
}

/**
 * @param {string} text
 * @param {number} most
 */
function clip(text, most) {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}

/**
 * Tells people who hear the page instead of seeing it.
 * @param {string} text
 */
function say(text) {
  byId("said").textContent = text;
}

/**
 * Words with what stands in backticks as code.
 * @param {string} words
 */
function prose(words) {
  const said = el("span");
  words.split("`").forEach((piece, i) => {
    if (piece) said.append(i % 2 ? el("code", { text: piece }) : piece);
  });
  return said;
}
