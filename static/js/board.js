/* Cards between columns: dragged, or moved by key. The server answers the new board. */
let lifted = null;

function move(card, column) {
  const board = card.closest("[data-board]");
  if (!column || !board || column === card.closest("[data-column]")) return;
  const back = card.nextElementSibling;
  const home = card.parentElement;
  const place = column.querySelector("[data-cards]") ?? column;
  place.append(card);
  card.setAttribute("aria-busy", "true");
  const values = { stage: column.dataset.stage };
  window.htmx
    .ajax("post", card.dataset.move, { source: card, target: board, swap: "outerHTML", values })
    .then(() => {
      if (!card.isConnected) return;
      card.removeAttribute("aria-busy"); // refused: the card goes home
      home.insertBefore(card, back);
    });
}

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-move]");
  if (!card) return;
  lifted = card;
  card.classList.add("lifted");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.id || "card");
});

document.addEventListener("dragend", () => {
  lifted?.classList.remove("lifted");
  lifted = null;
  for (const column of document.querySelectorAll(".over")) column.classList.remove("over");
});

document.addEventListener("dragover", (event) => {
  const column = lifted && event.target.closest("[data-column]");
  if (!column) return;
  event.preventDefault();
  for (const other of document.querySelectorAll(".over")) if (other !== column) other.classList.remove("over");
  column.classList.add("over");
});

document.addEventListener("drop", (event) => {
  const column = lifted && event.target.closest("[data-column]");
  if (!column) return;
  event.preventDefault();
  move(lifted, column);
});

document.addEventListener("card:move", (event) => {
  const card = document.querySelector("[data-board] [data-move].at");
  if (!card) return;
  const columns = [...card.closest("[data-board]").querySelectorAll("[data-column]")];
  move(card, columns[columns.indexOf(card.closest("[data-column]")) + event.detail]);
});
