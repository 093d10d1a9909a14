/* A form is sent once: its buttons rest while it is under way, and after an answer it carries a fresh key. */
const buttons = (form) => form.querySelectorAll("button:not([type=button]), input[type=submit]");

function rest(form) {
  form.dataset.sent = "yes";
  for (const button of buttons(form)) {
    if (button.disabled) continue;
    button.disabled = true;
    button.dataset.resting = "yes";
  }
}

function wake(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[data-resting]")) {
    button.disabled = false;
    delete button.dataset.resting;
  }
}

function renew(form) {
  const key = form.querySelector("input[name=form_key]");
  if (key) key.value = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16)).join("");
}

const writes = (form) => form instanceof HTMLFormElement && form.method === "post";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !writes(form)) return;
  if (form.dataset.sent) event.preventDefault();
  else setTimeout(() => rest(form)); // the pressed button's own value goes along first
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (writes(event.target) && event.detail.requestConfig.verb === "post") rest(event.target);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!writes(form) || event.detail.requestConfig.verb !== "post") return;
  wake(form);
  if (!event.detail.successful) return;
  renew(form);
  form.querySelector("input[name=shown]")?.removeAttribute("id"); // what it showed is no longer kept over a refresh
});

// Who was asked whether to leave the page, and stays, finds its forms as they were before one was sent.
window.addEventListener("beforeunload", (event) => {
  setTimeout(() => {
    if (event.defaultPrevented) document.querySelectorAll("form[data-sent]").forEach(wake);
  });
});

// Back in the browser shows the page as it was left: what is sent from there is wanted once more.
window.addEventListener("pageshow", (event) => {
  for (const form of document.querySelectorAll("form")) {
    if (event.persisted && writes(form) && form.dataset.sent) renew(form);
  }
  document.querySelectorAll("form[data-sent]").forEach(wake);
});
