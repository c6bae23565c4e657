// Draws the graph: makes the cards, measures them, has them placed, and puts lines between them.

import * as cards from "./card.js";
import * as edges from "./edges.js";
import { byId, byKey, fill } from "./dom.js";
import { layout } from "./layout.js";
import * as zoom from "./zoom.js";

const canvas = byId("canvas");
const holder = canvas.querySelector(".cards");
const lines = canvas.querySelector(".edges");
const drawn = new Map(); // by id: the element of a card, what it shows, and where it is

/** Draw *graph*; rows of the guids *fresh* are shown as new. */
export function draw(graph, on, fresh = new Set()) {
  const key = document.activeElement?.dataset?.key;
  const kept = new Map(graph.cards.map((card) => [card.id, element(card, on)]));
  drawn.clear();
  for (const [id, one] of kept) drawn.set(id, one);
  fill(
    holder,
    [...kept.values()].map((one) => one.element),
  );
  const sizes = edges.bundles(graph);
  const placed = layout(
    graph.cards.map((card) => ({ id: card.id, open: card.kind === "table" && card.open, ...size(card.id) })),
    graph.edges.map((edge) => ({ ...edge, strands: edge.columns ? (sizes.get(edge.id) ?? 0) : 0 })),
  );
  for (const [id, one] of drawn) move(one, placed.places.get(id));
  const named = new Map([...holder.querySelectorAll("[data-guid]")].map((one) => [one.dataset.guid, one]));
  edges.draw(lines, graph, placed, (guid) => row(named.get(guid)));
  pills(graph, placed, on);
  for (const guid of fresh) named.get(guid)?.classList.add("fresh");
  zoom.resize(placed.width, placed.height);
  if (key !== undefined && document.activeElement === document.body) byKey(canvas, key)?.focus({ preventScroll: true });
}

/** Keep the element of a card that shows the same as before. */
function element(card, on) {
  const text = JSON.stringify(card);
  const known = drawn.get(card.id);
  return known?.text === text ? known : { text, element: cards.make(card, on), place: known?.place };
}

function size(id) {
  const { element: one } = drawn.get(id);
  return { width: one.offsetWidth, height: one.offsetHeight };
}

/** Put a card in its place; one that was elsewhere before moves there. */
function move(one, place) {
  const { style } = one.element;
  if (!one.place) one.element.classList.add("entering");
  else if (!style.transform) style.transform = `translate(${one.place.left}px, ${one.place.top}px)`;
  one.place = place;
  if (one.element.classList.contains("entering")) requestAnimationFrame(() => one.element.classList.remove("entering"));
  else void one.element.offsetWidth; // so that the change below is a transition
  style.transform = `translate(${place.left}px, ${place.top}px)`;
}

function pills(graph, placed, on) {
  const names = new Map(
    graph.cards.map((card) => [
      card.id,
      card.name ?? (card.count === 1 ? card.rows[0].label : `${card.count} objects`),
    ]),
  );
  for (const edge of graph.edges) {
    const one = edges.pill(edge, [names.get(edge.source), names.get(edge.target)], on);
    const { x, y } = placed.routes.get(edge.id).label;
    one.style.left = `${x}px`;
    one.style.top = `${y}px`;
    holder.append(one);
  }
}

/** Return where the line of a column's element is, or nothing if it is not listed. */
function row(one) {
  const card = one?.closest(".card");
  const known = card && drawn.get(card.dataset.id);
  if (!known?.place) return null;
  const { left, right, top } = known.place;
  return { card: card.dataset.id, left, right, y: top + one.parentElement.offsetTop + one.offsetHeight / 2 };
}

/** Mark what the panel shows, and the lines at it; move it into view if *scroll*. */
export function select(state, scroll) {
  let first;
  for (const one of holder.querySelectorAll("[data-guid]")) {
    const same = (state.asset && one.dataset.guid === state.asset) || (state.edge && one.dataset.edge === state.edge);
    one.classList.toggle("selected", Boolean(same));
    if (same) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
    if (same) first ??= one;
  }
  if (first && scroll) first.scrollIntoView({ block: "nearest", inline: "nearest" });
  light(first);
}

/** Light the lines at an element: of a column its own, of a card or an object those of its card. */
export function light(one) {
  const card = one?.classList.contains("column") ? "" : one?.closest(".card")?.dataset.id;
  const ends = [one?.dataset.guid, one?.dataset.edge, card].filter(Boolean);
  for (const line of lines.querySelectorAll("[data-source]")) {
    const { source, target, edge } = line.dataset;
    line.classList.toggle("lit", ends.includes(source) || ends.includes(target) || ends.includes(edge));
  }
}

/** Whether an asset is on one of the cards or edges. */
export const has = (graph, guid) =>
  graph.cards.some((card) => card.guid === guid || card.rows.some((one) => one.guid === guid)) ||
  graph.edges.some((edge) => edge.process === guid);

/** Name the objects of *graph* that came, or came back, after *before* was drawn. */
export function news(before, graph) {
  const listed = before.cards.filter((card) => card.kind === "objects").flatMap((card) => card.rows);
  const known = new Set(listed.filter((one) => one.active).map((one) => one.guid));
  const latest = Math.max(0, ...listed.map((one) => one.changed));
  const rows = graph.cards.filter((card) => card.kind === "objects").flatMap((card) => card.rows);
  return new Set(
    rows.filter((one) => one.active && !known.has(one.guid) && one.changed >= latest).map((one) => one.guid),
  );
}

/** Let the pointer light lines, as the focus does. */
export function start(selected) {
  const over = (event) => light(event.target.closest?.("[data-guid], .card"));
  canvas.addEventListener("pointerover", over);
  canvas.addEventListener("focusin", over);
  canvas.addEventListener("pointerleave", () => light(holder.querySelector(".selected")));
  canvas.addEventListener("focusout", selected);
}
