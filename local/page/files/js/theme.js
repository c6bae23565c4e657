// The switch between light, dark, and what the system has. The choice is kept in this browser.

import { byId, say } from "./dom.js";

const ORDER = ["auto", "light", "dark"];
const LABELS = { auto: "Auto", light: "Light", dark: "Dark" };
const KEY = "lineage.theme";

export function start() {
  const stored = localStorage.getItem(KEY);
  apply(ORDER.includes(stored) ? stored : "auto");
  byId("theme").addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(document.documentElement.dataset.theme) + 1) % ORDER.length];
    localStorage.setItem(KEY, next);
    apply(next);
    say(`Theme: ${LABELS[next]}`);
  });
}

function apply(theme) {
  document.documentElement.dataset.theme = theme;
  const button = byId("theme");
  button.textContent = `Theme: ${LABELS[theme].toLowerCase()}`;
  button.setAttribute("aria-label", `Theme: ${LABELS[theme]}. Change it`);
}
