/* My day: a tap marks a line as J and K do, and after an act the list comes back with the mark where one was. */
let kept = null;

const list = () => document.querySelector("ol.day");
const rows = () => [...(list()?.querySelectorAll("[data-row]") ?? [])];

function mark(row) {
  for (const other of rows()) {
    other.classList.toggle("at", other === row);
    if (other !== row) other.removeAttribute("aria-current");
  }
  row.setAttribute("aria-current", "true");
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("ol.day [data-row]");
  if (row && !event.target.closest("a, button, input, label")) mark(row);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "day" || !event.detail.shouldSwap) return;
  const here = rows();
  const at = here.findIndex((row) => row.classList.contains("at"));
  kept = at < 0 ? null : { at, line: here[at].dataset.line, focused: here[at].contains(document.activeElement) };
});

document.addEventListener("htmx:afterSettle", () => {
  if (!kept || !list()) return;
  const open = rows().filter((row) => !row.classList.contains("done"));
  const row = rows().find((each) => each.dataset.line === kept.line) ?? open[Math.min(kept.at, open.length - 1)];
  const { focused } = kept;
  kept = null;
  if (!row) return;
  mark(row);
  if (focused || document.activeElement === document.body) {
    row.querySelector("[data-open]")?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
});
