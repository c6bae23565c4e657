// The page: reads the state from the URL, draws the graph and the panel, and follows the changes of the catalog.

import * as api from "./api.js";
import { byId, byKey, fill, h, say } from "./dom.js";
import * as empty from "./empty.js";
import * as graphs from "./graph.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as panel from "./panel.js";
import * as search from "./search.js";
import { read, url } from "./state.js";
import { many, shown } from "./text.js";
import * as theme from "./theme.js";
import * as zoom from "./zoom.js";

let state = read();
let graph = null; // as it is drawn
let turn = 0; // of the last request for a graph: an answer to an earlier one is dropped

const NOTHING = { cards: [], edges: [], columns: [] };
const on = { go, close, select, toggle, page, process };

/** Go to another state, and put it into the history. */
function go(next) {
  if (url(next) === url(state)) return;
  history.pushState(null, "", url(next));
  render(next);
}

/** Show a state: read from the server what it changes. */
async function render(next) {
  const before = state;
  state = next;
  const changed = !graph || url({ ...before, asset: "", edge: "" }) !== url({ ...state, asset: "", edge: "" });
  byId("retired").setAttribute("aria-checked", String(state.retired));
  const shownAsset = details(before);
  try {
    if (changed) await draw({ anew: !graph || before.about !== state.about });
    await shownAsset;
    if (graph) graphs.select(state, true);
    live.tell("live", live.LIVE);
  } catch {
    live.tell("lost", live.LOST);
  }
}

/** Read the graph and draw it; *anew*: as one that was not seen before; *live*: because the catalog changed. */
async function draw({ anew = false, live: follows = false }) {
  const mine = ++turn;
  let found;
  try {
    found = await api.graph(state);
  } catch (error) {
    if (mine === turn && (anew || error.status)) {
      graph = null;
      graphs.draw(NOTHING, on);
      empty.fail(error);
    }
    if (error.status) return null; // the catalog answered; it has nothing of the kind
    throw error;
  }
  if (mine !== turn) return found.version;
  const fresh = follows && graph ? graphs.news(graph, found) : new Set();
  if (follows && graph && alive(found) !== alive(graph))
    say(`The catalog changed: ${many(alive(found), "object")} in the graph`);
  graph = found;
  empty.tell(graph);
  graphs.draw(graph, on, fresh);
  if (anew) zoom.begin();
  graphs.select(state, anew);
  crumbs();
  return graph.version;
}

/** Count the active objects of a graph. */
const alive = ({ cards }) => cards.reduce((sum, card) => sum + (card.kind === "objects" ? card.count : 0), 0);

/** Show the asset of the panel, or close it. */
async function details(before) {
  if (!state.asset && !state.edge) return panel.hide();
  const asset = await panel.show(state, on);
  if (asset && before?.asset !== state.asset) say(`${asset.name}, ${asset.type}`);
  return asset;
}

/** Say what the graph shows, and how much of it there is. */
function crumbs() {
  const tables = graph.cards.filter((card) => card.kind === "table").length;
  const processes = graph.edges.reduce((sum, edge) => sum + edge.count, 0);
  byId("sum").textContent = graph.cards.length
    ? [many(tables, "table"), many(alive(graph), "object"), many(processes, "process", "processes")].join(" · ")
    : "";
  const name = graph.about ? shown(graph.about.name) : "";
  document.title = `${name ? `${name} · ` : ""}Lineage · local catalog`;
  const all = { ...state, about: "", open: null };
  fill(
    byId("crumbs"),
    graph.about
      ? [
          h(
            "a",
            { href: url(all), data: { key: "all" }, onclick: (event) => panel.follow(event, all, on) },
            "All lineage",
          ),
          h("span", { "aria-hidden": "true" }, "›"),
          h("span", { "aria-current": "page" }, name),
        ]
      : [h("span", { "aria-current": "page" }, "All lineage")],
  );
}

/** Show an asset in the panel; the graph goes to it if it has no place for it. */
function select(guid) {
  go({ ...state, asset: guid, edge: "" });
}

/** Close the panel; the focus goes back to where it was opened. */
function close() {
  const { asset, edge } = state;
  go({ ...state, asset: "", edge: "" });
  if (document.activeElement === document.body) byKey(byId("canvas"), asset || edge)?.focus();
}

/** Show an asset, and its lineage if the graph does not have it. */
function visit(next) {
  const here = !next.asset || (graph && graphs.has(graph, next.asset));
  go(here ? next : { ...next, about: next.asset, open: null });
}

function process(edge) {
  if (edge.process) select(edge.process);
  else go({ ...state, asset: "", edge: edge.id });
}

/** Open or close a card; a table's columns together with those that lineage leads to. */
function toggle(card) {
  const open = opened();
  for (const id of together(card)) {
    if (card.open) open.delete(id);
    else if (!open.has(id)) open.set(id, 0);
  }
  go({ ...state, open });
}

/** List other lines of an open card; of a table, together with those that lineage leads to, so that their lines meet. */
function page(card, offset) {
  const open = opened();
  const counts = new Map(graph.cards.map((one) => [one.id, one.count]));
  for (const id of together(card))
    if (open.has(id) && (id === card.id || counts.get(id) > offset)) open.set(id, offset);
  go({ ...state, open });
}

/** Return the open cards, each with its first line. */
function opened() {
  const listed = graph.cards.filter((one) => one.open && !one.few);
  return new Map(state.open ?? listed.map((one) => [one.id, one.offset]));
}

/** Name a card, and the tables whose columns its columns lead to or come from. */
function together(card) {
  const edges = graph.edges.filter((edge) => edge.columns && (edge.source === card.id || edge.target === card.id));
  return new Set([card.id, ...edges.flatMap((edge) => [edge.source, edge.target])]);
}

/** Read all again after a change of the catalog. */
async function refresh() {
  const version = await draw({ live: true });
  if (state.asset || state.edge) await details(state);
  return version;
}

async function start() {
  theme.start();
  zoom.start();
  keys.start(on.close);
  search.start((asset) =>
    go({
      ...state,
      about: asset.guid,
      asset: asset.guid,
      edge: "",
      open: null,
      retired: state.retired || !asset.active,
    }),
  );
  graphs.start(() => graphs.select(state, false));
  on.go = visit;
  byId("retired").addEventListener("click", () => go({ ...state, retired: !state.retired }));
  byId("home").addEventListener("click", (event) =>
    panel.follow(event, { ...state, about: "", asset: "", edge: "", open: null }, { go }),
  );
  addEventListener("popstate", () => render(read()));
  await render(state);
  live.follow(graph?.version ?? 0, refresh);
}

start();
