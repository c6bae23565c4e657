// Places cards and edges from left to right. dagre decides about ranks and order; the lines are drawn here.

import dagre from "../vendor/dagre/dagre.esm.js";

const MARGIN = 32;
const PILL = { width: 116, height: 24 };
const STRAND = 7; // px between the column lines of a cable
const HEAD = 29; // px from the top of an open card to where its lines end

/** Return the places of *cards* ({id, width, height}) and *edges* ({id, source, target, strands}), by id. */
export function layout(cards, edges) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 26, edgesep: 18, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  for (const { id, width, height } of cards) graph.setNode(id, { width, height });
  for (const { id, source, target, strands } of edges) {
    const height = PILL.height + (strands ? strands * STRAND + 10 : 0);
    graph.setEdge(source, target, { width: PILL.width, height, labelpos: "c" }, id);
  }
  if (!cards.length) return { places: new Map(), routes: new Map(), width: 0, height: 0 };
  dagre.layout(graph);
  const places = new Map(cards.map(({ id, open }) => [id, place(graph.node(id), open)]));
  const ranks = columns([...places.values()]);
  const routes = new Map();
  for (const { v, w, name } of graph.edges()) {
    routes.set(name, route(places.get(v), places.get(w), graph.edge(v, w, name), ranks));
  }
  const { width, height } = graph.graph();
  return { places, routes, width, height };
}

function place({ x, y, width, height }, open) {
  const top = y - height / 2;
  return { left: x - width / 2, right: x + width / 2, top, height, middle: open ? top + HEAD : y };
}

/** Return the horizontal ranges that cards of one rank take, from left to right. */
function columns(places) {
  const found = new Map();
  for (const { left, right } of places) {
    const centre = Math.round((left + right) / 2);
    const known = found.get(centre) ?? { left, right };
    found.set(centre, { left: Math.min(left, known.left), right: Math.max(right, known.right) });
  }
  return [...found.values()].sort((one, other) => one.left - other.left);
}

/** Return the points of a line, the place of its label, and the lane that it takes past other cards. */
function route(from, to, edge, ranks) {
  const start = { x: from.right, y: from.middle };
  const end = { x: to.left, y: to.middle };
  const passed = ranks.filter(({ left, right }) => left > from.right && right < to.left);
  if (!passed.length) {
    return { points: [start, end], label: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }, lane: null };
  }
  const top = edge.y - edge.height / 2 + PILL.height / 2;
  const lanes = passed.map(({ left, right }) => {
    const near = Math.abs(edge.x - (left + right) / 2) < (right - left) / 2 + PILL.width;
    const y = near ? top : nearest(edge.points, (left + right) / 2).y;
    return { left: left - 12, right: right + 12, y, wide: near };
  });
  const widest = lanes.find(({ wide }) => wide) ?? lanes[0];
  return {
    points: [
      start,
      ...lanes.flatMap(({ left, right, y }) => [
        { x: left, y },
        { x: right, y },
      ]),
      end,
    ],
    label: { x: (widest.left + widest.right) / 2, y: widest.y },
    lane: { left: widest.left, right: widest.right, top: widest.y + PILL.height / 2 + 5 },
  };
}

const nearest = (points, x) =>
  points.reduce((best, point) => (Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best));

/** Return where the *index*th column line of a cable is in its lane. */
export const strand = (lane, index) => lane.top + index * STRAND;

/** Return the path through *points*, smooth, and level at each of them. */
export function path(points) {
  const [first, ...others] = points;
  let before = first;
  let text = `M${first.x} ${first.y}`;
  for (const point of others) {
    const reach = point.x > before.x ? (point.x - before.x) / 2 : 80;
    text +=
      point.y === before.y && point.x > before.x
        ? `H${point.x}`
        : `C${before.x + reach} ${before.y} ${point.x - reach} ${point.y} ${point.x} ${point.y}`;
    before = point;
  }
  return text;
}
