/* The keyboard: rows with J and K, buttons by their data-key, places by G and a letter.
   Letters rest in text fields, while a dialog is open, and when they are switched off. */
const WAIT = 1200;
let going = 0;

const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const all = (selector, root = document) => [...root.querySelectorAll(selector)].filter(visible);
const current = () => document.querySelector("[data-row].at");

function typing(target) {
  if (target.isContentEditable) return true;
  if (target.matches("textarea, select")) return true;
  return target.matches("input") && !["checkbox", "radio", "button", "submit"].includes(target.type);
}

function mark(row) {
  for (const other of document.querySelectorAll("[data-row].at")) {
    other.classList.remove("at");
    other.removeAttribute("aria-current");
  }
  row.classList.add("at");
  row.setAttribute("aria-current", "true");
}

function settle(row) {
  mark(row);
  const link = row.querySelector("[data-open]") ?? row;
  if (link === row) row.tabIndex = -1;
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const here = current();
  const column = here?.closest("[data-column]");
  const rows = all("[data-row]", column ?? document);
  if (!rows.length) return;
  const at = rows.indexOf(here);
  settle(at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[Math.min(Math.max(at + by, 0), rows.length - 1)]);
}

function across(by) {
  const columns = all("[data-column]");
  const here = current()?.closest("[data-column]");
  if (!columns.length) return false;
  const order = [...(here ? all("[data-row]", here) : [])].indexOf(current());
  let at = columns.indexOf(here);
  for (at += by; at >= 0 && at < columns.length; at += by) {
    const rows = all("[data-row]", columns[at]);
    if (rows.length) {
      settle(rows[Math.min(Math.max(order, 0), rows.length - 1)]);
      break;
    }
  }
  return true;
}

function press(key) {
  const selector = `[data-key="${CSS.escape(key)}"]`;
  const row = current();
  const found = (row && all(selector, row)[0]) ?? all(selector).find((element) => !element.closest("[data-row]"));
  if (!found) return false;
  if (found.matches("input:not([type=checkbox], [type=radio]), textarea, select")) found.focus();
  else found.click();
  return true;
}

function open() {
  const row = current();
  const link = row?.querySelector("[data-open]");
  if (!link || document.activeElement?.matches("a, button, summary, input, select")) return false;
  link.click();
  return true;
}

function go(letter) {
  document.querySelector(`[data-go="${CSS.escape(letter)}"]`)?.click();
}

function help() {
  document.getElementById("me")?.hidePopover?.();
  document.getElementById("keys-help")?.showModal();
}

const MOVES = {
  j: () => step(1),
  k: () => step(-1),
  h: () => across(-1),
  l: () => across(1) || press("l"),
  "?": help,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  // A dialog that has just closed may leave the focus in a field that is gone until the next frame.
  if ((typing(event.target) && visible(event.target)) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter") {
    if (open()) event.preventDefault();
    return;
  }
  if (event.key.length !== 1 || document.documentElement.dataset.letters === "off") return;
  const key = event.key.toLowerCase();
  if (going && Date.now() - going < WAIT) {
    going = 0;
    event.preventDefault();
    go(key);
    return;
  }
  if (key === "g") {
    going = Date.now();
    return;
  }
  const acted = MOVES[key] ? MOVES[key]() !== false : !["x", "z", "/"].includes(key) && press(key);
  if (acted) event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !row.classList.contains("at")) mark(row);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) help();
});
