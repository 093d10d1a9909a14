/* Selecting rows (boxes, ⇧ for a range, all; their data-key says X and ⇧X) and marking one done before the server has answered. */
let last = null;

const boxes = () => [...document.querySelectorAll("[data-select]")];

function tell() {
  const every = boxes();
  const count = every.filter((box) => box.checked).length;
  for (const bar of document.querySelectorAll("[data-bulk]")) {
    bar.hidden = count === 0;
    for (const place of bar.querySelectorAll("[data-bulk-count]")) place.textContent = String(count);
  }
  for (const top of document.querySelectorAll("[data-select-all]")) {
    top.checked = count > 0 && count === every.length;
    top.indeterminate = count > 0 && count < every.length;
  }
}

function range(from, to, checked) {
  const every = boxes();
  const [a, b] = [every.indexOf(from), every.indexOf(to)].sort((x, y) => x - y);
  if (a >= 0) for (const box of every.slice(a, b + 1)) box.checked = checked;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (box && event.shiftKey && last) range(last, box, box.checked);
  if (box) last = box;
  if (event.target.closest("[data-bulk-clear]")) {
    for (const each of boxes()) each.checked = false;
    tell();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) {
    for (const box of boxes()) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-select], [data-select-all]")) tell();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest("[data-optimistic]");
  form?.closest("[data-row]")?.classList.toggle("done");
});

function giveBack(event) {
  const form = event.target.closest?.("[data-optimistic]");
  if (!form) return;
  form.closest("[data-row]")?.classList.toggle("done");
  for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = box.defaultChecked;
}

document.addEventListener("htmx:responseError", giveBack);
// A tick that was not enough: what is missing is asked in a dialog, the row is as it was.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.status === 422) giveBack(event);
});
document.addEventListener("htmx:sendError", giveBack);
document.addEventListener("htmx:afterSwap", tell);
window.addEventListener("pageshow", tell);
