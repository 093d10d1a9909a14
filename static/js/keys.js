/* The one table of keys. A key is bound in one of two ways, and "?" lists what is bound, no more and no less:
   - an element with data-key="s" (several: data-key="x shift+x") is clicked, a text field focused. One inside a
     [data-row] answers for the row one is at; where that row has none, the page's own does.
   - a line of TABLE moves about; it counts only where `applies` finds something to move.
   Names in the list: data-key-words of the element, for elements of rows the words of keys.html, else the element's own text.
   Keys of one character rest in text fields, while a dialog is open, and when they are switched off (WCAG 2.1.4). */
const WAIT = 1200;
let going = 0;

const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const every = (selector, root = document) => [...root.querySelectorAll(selector)];
const all = (selector, root = document) => every(selector, root).filter(visible);
const current = () => document.querySelector("[data-row].at");
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function typing(target) {
  if (target.isContentEditable) return true;
  if (target.matches("textarea, select")) return true;
  return target.matches("input") && !["checkbox", "radio", "button", "submit"].includes(target.type);
}

function settle(row) {
  tell("row:at", row);
  const link = row.querySelector("[data-open]") ?? row;
  if (link === row) row.tabIndex = -1;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const here = current();
  const rows = all("[data-row]", here?.closest("[data-column]") ?? document);
  const at = rows.indexOf(here);
  settle(at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[Math.min(Math.max(at + by, 0), rows.length - 1)]);
}

function across(by) {
  const columns = all("[data-column]").filter((column) => all("[data-row]", column).length);
  const here = current()?.closest("[data-column]");
  const order = here ? all("[data-row]", here).indexOf(current()) : 0;
  const column = columns[here ? columns.indexOf(here) + by : 0];
  const rows = column ? all("[data-row]", column) : [];
  if (rows.length) settle(rows[Math.min(Math.max(order, 0), rows.length - 1)]);
}

function open() {
  if (document.activeElement?.matches("a, button, summary, input, select")) return false;
  const link = current()?.querySelector("[data-open]");
  if (link) link.click();
  else if (!current() && rows()) step(1); // the next press opens
  else return false;
  return true;
}

/* The cell one is at, else the first of the row that can be edited. */
const editable = () => document.activeElement?.closest("[data-edit]") ?? all("[data-edit]", current() ?? document)[0];

// The bar of acts shows only while rows are selected: then its keys mean those, not the row one is at.
const ofSelection = (element) => element.closest("[data-bulk]") !== null;
const keysOf = (element) => element.dataset.key.split(" ");

/* Every element that a key presses now, by key: the row's one is at, else the page's, else that of the first row that has one. */
function pressed() {
  const here = current();
  const nearness = (element) => {
    const row = element.closest("[data-row]");
    if (ofSelection(element)) return -1;
    return row === here && row ? 0 : row ? 2 : 1;
  };
  const elements = all("[data-key]").map((element) => [nearness(element), element]);
  const bound = new Map();
  for (const [, element] of elements.sort((a, b) => a[0] - b[0])) {
    for (const key of keysOf(element)) if (!bound.has(key)) bound.set(key, element);
  }
  return bound;
}

/* What can be done with the customer of any row, or of the record one reads, whatever is offered there: letter → address with a 0 for it. */
const acts = new Map(every("a", document.getElementById("row-acts")?.content ?? document.createDocumentFragment()).map((act) => [act.dataset.letter, act.getAttribute("href")]));
const record = document.querySelector("main[data-customer]");
const withCustomer = () => [current(), record, all("[data-row][data-customer]")[0]].find((part) => part?.dataset.customer);

function act(key, element) {
  const [address, part] = [acts.get(key), withCustomer()];
  if (!address || !part || (element && (part !== current() || part.contains(element) || ofSelection(element)))) return false;
  if (part === current() || part === record) {
    window.htmx.ajax("get", address.replace("/0/", `/${part.dataset.customer}/`), { target: "#ask", swap: "innerHTML" });
  } else settle(part);
  return true;
}

function press(key, shiftKey) {
  const element = pressed().get(key);
  if (act(key, element)) return true;
  if (!element) return false;
  const row = element.closest("[data-row]");
  if (row && row !== current()) settle(row); // show which row is meant; the next press acts
  else if (typing(element)) element.focus();
  else element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window, shiftKey: shiftKey && element.matches("input") }));
  if (element.matches("summary")) element.scrollIntoView({ block: "start" });
  return true;
}

function help() {
  document.getElementById("me")?.hidePopover?.();
  list();
  document.getElementById("keys-help")?.showModal();
}

