/* On a phone the acts that a page's bar has no room for move into a menu there, and the columns a list can be ordered by are named in it. */
const narrow = window.matchMedia("(width < 48rem)");
const bar = document.querySelector("main > .bar");
const button = document.getElementById("bar-more-button");
const menu = document.getElementById("bar-more");
const moved = new Map(); // what moved → the mark that keeps its place

const acts = () => [...bar.querySelectorAll(":scope > .desk, :scope > .row > .desk")].filter(
  (part) => part.matches("a, button, form, nav, details") || part.querySelector("a, button, form"),
);
const orders = () => [...document.querySelectorAll("main thead a[href]")];

function gather() {
  for (const part of acts()) {
    const mark = document.createComment("moved");
    part.before(mark);
    moved.set(part, mark);
    menu.querySelector("[data-acts]").append(part);
  }
  button.hidden = moved.size === 0 && orders().length === 0;
}

function giveBack() {
  for (const [part, mark] of moved) mark.replaceWith(part);
  moved.clear();
  button.hidden = true;
  if (menu.matches(":popover-open")) menu.hidePopover();
}

function fit() {
  if (narrow.matches) gather();
  else giveBack();
}

if (bar && button && menu) {
  bar.append(button);
  menu.addEventListener("beforetoggle", (event) => {
    const list = menu.querySelector("[data-orders]");
    list.hidden = event.newState !== "open" || orders().length === 0;
    for (const old of list.querySelectorAll("a")) old.remove();
    for (const order of event.newState === "open" ? orders() : []) list.append(order.cloneNode(true));
    window.htmx?.process(list);
  });
  menu.addEventListener("click", (event) => event.target.closest("a, button") && menu.hidePopover());
  narrow.addEventListener("change", fit);
  fit();
}
