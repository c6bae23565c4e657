// The state of the page is its URL, so that a link to it shows the same, and Back goes back.

/** Read the state: what the graph is about, the asset in the panel, retired ones, and open cards with first lines. */
export function read(search = location.search) {
  const query = new URLSearchParams(search);
  const open = query.has("open") ? new Map() : null; // null: what the server opens by itself
  for (const part of (query.get("open") ?? "").split(",").filter(Boolean)) {
    const [id, offset] = part.split(":");
    open.set(id, Number.parseInt(offset, 10) || 0);
  }
  return {
    about: query.get("about") ?? "",
    asset: query.get("asset") ?? "",
    edge: query.get("edge") ?? "",
    retired: query.get("retired") === "1",
    open,
  };
}

/** Write a state as a URL. */
export function url(state) {
  const query = new URLSearchParams();
  for (const name of ["about", "asset", "edge"]) if (state[name]) query.set(name, state[name]);
  if (state.retired) query.set("retired", "1");
  if (state.open?.size || (state.open && state.about)) query.set("open", opened(state.open));
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `/?${text}` : "/";
}

/** Write the open cards as `ID,ID:OFFSET`. */
export function opened(open) {
  return [...open].map(([id, offset]) => (offset ? `${id}:${offset}` : id)).join(",");
}
