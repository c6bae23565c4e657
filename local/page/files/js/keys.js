// Keys: / goes to the search, Escape closes the panel, arrows go from card to card.

import { byId } from "./dom.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const canvas = byId("canvas");

export function start(close) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing) {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "Escape" && !typing) close();
  });
  canvas.addEventListener("keydown", arrows);
}

/** Move the focus to the next thing in a direction: within a card line by line, else to the nearest card or pill. */
function arrows(event) {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const stops = [...canvas.querySelectorAll(".cards button:not(:disabled)")];
  const here = document.activeElement;
  const next = stops.includes(here) ? nearest(here, stops, step) : stops[0];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function nearest(here, stops, [right, down]) {
  const from = here.getBoundingClientRect();
  let best = null;
  let least = Infinity;
  for (const stop of stops) {
    const to = stop.getBoundingClientRect();
    const ahead = right
      ? right * (right > 0 ? to.left - from.right : to.right - from.left)
      : down * (middle(to) - middle(from));
    const beside = right
      ? Math.abs(middle(to) - middle(from))
      : Math.abs(to.left + to.width / 2 - from.left - from.width / 2);
    const far = ahead + 2 * beside;
    if (stop !== here && ahead > 1 && far < least) [best, least] = [stop, far];
  }
  return best;
}

const middle = ({ top, height }) => top + height / 2;
