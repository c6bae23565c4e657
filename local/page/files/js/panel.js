// The asset's page, beside the graph: attributes and relationships, or the processes of an edge.

import * as api from "./api.js";
import { byId, fill, h } from "./dom.js";
import { url } from "./state.js";
import { bytes, count, kind, many, shown, time } from "./text.js";

const panel = byId("panel");
let drawn = ""; // what the panel shows, so that what did not change keeps its pages
let turn = 0; // of the last request: an answer to an earlier one is dropped

/** Close the panel. */
export function hide() {
  turn++;
  panel.hidden = true;
  drawn = "";
  panel.replaceChildren();
}

/** Show the asset or the edge of *state*; *on*: go(state), close(). Returns the asset. */
export async function show(state, on) {
  const mine = ++turn;
  let content;
  let make;
  try {
    content = state.asset ? await api.asset(state.asset) : await api.processes(state, state.edge, 0);
    make = state.asset ? () => page(content, state, on) : () => processes(content, state, on);
  } catch (error) {
    content = { error: error.message };
    make = () => nothing(error, state, on);
  }
  if (mine !== turn) return null;
  const text = JSON.stringify([url(state), content]);
  if (text !== drawn) fill(panel, make());
  drawn = text;
  panel.hidden = false;
  return state.asset && !content.error ? content : null;
}

function processes(listed, state, on) {
  return [
    top("Processes", many(listed.count, "process", "processes"), on),
    pages(listed, (offset) => api.processes(state, state.edge, offset), state, on),
  ];
}

function nothing(error, state, on) {
  return [
    top("Nothing to show", "", on),
    h("p.note", {}, missing(error)),
    h("p", {}, link("/", "Show all lineage", { ...state, asset: "", edge: "", about: "" }, on)),
  ];
}

const missing = (error) =>
  error.status === 404
    ? "The catalog has no such asset. Without --db it starts empty each time, and links to what was in it end here."
    : `The catalog does not answer (${error.message}). Look at the terminal of serve.`;

function top(title, subtitle, on, active = true) {
  return h(
    "header.top",
    {},
    h("div", {}, h("p.kind", {}, subtitle, active ? null : h("span.tag", {}, "retired")), h("h2", { title }, title)),
    h("button.close", { type: "button", "aria-label": "Close", data: { key: "close" }, onclick: on.close }, "×"),
  );
}

function page(asset, state, on) {
  const facts = Object.entries(asset.attributes);
  const alone = state.about === asset.guid;
  return [
    top(shown(asset.name), kind(asset.type), on, asset.active),
    h("div.qualified", {}, h("code", {}, shown(asset.qualifiedName)), copy(asset.qualifiedName)),
    h(
      "p.actions",
      {},
      alone
        ? link(url({ ...state, about: "", open: null }), "Show all lineage", { ...state, about: "", open: null }, on)
        : link(
            url({ ...state, about: asset.guid, open: null }),
            "Show only its lineage",
            { ...state, about: asset.guid, open: null },
            on,
          ),
    ),
    h("h3", {}, "Attributes"),
    h(
      "dl.values",
      {},
      fact("status", asset.active ? "ACTIVE" : "DELETED"),
      fact("guid", asset.guid, true),
      facts.map(([name, { value, type }]) => fact(name, written(name, value, type), typeof value === "object")),
      Object.entries(asset.custom).map(([name, value]) => fact(name, shown(value))),
      fact("createTime", `${time(asset.created)} by ${shown(asset.createdBy)}`),
      fact("updateTime", `${time(asset.updated)} by ${shown(asset.updatedBy)}`),
    ),
    h("h3", {}, "Relationships"),
    Object.keys(asset.relationships).length ? null : h("p.note", {}, "None."),
    Object.entries(asset.relationships).map(([name, related]) =>
      h(
        "section.related",
        { "aria-label": name },
        h(
          "h4",
          {},
          name,
          h("span.number", {}, count(related.count)),
          related.removed ? h("span.number", {}, `${count(related.removed)} removed`) : null,
        ),
        pages(related, (offset) => api.related(asset.guid, name, offset), state, on),
      ),
    ),
  ];
}

function fact(name, value, code = false) {
  const parts = shown(name)
    .split(/(?<=[a-z0-9])(?=[A-Z])/)
    .flatMap((part) => [h("wbr"), part]);
  return [h("dt", {}, parts), h("dd", {}, code ? h("code", {}, value) : value)];
}

/** Write the value of an attribute: a date as one, a size with its unit, what is not a text as JSON. */
function written(name, value, type) {
  if (type === "date") return time(value);
  if (name === "s3ObjectSize" && value >= 1000) return `${count(value)} bytes (${bytes(value)})`;
  if (name === "s3ObjectSize") return bytes(value);
  return typeof value === "string" ? shown(value) : shown(JSON.stringify(value));
}

/** List a page of assets, with buttons for the next and the previous one. */
function pages(listed, more, state, on) {
  const box = h("div.pages");
  const total = listed.count + (listed.removed ?? 0);
  const draw = (page) => {
    const go = (offset, text, what) =>
      h(
        "button.step",
        {
          type: "button",
          "aria-label": what,
          data: { key: `${what} ${listed.assets[0]?.guid}` },
          disabled: offset < 0 || offset >= total,
          onclick: async () => draw(await more(offset)),
        },
        text,
      );
    fill(
      box,
      h(
        "ul.links",
        {},
        page.assets.map((asset) => h("li", {}, to(asset, state, on))),
      ),
      total > page.page
        ? h(
            "footer.pager",
            {},
            go(page.offset - page.page, "‹", "Previous"),
            h(
              "span",
              {},
              `${count(page.offset + 1)}–${count(Math.min(page.offset + page.page, total))} of ${count(total)}`,
            ),
            go(page.offset + page.page, "›", "Next"),
          )
        : null,
    );
  };
  draw(listed);
  return box;
}

/** Link to an asset: it opens here, and the graph goes to it if it does not have it. */
function to(asset, state, on) {
  const next = { ...state, asset: asset.guid, edge: "" };
  const gone = !asset.active || asset.linked === false;
  return h(
    `a.to${gone ? ".gone" : ""}`,
    {
      href: url(next),
      title: shown(asset.qualifiedName),
      data: { key: `to ${asset.guid}` },
      onclick: (event) => follow(event, next, on),
    },
    h("span.name", {}, shown(asset.name)),
    h("span.kind", {}, !asset.active ? "retired" : asset.linked === false ? "removed" : kind(asset.type)),
  );
}

function link(href, text, next, on) {
  return h("a.action", { href, data: { key: text }, onclick: (event) => follow(event, next, on) }, text);
}

/** Go without loading the page, unless the link is to be opened elsewhere. */
export function follow(event, next, on) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  on.go(next);
}

function copy(text) {
  const button = h(
    "button.copy",
    {
      type: "button",
      "aria-label": "Copy the qualified name",
      data: { key: "copy" },
      onclick: async () => {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      },
    },
    "Copy",
  );
  return navigator.clipboard ? button : null;
}