const rows = () => all("[data-row]").length > 0;
const columns = () => all("[data-column] [data-row]").length > 0;
const cards = () => all("[data-board] [data-move]").length > 0;
const TABLE = [
  { name: "command", keys: ["/"], group: "all", applies: () => document.getElementById("command"), act: () => tell("command:open", "") },
  { name: "contracts", keys: ["#"], group: "all", applies: () => document.getElementById("command"), act: () => tell("command:open", "#") },
  { name: "rows", keys: ["j", "k"], group: "rows", applies: rows, act: (key) => step(key === "j" ? 1 : -1) },
  { name: "columns", keys: ["h", "l"], group: "rows", applies: columns, act: (key) => across(key === "l" ? 1 : -1) },
  { name: "cards", keys: ["[", "]"], group: "rows", applies: cards, act: (key) => tell("card:move", key === "]" ? 1 : -1) },
  { name: "help", keys: ["?"], group: "all", applies: () => true, act: help },
];

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // A dialog that has just closed may leave the focus in a field that is gone until the next frame.
  if ((typing(event.target) && visible(event.target)) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter") {
    if (open()) event.preventDefault();
    return;
  }
  if (event.key === "F2" && editable()) {
    event.preventDefault();
    editable().click();
    return;
  }
  if (event.key.length !== 1 || document.documentElement.dataset.letters === "off") return;
  const letter = event.key.toLowerCase();
  if (going && Date.now() - going < WAIT) {
    going = 0;
    event.preventDefault();
    document.querySelector(`[data-go="${CSS.escape(letter)}"]`)?.click();
    return;
  }
  if (letter === "g") {
    going = Date.now();
    return;
  }
  const shifted = event.shiftKey && letter !== event.key;
  const line = !shifted && TABLE.find(({ keys, applies }) => keys.includes(letter) && applies());
  if (line) line.act(letter);
  if (line || press(shifted ? `shift+${letter}` : letter, event.shiftKey)) event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !row.classList.contains("at")) tell("row:at", row);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) help();
});

/* The list of keys. */
const CAPS = { enter: "↵" };
const cap = (key) => CAPS[key] ?? key.replace("shift+", "⇧").toUpperCase();

function wordsOf(element) {
  const copy = element.cloneNode(true);
  for (const part of copy.querySelectorAll("kbd, .count, [aria-hidden=true]")) part.remove();
  const label = element.labels?.[0]?.textContent ?? element.placeholder;
  return (element.getAttribute("aria-label") ?? (copy.textContent.trim() || label || element.title)).trim().replace(/\s+/g, " ");
}

function entry(caps, words) {
  const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
  for (const text of caps) {
    const key = document.createElement("kbd");
    key.textContent = text;
    term.append(key, " ");
  }
  meaning.textContent = words;
  return [term, meaning];
}

function list() {
  const groups = Object.fromEntries(every("#keys-help [data-group]").map((group) => [group.dataset.group, group.querySelector("dl")]));
  const named = (name) => document.getElementById("keys-names").content.querySelector(`[data-name="${CSS.escape(name)}"]`)?.textContent;
  for (const part of every("#keys-help [data-bound]")) part.remove();
  const add = (group, caps, words) => {
    for (const part of entry(caps, words)) {
      part.dataset.bound = caps.join(" ");
      groups[group].append(part);
    }
  };
  if (document.documentElement.dataset.letters !== "off") {
    const taken = new Set();
    for (const { name, keys, group, applies } of TABLE) {
      if (!applies()) continue;
      for (const key of keys) taken.add(key);
      add(group, keys.map(cap), named(name));
    }
    const [part, elements] = [withCustomer(), pressed()];
    for (const key of part ? acts.keys() : []) {
      if (taken.has(key) || (elements.has(key) && (part !== current() || part.contains(elements.get(key)) || ofSelection(elements.get(key))))) continue;
      taken.add(key);
      add(part === record ? "page" : "rows", [cap(key)], named(key));
    }
    for (const [key, element] of elements) {
      if (taken.has(key)) continue;
      const row = element.closest("[data-row]");
      add(row ? "rows" : "page", [cap(key)], element.dataset.keyWords ?? ((row && named(key)) || wordsOf(element)));
    }
    for (const place of document.querySelectorAll("[data-go]")) add("go", ["G", cap(place.dataset.go)], wordsOf(place));
  }
  if (editable()) add("rows", ["F2"], named("edit"));
  if ((current() ?? all("[data-row]")[0])?.querySelector("[data-open]")) add("rows", ["↵"], named("enter"));
  for (const group of Object.values(groups)) group.closest("[data-group]").hidden = !group.children.length;
}
