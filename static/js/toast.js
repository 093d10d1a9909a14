/* Toasts: ten seconds, held while pointed at or focused. Failed requests say so. */
const SECONDS = 10;
const box = document.getElementById("toasts");
const timers = new WeakMap();

function start(toast) {
  clearTimeout(timers.get(toast));
  timers.set(toast, setTimeout(() => toast.remove(), SECONDS * 1000));
}

function watch(toast) {
  if (toast.dataset.watched) return;
  toast.dataset.watched = "yes";
  for (const older of box.querySelectorAll("[data-toast]")) if (older !== toast) older.remove();
  const hold = () => clearTimeout(timers.get(toast));
  const release = () => toast.matches(":hover, :focus-within") || start(toast);
  toast.addEventListener("mouseenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("mouseleave", release);
  toast.addEventListener("focusout", () => setTimeout(release));
  toast.addEventListener("htmx:afterRequest", (event) => event.detail.successful && toast.remove());
  start(toast);
}

function say(words) {
  const toast = document.createElement("div");
  toast.className = "toast risk";
  toast.dataset.toast = "";
  const line = document.createElement("span");
  line.textContent = words;
  toast.append(line);
  box.append(toast);
}

if (box) {
  for (const toast of box.querySelectorAll("[data-toast]")) watch(toast);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) if (node.nodeType === 1 && node.matches("[data-toast]")) watch(node);
    }
  }).observe(box, { childList: true });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("[data-toast]")?.remove();
  });

  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.closest("[data-panel]") === event.detail.target) return; // the panel says it itself
    const { xhr } = event.detail;
    const { status } = xhr;
    if (status === 409 && xhr.getResponseHeader("Retry-After")) say(box.dataset.underWay);
    else say(status === 403 || status === 404 ? box.dataset.gone : box.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(box.dataset.offline));
}
