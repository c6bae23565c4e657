// The size of the graph, and moving it: buttons, Ctrl and the wheel, and dragging the background.

import { byId } from "./dom.js";

const LEAST = 0.3;
const READABLE = 0.65;
const MOST = 1.5;
const STEP = 1.2;
const canvas = byId("canvas");
const sizer = canvas.querySelector(".sizer");
const world = canvas.querySelector(".world");
let scale = 1;
let size = { width: 0, height: 0 };
let chosen = false; // whether somebody chose the size, which then stays

/** Take note of the size of the graph, in pixels of its own. */
export function resize(width, height) {
  size = { width, height };
  apply(scale);
  suit();
}

/** Show all of the graph, but not larger than it is, and no smaller than can be read. */
function fit() {
  const room = Math.min(canvas.clientWidth / size.width, canvas.clientHeight / (size.height + 36), 1);
  apply(room || 1);
  canvas.scrollTo(0, 0);
}

/** Show a new graph from its beginning. */
export function begin() {
  chosen = false;
  suit();
  canvas.scrollTo(0, 0);
}

/** Choose the size at which the whole width is seen, if that can be read. */
function suit() {
  if (!chosen && size.width) apply(Math.min(1, Math.max(READABLE, canvas.clientWidth / size.width)));
}

function apply(value) {
  scale = Math.min(MOST, Math.max(LEAST, value));
  world.style.transform = `scale(${scale})`;
  sizer.style.width = `${size.width * scale}px`;
  sizer.style.height = `${size.height * scale}px`;
  byId("scale").textContent = `${Math.round(scale * 100)} %`;
}

/** Change the size, and keep what is at (x, y) of the canvas where it is. */
function around(value, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const [left, top] = [(canvas.scrollLeft + x) / scale, (canvas.scrollTop + y) / scale];
  apply(value);
  canvas.scrollTo(left * scale - x, top * scale - y);
}

export function start() {
  const acts = { in: () => around(scale * STEP), out: () => around(scale / STEP), full: () => around(1), fit };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => {
      chosen = true;
      acts[button.dataset.zoom]();
    });
  }
  new ResizeObserver(suit).observe(canvas);
  canvas.addEventListener("wheel", wheel, { passive: false });
  canvas.addEventListener("pointerdown", drag);
}

function wheel(event) {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  chosen = true;
  const { left, top } = canvas.getBoundingClientRect();
  around(scale * Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
}

function drag(event) {
  if (event.button || event.pointerType !== "mouse" || event.target.closest(".card, button, .empty")) return;
  const from = { x: event.clientX + canvas.scrollLeft, y: event.clientY + canvas.scrollTop };
  const move = ({ clientX, clientY }) => canvas.scrollTo(from.x - clientX, from.y - clientY);
  canvas.classList.add("dragged");
  canvas.setPointerCapture(event.pointerId);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener(
    "lostpointercapture",
    () => {
      canvas.classList.remove("dragged");
      canvas.removeEventListener("pointermove", move);
    },
    { once: true },
  );
}
