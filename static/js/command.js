/* The palette: ⌘K or Ctrl K opens it (keys.js also by / and #), arrows choose, Enter does or goes. What it lists comes from the server:
   acts with the customer of the page or row one is at, the records this browser opened last (kept by number, never by name). */
const RECENT = 8;
const dialog = document.getElementById("command");
const input = dialog?.querySelector("input[type=search]");
const list = dialog?.querySelector("[role=listbox]");
const start = document.getElementById("command-start");
let awaited = false; // letters are typed whose answer is not here yet
let pressed = false; // Enter was pressed meanwhile

const options = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
const chosen = () => list.querySelector("[aria-selected=true]");

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  option.id ||= `option-${options().indexOf(option)}`;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

function move(by) {
  const rows = options();
  if (rows.length) choose(rows[(rows.indexOf(chosen()) + by + rows.length) % rows.length]);
}

function opened() {
  try {
    return JSON.parse(localStorage.getItem("opened") ?? "[]").filter((record) => typeof record === "string");
  } catch {
    return [];
  }
}

function remember(record) {
  try {
    localStorage.setItem("opened", JSON.stringify([record, ...opened().filter((other) => other !== record)].slice(0, RECENT)));
  } catch {} // a browser that keeps nothing recalls nothing
}

function open(words = "") {
  if (dialog.open) return;
  document.getElementById("me")?.hidePopover?.();
  input.value = words;
  list.replaceChildren(start.content.cloneNode(true));
  choose(options()[0]);
  awaited = pressed = false;
  dialog.showModal();
  input.focus();
  window.htmx.trigger(input, "command:open");
}

if (dialog) {
  const here = document.querySelector("main[data-record]")?.dataset.record;
  if (here) remember(here);

  document.addEventListener("keydown", (event) => {
    if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "k") return;
    if (!dialog.open && document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("command:open", (event) => event.target === document && open(event.detail));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-command]")) open();
    if (event.target === dialog) dialog.close();
    if (event.target.closest("#command [role=option][hx-get]")) dialog.close(); // its form takes the place
  });

  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const link = chosen();
      if (event.metaKey || event.ctrlKey) link && window.open(link.href, "_blank", "noopener");
      else if (awaited) pressed = true;
      else link?.click();
    }
  });

  input.addEventListener("input", () => {
    awaited = true;
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== input) return;
    const row = document.querySelector("[data-row].at");
    const on = row?.dataset.customer ?? document.querySelector("main[data-customer]")?.dataset.customer;
    if (on) event.detail.parameters.on = on;
    const recent = opened().filter((record) => record !== here);
    if (recent.length) event.detail.parameters.recent = recent.join(",");
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list) return;
    choose(options()[0]);
  });

  // Only now do the new lines ask in the dialog instead of leading to a page.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== list) return;
    awaited = false;
    if (pressed) chosen()?.click();
    pressed = false;
  });
}
