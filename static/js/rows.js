/* Marking a row done before the server has answered, and keeping the mark of the row one is at when its list is read anew. */
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

let kept = null;
const nameOf = (row) => row.dataset.line || row.id || row.querySelector("[data-open]")?.getAttribute("href");

function mark(row) {
  for (const other of document.querySelectorAll("[data-row].at")) {
    other.classList.remove("at");
    other.removeAttribute("aria-current");
  }
  row.classList.add("at");
  row.setAttribute("aria-current", "true");
}

document.addEventListener("row:at", (event) => mark(event.detail));

// On My day a tap does what J and K do.
document.addEventListener("click", (event) => {
  const row = event.target.closest("ol.day [data-row]");
  if (row && !event.target.closest("a, button, input, label")) mark(row);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, shouldSwap } = event.detail;
  const here = shouldSwap && target?.querySelector("[data-row].at");
  if (!here) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const focused = here.contains(document.activeElement);
  const link = focused && document.activeElement.getAttribute("href");
  kept = { at: rows.indexOf(here), line: nameOf(here), focused, link };
});

// The same row where it is still listed, else the first open one at or after its place.
document.addEventListener("htmx:afterSettle", () => {
  if (!kept || document.querySelector("[data-row].at")) return;
  const { at, line, focused, link } = kept;
  kept = null;
  const rows = [...document.querySelectorAll("[data-row]")];
  const open = rows.filter((row) => !row.classList.contains("done"));
  const row = rows.find((each) => nameOf(each) === line) ?? open[Math.min(at, open.length - 1)];
  if (!row) return;
  mark(row);
  if (focused || document.activeElement === document.body) {
    const same = link && [...row.querySelectorAll("a")].find((each) => each.getAttribute("href") === link && each.checkVisibility());
    (same || row.querySelector("[data-open]"))?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
});
