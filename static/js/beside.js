/* The list a record was opened from, kept for this tab: [ and ] lead to the records before and after it. */
const KEY = "beside";
const path = (link) => new URL(link.href, location.href).pathname;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-row]:not(.group) a[data-open]");
  if (!link) return;
  const links = [...document.querySelectorAll("[data-row]:not(.group) a[data-open]")];
  sessionStorage.setItem(KEY, JSON.stringify([...new Set(links.map(path))]));
});

function show(place) {
  let paths = [];
  try {
    paths = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {} // what is no list names no neighbours
  const at = paths.indexOf(location.pathname);
  if (at < 0 || paths.length === 1) return;
  for (const [rel, other] of [["prev", paths[at - 1]], ["next", paths[at + 1]]]) {
    const link = place.querySelector(`[rel=${rel}]`);
    link.hidden = !other;
    if (other) link.href = other;
  }
  place.querySelector("[data-beside-at]").textContent = `${at + 1} / ${paths.length}`;
  place.hidden = false;
}

for (const place of document.querySelectorAll("[data-beside]")) show(place);
