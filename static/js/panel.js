/* Panels that fail alone, parts that refresh while looked at, and dialogs. */
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);

function failed(event) {
  const panel = event.detail.elt;
  if (!panel?.matches?.("[data-panel]") || event.detail.requestConfig?.verb !== "get") return;
  panel.setAttribute("aria-busy", "false");
  if (panel.querySelector("[data-retry]")) return;
  const note = document.getElementById("panel-failed").content.cloneNode(true);
  const waiting = panel.querySelector(".waiting");
  if (waiting) waiting.replaceWith(note);
  else (panel.querySelector(":scope > header") ?? panel.firstElementChild)?.after(note);
}

document.addEventListener("click", (event) => {
  const retry = event.target.closest("[data-retry]");
  const panel = retry?.closest("[data-panel]");
  if (panel) {
    retry.closest(".callout").remove();
    const swap = { target: panel, swap: panel.getAttribute("hx-swap") ?? "outerHTML", source: panel };
    window.htmx.ajax("get", panel.getAttribute("hx-get"), swap);
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog[open]")) event.target.close(); // the veil around it
});

/* What is swapped into #ask is asked in a dialog; its answer closes it. */
const ask = document.getElementById("ask");
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== ask) return;
  const asks = event.detail.requestConfig.verb === "get" || [409, 422].includes(event.detail.xhr.status);
  if (!asks || !ask.innerHTML.trim()) {
    ask.close();
    ask.replaceChildren();
    return;
  }
  if (!ask.open) ask.showModal();
  ask.querySelector("[autofocus], [aria-invalid=true], input:not([type=hidden]), textarea, select")?.focus();
});
// Somebody else changed the same: which version stays is asked in the dialog.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  if (detail.xhr.status !== 409 || !detail.xhr.getResponseHeader("HX-Retarget")) return;
  detail.shouldSwap = true;
  detail.isError = false;
});
document.addEventListener("click", (event) => {
  const take = event.target.closest("[data-take]");
  if (!take) return;
  for (const side of take.closest("[data-conflict]").querySelectorAll(`input[value=${take.dataset.take}][required]`)) {
    side.checked = true;
  }
});
// Ctrl Enter sends what a form asks, from any of its fields; what is typed in the palette is no such form.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey) || event.isComposing) return;
  const form =
    event.target.closest?.("form") ??
    document.querySelector("dialog[open] form") ??
    document.querySelector("main [data-conflict]");
  if (form?.method !== "post") return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button.primary:not([type=button])"));
});
document.addEventListener("ask:close", () => {
  ask?.close();
  setTimeout(() => ask?.open || ask?.replaceChildren()); // a form that is gone already would take the answer's toast along
});

/* data-poll="60": the element hears "poll" that often, but only while the page is seen. */
let beat = 0;
setInterval(() => {
  beat += 1;
  if (document.visibilityState !== "visible") return;
  for (const part of document.querySelectorAll("[data-poll]")) {
    if (beat % (Number(part.dataset.poll) || 60) === 0) window.htmx?.trigger(part, "poll");
  }
}, 1000);
