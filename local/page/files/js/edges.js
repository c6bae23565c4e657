// The lines between cards, the pills on them that stand for processes, and the lines between columns.

import { h, svg } from "./dom.js";
import { path, strand } from "./layout.js";
import { count, many, shown } from "./text.js";

/** Draw the lines into *canvas* (SVG); *rows* gives the place of a column's line on its card. */
export function draw(canvas, graph, placed, rows) {
  const lines = graph.edges.map((edge) => {
    const { points } = placed.routes.get(edge.id);
    return line(path(points), `edge${edge.columns ? " direct" : ""}${edge.active ? "" : " gone"}`, edge);
  });
  canvas.replaceChildren(heads(), ...lines, ...strands(graph, placed, rows));
  canvas.setAttribute("width", placed.width);
  canvas.setAttribute("height", placed.height);
}

function line(d, name, { id, source, target }) {
  const element = svg("path", { d, class: name });
  Object.assign(element.dataset, { edge: id ?? "", source, target });
  return element;
}

/** Make the arrow heads that the style names. */
function heads() {
  const all = svg("defs");
  for (const name of ["edge", "direct", "lit", "gone"]) {
    const head = svg("marker", {
      id: `head-${name}`,
      viewBox: "0 0 8 8",
      refX: 7,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      orient: "auto",
      markerUnits: "userSpaceOnUse",
    });
    head.append(svg("path", { d: "M0 .5 8 4 0 7.5z", class: `head ${name}` }));
    all.append(head);
  }
  return all;
}

/** Draw a line from column to column; those of one pair of tables go through its lane side by side. */
function strands(graph, placed, rows) {
  const places = new Map();
  const ends = graph.columns.map((flow) => ({ flow, from: rows(flow.source), to: rows(flow.target) }));
  const seen = ends
    .filter(({ from, to }) => from && to)
    .sort((one, other) => one.from.y - other.from.y || one.to.y - other.to.y);
  return seen.map(({ flow, from, to }) => {
    const id = `${from.card}>${to.card}`;
    const lane = placed.routes.get(id)?.lane;
    const index = places.get(id) ?? 0;
    places.set(id, index + 1);
    const y = lane ? strand(lane, index) : 0;
    const through = lane
      ? [
          { x: lane.left, y },
          { x: lane.right, y },
        ]
      : [];
    const points = [{ x: from.right, y: from.y }, ...through, { x: to.left, y: to.y }];
    return line(path(points), `strand${flow.active ? "" : " gone"}`, {
      id: flow.process,
      source: flow.source,
      target: flow.target,
    });
  });
}

/** Make the pill of an edge; *ends* names its cards. */
export function pill(edge, ends, on) {
  const text = edge.count === 1 ? "process" : `${count(edge.count)} processes`;
  const columns = edge.columns ? ` · ${many(edge.columns, "column")}` : "";
  const parts = edge.columns ? `, with ${many(edge.columns, "column process", "column processes")}` : "";
  const what = `${many(edge.count, "process", "processes")} from ${shown(ends[0])} to ${shown(ends[1])}${parts}`;
  return h(
    `button.pill${edge.columns ? ".direct" : ""}${edge.active ? "" : ".gone"}`,
    {
      type: "button",
      "aria-label": what,
      title: what,
      data: { key: edge.id, edge: edge.id, guid: edge.process ?? "" },
      onclick: () => on.process(edge),
    },
    `${text}${columns}`,
  );
}

/** Count the column lines of each edge that can be drawn, to leave room for them. */
export function bundles(graph) {
  const owner = new Map();
  for (const card of graph.cards) if (card.kind === "table") for (const row of card.rows) owner.set(row.guid, card.id);
  const sizes = new Map();
  for (const { source, target } of graph.columns) {
    const id = `${owner.get(source)}>${owner.get(target)}`;
    sizes.set(id, (sizes.get(id) ?? 0) + 1);
  }
  return sizes;
}
