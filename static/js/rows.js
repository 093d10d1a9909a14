/* Marking a row done before the server has answered. */
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
