/* The command dialog: ⌘K or Ctrl K opens it (keys.js also by / and #), arrows choose, Enter goes there. */
const dialog = document.getElementById("command");
const input = dialog?.querySelector("input[type=search]");
const list = dialog?.querySelector("[role=listbox]");
const start = document.getElementById("command-start");

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

function reset() {
  list.replaceChildren(start.content.cloneNode(true));
  choose(options()[0]);
}

function open(words = "") {
  if (dialog.open) return;
  document.getElementById("me")?.hidePopover?.();
  input.value = words;
  reset();
  dialog.showModal();
  input.focus();
  if (words) input.dispatchEvent(new Event("input", { bubbles: true }));
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    const combined = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k";
    if (!combined) return;
    if (!dialog.open && document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("command:open", (event) => open(event.detail));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-command]")) open();
    if (event.target === dialog) dialog.close();
  });

  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const link = chosen();
      if (link && (event.metaKey || event.ctrlKey)) window.open(link.href, "_blank", "noopener");
      else link?.click();
    }
  });

  input.addEventListener("input", () => {
    if (!input.value.trim()) reset();
  });

  // An answer that comes after the field was emptied must not replace the start list.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === list && !input.value.trim()) event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === list) choose(options()[0]);
  });
}
