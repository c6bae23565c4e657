// The cards of the graph: a table with its columns, or the objects of one lineage.

import { h } from "./dom.js";
import { bytes, count, kind, many, shown } from "./text.js";

/** Make the card's element; *on* has what buttons do: select(guid), toggle(card), page(card, offset). */
export function make(card, on) {
  const inner = card.kind === "table" ? table(card, on) : objects(card, on);
  return h(`article.card.${card.kind}${card.active ? "" : ".gone"}`, { data: { id: card.id } }, inner);
}

function table(card, on) {
  const what = `${kind(card.type)} ${shown(card.name)}, ${shown(card.path)}, ${shown(card.connector)}${gone(card)}`;
  return [
    h(
      "button.head",
      {
        type: "button",
        "aria-label": what,
        data: { key: card.id, guid: card.guid },
        onclick: () => on.select(card.guid),
      },
      h("span.badge", { data: { connector: card.connector }, title: card.connector }, mark(card.connector)),
      h(
        "span.words",
        {},
        h("span.name", { title: shown(card.name) }, shown(card.name)),
        h("span.path", {}, shown(card.path)),
      ),
      card.active ? null : h("span.tag", {}, "retired"),
    ),
    card.count ? toggle(card, many(card.count, "column"), `Columns of ${shown(card.name)}`, on) : null,
    card.open
      ? h(
          "ul.rows",
          {},
          card.rows.map((row) => h("li", {}, column(row, on))),
        )
      : null,
    card.open ? pager(card, card.count, on) : null,
  ];
}

function column(row, on) {
  const words = row.lineage ? "" : ", no lineage";
  return h(
    `button.row.column${row.lineage ? "" : ".idle"}`,
    {
      type: "button",
      data: { key: row.guid, guid: row.guid },
      "aria-label": `Column ${shown(row.name)}, ${row.type}${words}`,
      onclick: () => on.select(row.guid),
    },
    h("span.name", { title: shown(row.name) }, shown(row.name)),
    h("span.type", {}, shown(row.type.toLowerCase())),
  );
}

function objects(card, on) {
  if (card.count + card.retired === 1 && !card.more) return [lone(card, card.rows[0], on)];
  const total = card.count + card.retired;
  const number = `${count(card.count)}${card.more ? "+" : ""} ${card.count === 1 && !card.more ? "object" : "objects"}`;
  const facts = [card.count ? bytes(card.size) : null, card.retired ? `${count(card.retired)} retired` : null];
  return [
    h(
      "header.head",
      {},
      stack(),
      h(
        "span.words",
        {},
        h("span.name", {}, number, h("span.facts", {}, facts.filter(Boolean).join(" · "))),
        folder(card),
      ),
    ),
    h(
      "ul.rows",
      {},
      card.rows.map((row) => h("li", {}, object(row, on))),
    ),
    card.few
      ? null
      : card.open
        ? pager(card, total, on, true)
        : toggle(card, `Show all ${count(total)}`, "All objects, the newest first", on),
  ];
}

/** Make the card of a single object, which has no list. */
function lone(card, row, on) {
  return h(
    "button.head",
    {
      type: "button",
      "aria-label": `Object ${shown(row.label)}, ${bytes(row.size)}${gone(row)}`,
      data: { key: row.guid, guid: row.guid },
      onclick: () => on.select(row.guid),
    },
    stack(),
    h(
      "span.words",
      {},
      h(
        "span.line",
        {},
        h("span.name", { title: shown(row.label) }, shown(row.label)),
        h("span.size", {}, row.active ? bytes(row.size) : "retired"),
      ),
      folder(card),
    ),
  );
}

const stack = () => h("span.stack", { "aria-hidden": "true" });

function folder(card) {
  const whole = `${shown(card.bucket)}/${shown(card.prefix)}`;
  const parts = shortened(whole).split(/(?<=\/)/); // it breaks after slashes
  return h(
    "span.path",
    { title: `s3://${whole}` },
    parts.flatMap((part) => [h("wbr"), part]),
  );
}

/** Leave out folders in the middle of a path that is too long for a card. */
function shortened(path, most = 54) {
  if (path.length <= most) return path;
  const [bucket, ...folders] = path.replace(/\/$/, "").split("/");
  let end = `${folders.pop() ?? ""}/`;
  while (folders.length && `${bucket}/…/${folders.at(-1)}/${end}`.length <= most) end = `${folders.pop()}/${end}`;
  return folders.length ? `${bucket}/…/${end}` : `${bucket}/${end}`;
}

function object(row, on) {
  return h(
    `button.row.object${row.active ? "" : ".gone"}`,
    {
      type: "button",
      data: { key: row.guid, guid: row.guid },
      "aria-label": `Object ${shown(row.label)}, ${bytes(row.size)}${gone(row)}`,
      onclick: () => on.select(row.guid),
    },
    h("span.name", { title: shown(row.label) }, shown(row.label)),
    h("span.type", {}, row.active ? bytes(row.size) : "retired"),
  );
}

function toggle(card, text, what, on) {
  return h(
    "button.toggle",
    {
      type: "button",
      "aria-expanded": String(card.open),
      "aria-label": `${text}. ${what}`,
      data: { key: `toggle ${card.id}` },
      onclick: () => on.toggle(card),
    },
    h("span", {}, text),
    h("span.chevron", { "aria-hidden": "true" }),
  );
}

/** Make what leads to the other lines of an open card, if not all fit. */
function pager(card, total, on, closes = false) {
  const last = Math.min(card.offset + card.page, total);
  const to = (offset, text, what) =>
    h(
      "button.step",
      {
        type: "button",
        disabled: offset < 0 || offset >= total || offset === card.offset,
        "aria-label": what,
        data: { key: `${what} ${card.id}` },
        onclick: () => on.page(card, offset),
      },
      text,
    );
  if (total <= card.page && !closes) return null;
  return h(
    "footer.pager",
    {},
    total > card.page ? to(card.offset - card.page, "‹", "Previous") : null,
    h("span", {}, `${count(card.offset + 1)}–${count(last)} of ${count(total)}${card.more ? "+" : ""}`),
    total > card.page ? to(card.offset + card.page, "›", "Next") : null,
    closes
      ? h(
          "button.step.less",
          {
            type: "button",
            "aria-expanded": "true",
            data: { key: `toggle ${card.id}` },
            onclick: () => on.toggle(card),
          },
          "Show fewer",
        )
      : null,
  );
}

const gone = (asset) => (asset.active ? "" : ", retired");

/** Shorten the name of a connector to its first letters. */
const mark = (connector) =>
  ({ postgres: "PG", snowflake: "SF", redshift: "RS", bigquery: "BQ", databricks: "DB" })[connector] ??
  shown(connector).slice(0, 2).toUpperCase();
