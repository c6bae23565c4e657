// What the page says where there is no lineage to draw, and where the graph was cut.

import { byId, h } from "./dom.js";
import { shown } from "./text.js";

const empty = byId("empty");

/** Say why the graph has nothing, and what to do; hide that if it has something. */
export function tell(graph) {
  empty.hidden = graph.cards.length > 0;
  if (!empty.hidden) empty.replaceChildren(...(graph.about ? nothingOf(graph) : nothing(graph)));
  const cut = byId("cut");
  cut.hidden = !graph.cut;
  cut.textContent = graph.about
    ? "There is more lineage than one graph can show. Choose a table or an object of it."
    : "There is more lineage than one graph can show: these are the first tables by name. Search for others.";
}

function nothing({ hints }) {
  return [
    h("h2", {}, "No lineage yet"),
    h(
      "p",
      {},
      hints.length
        ? "Drop a file that a route takes. In another terminal, in the folder of the project:"
        : "Nothing is in the catalog yet. As soon as something is, it appears here.",
    ),
    hints.length ? h("pre", {}, h("code", {}, hints.map(shown).join("\n"))) : null,
    hints.length ? h("p", {}, "It appears here within two seconds.") : null,
  ].filter(Boolean);
}

function nothingOf({ about, retired }) {
  return [
    h("h2", {}, `${shown(about.name)} has no lineage`),
    h(
      "p",
      {},
      retired
        ? "Nor did it have any before."
        : "It appears here as soon as a process reads or writes it. Retired, at the top, shows what there was before.",
    ),
  ];
}

/** Say that the graph could not be read. */
export function fail(error) {
  empty.hidden = false;
  empty.replaceChildren(
    h("h2", {}, error.status === 404 ? "The catalog has no such asset" : "The catalog does not answer"),
    h(
      "p",
      {},
      error.status === 404
        ? "Without --db, the catalog starts empty each time, and links to what was in it end here."
        : "Start it again with make serve; this page then goes on by itself.",
    ),
    h("p", {}, h("a.action", { href: "/" }, "Show all lineage")),
  );
}
