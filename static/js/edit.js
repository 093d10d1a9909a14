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
  const form = document.querySelector("[data-edit-form], [data-edit].htmx-request");
  if (requestConfig?.verb !== "get" || !form || !target?.contains(form) || target.matches("[data-cell]")) return;
  event.detail.shouldSwap = false;
  const { elt } = requestConfig;
  waiting = { target, path: requestConfig.path, swap: elt.getAttribute("hx-swap") ?? (elt === target ? "outerHTML" : "innerHTML") };
});

document.addEventListener("htmx:afterSwap", (event) => {
  const cell = event.detail.target;
  const input = cell?.querySelector?.("[data-edit-form] :is(input:not([type=hidden]), select, textarea)");
  input?.focus();
  input?.select?.();
  // After Enter one stands on the cell again; who went on elsewhere stays there.
  if (!input && cell?.matches?.("[data-cell]") && document.activeElement === document.body) cell.querySelector("[data-edit]")?.focus();
});

function restore(form, focus) {
  const cell = form.closest("[data-cell]");
  if (!cell || !before.has(cell)) return;
  form.dataset.left = "yes";
  cell.innerHTML = before.get(cell);
  cell.querySelector("[data-edit]")?.classList.remove("htmx-request");
  window.htmx.process(cell);
  if (focus) cell.querySelector("[data-edit]")?.focus();
  if (waiting?.target.isConnected) window.htmx.ajax("get", waiting.path, { target: waiting.target, swap: waiting.swap, source: waiting.target });
  waiting = null;
}

const changed = (form) =>
  [...form.elements].some((field) => {
    if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected);
    if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
  });

/* Back in the browser draws the page anew and puts back what was typed, beside a fresh mark of what the form shows. The mark
   beside which it was typed is kept with that entry of the browser's history, and put back too. An entry of which something is
   kept is no longer sent anew: the page that asks for a choice, on which nothing is typed, is left as it is. */
const marked = (form) => !("conflict" in form.dataset) && form.elements.namedItem("shown");
const kept = () => history.state?.shown ?? {};
const left = kept();

function keep(form) {
  const mark = marked(form)?.value;
  if (!mark || kept()[form.action] === mark) return;
  history.replaceState({ ...history.state, shown: { ...kept(), [form.action]: mark } }, "");
}
document.addEventListener("input", (event) => event.target.form && keep(event.target.form));
document.addEventListener("htmx:afterSettle", () => [...document.forms].filter(changed).forEach(keep));

// Only now is everything put back, in every browser, and no event says so.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) return;
  for (const form of [...document.forms].filter(changed)) {
    if (marked(form) && left[form.action]) marked(form).value = left[form.action];
    keep(form);
  }
});

// The dialog asks which version stays; the cell shows what it showed before.
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (form && event.detail.xhr.status === 409) restore(form, false);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (form && event.key === "Enter" && event.target.matches("select")) {
    event.preventDefault();
    form.requestSubmit();
  }
  if (!form || event.key !== "Escape") return;
  event.preventDefault();
  restore(form, true);
});

document.addEventListener("click", (event) => {
  const leave = event.target.closest("[data-edit-leave]");
  if (leave) restore(leave.closest("[data-edit-form]"), true);
});

// What is picked by hand in a cell of one choice is meant; keys pass over choices on the way to one.
let pointed = false;
for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, () => (pointed = type === "pointerdown"), true);
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-edit-form]");
  if (!form || !pointed || !event.target.matches("select")) return;
  if (form.querySelectorAll("input:not([type=hidden]), select, textarea").length === 1) form.requestSubmit();
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

/* Who leaves a page on which a form marked data-typed has something that was typed and not sent is asked first. */
let sending = false;

document.addEventListener("submit", (event) => {
  sending = event.target.matches("[data-typed]") && !event.defaultPrevented;
});
window.addEventListener("pageshow", () => (sending = false));
window.addEventListener("beforeunload", (event) => {
  if (!sending && [...document.querySelectorAll("form[data-typed]")].some(changed)) event.preventDefault();
});
