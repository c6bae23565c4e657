// The search box: a combobox whose list is found while one types.

import * as api from "./api.js";
import { byId, h } from "./dom.js";
import { kind, shown } from "./text.js";

const PAUSE = 120; // ms after a key until the search begins

/** Build the box; *choose* is called with the asset that was chosen. */
export function start(choose) {
  const list = h("ul.hits", { id: "hits", role: "listbox", "aria-label": "Assets found", hidden: true });
  const note = h("p.hits.note", { hidden: true });
  const input = h("input", {
    id: "search",
    type: "search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Search tables, objects, processes, columns",
    "aria-label": "Search assets by name",
    "aria-expanded": "false",
    "aria-controls": "hits",
    "aria-autocomplete": "list",
  });
  byId("find").append(input, h("kbd", { "aria-hidden": "true" }, "/"), list, note);
  const box = new Box(input, list, note, choose);
  input.addEventListener("input", () => box.type());
  input.addEventListener("keydown", (event) => box.key(event));
  input.addEventListener("focus", () => box.type());
  input.addEventListener("blur", () => setTimeout(() => box.close(), 150));
}

class Box {
  constructor(input, list, note, choose) {
    Object.assign(this, { input, list, note, choose, assets: [], at: -1, found: "", timer: 0, running: null });
  }

  type() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.find(), PAUSE);
  }

  async find() {
    const text = this.input.value.trim();
    this.running?.abort();
    if (!text) return this.close();
    this.running = new AbortController();
    try {
      const found = await api.search(text, this.running.signal);
      this.show(found, text);
    } catch (error) {
      if (error.name !== "AbortError") this.tell("The catalog does not answer.");
    }
  }

  show({ assets, more }, text) {
    Object.assign(this, { assets, found: text });
    if (!assets.length)
      return this.tell(
        `No name has “${shown(text)}” in it. Any part of a name or a qualified name is found, in any case.`,
      );
    this.list.replaceChildren(...assets.map((asset, place) => this.option(asset, place)));
    this.note.hidden = !more;
    this.note.textContent = more ? `The first ${assets.length}; type more to find others.` : "";
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(0);
  }

  option(asset, place) {
    return h(
      `li.hit${asset.active ? "" : ".gone"}`,
      {
        id: `hit-${place}`,
        role: "option",
        "aria-selected": "false",
        onpointerdown: (event) => this.press(event, place),
      },
      h("span.name", {}, shown(asset.name)),
      h("span.kind", {}, asset.active ? kind(asset.type) : `${kind(asset.type)}, retired`),
      h("span.path", {}, h("bdi", {}, shown(asset.qualifiedName))),
    );
  }

  press(event, place) {
    event.preventDefault();
    this.mark(place);
    this.take();
  }

  tell(text) {
    this.close();
    this.note.textContent = text;
    this.note.hidden = false;
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !this.list.hidden) this.mark((this.at + step + this.assets.length) % this.assets.length);
    else if (event.key === "Enter") this.enter();
    else if (event.key === "Escape") this.escape();
    else return;
    event.preventDefault();
  }

  /** Take what is marked, once it was found for the text as it is now. */
  async enter() {
    if (this.list.hidden || this.found !== this.input.value.trim()) await this.find();
    if (!this.list.hidden) this.take();
  }

  escape() {
    if (this.list.hidden && this.note.hidden) this.input.value = "";
    this.close();
  }

  mark(place) {
    this.at = place;
    [...this.list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === place)));
    this.input.setAttribute("aria-activedescendant", `hit-${place}`);
    this.list.children[place].scrollIntoView({ block: "nearest" });
  }

  take() {
    const asset = this.assets[this.at];
    this.close();
    this.input.blur();
    if (asset) this.choose(asset);
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = this.note.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
