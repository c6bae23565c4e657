// Keeps the page in step with the catalog: one request waits for the next change, and says so when it comes.

import * as api from "./api.js";
import { byId } from "./dom.js";

const PAUSE = 250; // ms between two requests, so that a burst of changes is one
const SHARE = 3; // a page that takes long to draw is drawn for a quarter of the time at most
const RETRY = 2000; // ms until the next try, while the catalog does not answer
export const LIVE = "Live";
export const LOST = "No connection to the catalog";

/** Call *changed* after each change of the catalog; it returns the version that it shows now. */
export async function follow(version, changed) {
  let seen = version;
  for (;;) {
    try {
      await visible();
      const answer = await api.changes(seen);
      tell("live", LIVE);
      const started = performance.now();
      if (answer.version !== seen) seen = (await changed()) ?? answer.version;
      await sleep(Math.max(PAUSE, SHARE * (performance.now() - started)));
    } catch {
      tell("lost", LOST);
      await sleep(RETRY);
    }
  }
}

export function tell(state, text) {
  const live = byId("live");
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  live.querySelector(".text").textContent = text;
}

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Wait until the tab is looked at: a hidden one asks for nothing. */
function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
}
