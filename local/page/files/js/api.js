// What the page asks the server for. Nothing here changes anything.

import { opened } from "./state.js";

/** Get JSON; an error has the words of the server. */
async function get(path, query = {}, signal = undefined) {
  const text = new URLSearchParams(query).toString();
  const answer = await fetch(text ? `${path}?${text}` : path, { signal });
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.error), { status: answer.status });
  return body;
}

const scope = (state) => ({ about: state.about, ...(state.retired ? { retired: "1" } : {}) });

export const graph = (state, signal) =>
  get("/page/graph", { ...scope(state), ...(state.open ? { open: opened(state.open) } : {}) }, signal);

export const asset = (guid) => get(`/page/assets/${encodeURIComponent(guid)}`);

export const related = (guid, name, offset) =>
  get(`/page/assets/${encodeURIComponent(guid)}/${encodeURIComponent(name)}`, { offset });

export const processes = (state, edge, offset) => get("/page/processes", { ...scope(state), edge, offset });

export const search = (text, signal) => get("/page/search", { text }, signal);

export const changes = (since, signal) => get("/page/changes", { since }, signal);
