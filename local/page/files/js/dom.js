// Makes elements. Names from the catalog only ever become text or attributes, never markup.

/** Make an element: `h("button.tool", {onclick, title}, "text", child)`; null and false are left out. */
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Make an element of SVG. */
export function svg(tag, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Replace the children of an element, and leave the focus on what has the same `data-key` as what had it. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (key !== undefined) byKey(element, key)?.focus({ preventScroll: true });
}

/** Find an element by its `data-key`, which may hold any character. */
export function byKey(within, key) {
  return [...within.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
}

export const byId = (id) => document.getElementById(id);

/** Tell a screen reader what changed. */
export function say(text) {
  byId("said").textContent = text;
}
