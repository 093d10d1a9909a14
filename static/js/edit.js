/* A cell edited in its place: the server swaps an input in; Enter or leaving saves, Esc restores. */
const before = new WeakMap();

document.addEventListener("htmx:beforeSwap", (event) => {
  const cell = event.detail.target;
  if (!cell?.matches?.("[data-cell]") || event.detail.requestConfig?.verb !== "get") return;
  before.set(cell, cell.innerHTML);
});

/* A part that refreshes around an open cell waits until the cell is left: what is typed is never lost. */
let waiting = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  const form = document.querySelector("[data-edit-form]");
  if (requestConfig?.verb !== "get" || !form || !target?.contains(form) || target.matches("[data-cell]")) return;
  event.detail.shouldSwap = false;
  waiting = target;
});

document.addEventListener("htmx:afterSwap", (event) => {
  const input = event.detail.target?.querySelector?.("[data-edit-form] input:not([type=hidden]), [data-edit-form] select");
  input?.focus();
  input?.select?.();
});

function restore(form, focus) {
  const cell = form.closest("[data-cell]");
  if (!cell || !before.has(cell)) return;
  form.dataset.left = "yes";
  cell.innerHTML = before.get(cell);
  window.htmx.process(cell);
  if (focus) cell.querySelector("[data-edit]")?.focus();
  if (waiting?.isConnected) {
    const swap = { target: waiting, swap: waiting.getAttribute("hx-swap") ?? "outerHTML", source: waiting };
    window.htmx.ajax("get", waiting.getAttribute("hx-get"), swap);
  }
  waiting = null;
}

const changed = (form) =>
  [...form.elements].some((field) => {
    if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.type !== "hidden" && field.value !== field.defaultValue;
  });

// The dialog asks which version stays; the cell shows what it showed before.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (form && event.detail.xhr.status === 409) restore(form, false);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (!form || event.key !== "Escape") return;
  event.preventDefault();
  restore(form, true);
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-edit-form]")) event.target.dataset.left = "yes";
}, true);

document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (!form || form.dataset.left || form.contains(event.relatedTarget)) return;
  setTimeout(() => {
    if (!form.isConnected || form.dataset.left || form.contains(document.activeElement)) return;
    if (changed(form)) form.requestSubmit();
    else restore(form, false);
  });
});
