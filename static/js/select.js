/* Selecting rows of a list: by their boxes, X (data-key on the box), ⇧ for a range, the head's box for the page, a group's head for all of
   its rows, shown or not, all that are found; Esc lets go. The boxes belong to the form of the bar of acts, which shows while one is
   ticked (bulk.css). What is ticked stays ticked when the list is read anew, until an act on it was done. */
let last = "";
let spoken = "";

const boxes = () => [...document.querySelectorAll("[data-select]")];
const groups = () => [...document.querySelectorAll("[data-select-group]")];
const bar = () => document.querySelector("[data-bulk]");
const every = () => bar()?.querySelector("[data-bulk-all]");

function boxesOf(group) {
  const inside = [];
  for (let row = group.closest("tr").nextElementSibling; row && !row.matches(".group"); row = row.nextElementSibling) {
    inside.push(...row.querySelectorAll("[data-select]"));
  }
  return inside;
}

const groupOf = (box) => groups().findLast((group) => group.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);

function counted() {
  const whole = groups().filter((group) => group.checked);
  const inside = new Set(whole.flatMap(boxesOf));
  const alone = boxes().filter((box) => box.checked && !inside.has(box)).length;
  return whole.reduce((sum, group) => sum + Number(group.dataset.count), alone);
}

function tell() {
  const all = boxes();
  for (const box of all) box.closest("[data-row]")?.toggleAttribute("data-selected", box.checked);
  for (const group of groups()) group.indeterminate = !group.checked && boxesOf(group).some((box) => box.checked);
  const ticked = all.filter((box) => box.checked).length;
  for (const top of document.querySelectorAll("[data-select-all]")) {
    top.hidden = false;
    top.checked = ticked > 0 && ticked === all.length;
    top.indeterminate = ticked > 0 && ticked < all.length;
  }
  const form = bar();
  if (!form) return;
  const count = counted();
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

function range(to, checked) {
  const all = boxes();
  const from = all.find((box) => box.value === last);
  const [a, b] = [all.indexOf(from), all.indexOf(to)].sort((x, y) => x - y);
  if (a >= 0) for (const box of all.slice(a, b + 1)) box.checked = checked;
}

function set(checked) {
  for (const box of boxes()) box.checked = checked;
  if (checked) return;
  for (const group of groups()) group.checked = false;
  if (every()) every().checked = false;
}

// A row that is let go takes its group along: that is no longer meant as a whole.
function letGo(box) {
  if (box.checked) return;
  const group = groupOf(box);
  if (group) group.checked = false;
  if (every()) every().checked = false;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  const group = event.target.closest("[data-select-group]");
  if (box) {
    if (event.shiftKey) range(box, box.checked);
    last = box.value;
    letGo(box);
    tell();
  } else if (group) {
    const inside = boxesOf(group);
    for (const each of inside) each.checked = group.checked;
    if (event.shiftKey && inside[0]) range(inside[0], group.checked);
    if (!group.checked && every()) every().checked = false;
    last = inside.at(-1)?.value ?? last;
    tell();
  }
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
  if (![...boxes(), ...groups()].some((box) => box.checked)) return;
  set(false);
  tell();
});

let kept = null;
let acted = false;
const ticked = (all) => new Set(all.filter((box) => box.checked).map((box) => box.value));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, shouldSwap } = event.detail;
  if (!shouldSwap || !target?.querySelector("[data-select], [data-select-group]")) return;
  kept = acted ? null : { rows: ticked(boxes()), groups: ticked(groups()), all: every()?.checked };
  acted = false;
});

// An act on what is selected was done, or goes on in the background: the list that is read anew after it has nothing selected.
document.addEventListener("htmx:afterRequest", (event) => {
  const { successful, requestConfig } = event.detail;
  if (successful && requestConfig.verb === "post" && /^\/bulk\/[a-z]/.test(requestConfig.path)) acted = true;
});

document.addEventListener("htmx:afterSwap", () => {
  if (kept && boxes().length + groups().length) {
    for (const box of boxes()) box.checked = kept.rows.has(box.value);
    for (const group of groups()) {
      group.checked = kept.groups.has(group.value);
      if (group.checked) for (const box of boxesOf(group)) box.checked = true;
    }
    if (every()) every().checked = kept.all && boxes().length > 0;
  }
  kept = null;
  tell();
});
window.addEventListener("pageshow", tell);
