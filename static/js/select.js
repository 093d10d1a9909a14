/* Selecting rows of a list: by their boxes, X (data-key on the box), ⇧ for a range, the head's box for the page, all that are found;
   Esc lets go. The boxes belong to the form of the bar of acts, which shows while one is ticked (bulk.css). */
let last = null;
let spoken = "";

const boxes = () => [...document.querySelectorAll("[data-select]")];
const bar = () => document.querySelector("[data-bulk]");
const every = () => bar()?.querySelector("[data-bulk-all]");

function tell() {
  const all = boxes();
  const count = all.filter((box) => box.checked).length;
  for (const box of all) box.closest("[data-row]")?.toggleAttribute("data-selected", box.checked);
  for (const top of document.querySelectorAll("[data-select-all]")) {
    top.hidden = false;
    top.checked = count > 0 && count === all.length;
    top.indeterminate = count > 0 && count < all.length;
  }
  const form = bar();
  if (!form) return;
  const words = every().checked ? form.dataset.every : form.dataset.some.replace("{n}", count);
  form.querySelector("[data-bulk-count]").textContent = words;
  if (count) window.htmx?.trigger(document.body, "bulk:begun");
  say(count ? words : "");
}

// Read out once one has stopped ticking: a range of thirty is one sentence.
let pause = 0;
function say(words) {
  clearTimeout(pause);
  pause = setTimeout(() => {
    const place = document.querySelector("[data-bulk-said]");
    if (place && (words || spoken)) place.textContent = words;
    spoken = words;
  }, 400);
}

function range(from, to, checked) {
  const all = boxes();
  const [a, b] = [all.indexOf(from), all.indexOf(to)].sort((x, y) => x - y);
  if (a >= 0) for (const box of all.slice(a, b + 1)) box.checked = checked;
}

function set(checked) {
  for (const box of boxes()) box.checked = checked;
  if (!checked && every()) every().checked = false;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (!box) return;
  if (event.shiftKey && last?.isConnected) range(last, box, box.checked);
  last = box;
  if (!box.checked && every()) every().checked = false;
  tell();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) set(event.target.checked);
  if (event.target.matches("[data-bulk-all]") && event.target.checked) set(true);
  if (event.target.matches("[data-select], [data-select-all], [data-bulk-all]")) tell();
});

document.addEventListener("reset", (event) => {
  if (event.target === bar()) {
    set(false);
    setTimeout(tell);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  if (!boxes().some((box) => box.checked)) return;
  set(false);
  tell();
});

document.addEventListener("htmx:afterSwap", tell);
window.addEventListener("pageshow", tell);
