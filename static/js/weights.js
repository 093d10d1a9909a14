/* The weights of a scorecard add up while they are typed: each line's share of the score, and the groups' sum. */
const board = document.querySelector("[data-weights]");

function weight(row) {
  const inputs = row.querySelectorAll("input:not([type=hidden])");
  const value = Number(inputs[inputs.length - 1].value);
  return value > 0 ? value : 0;
}

function groups() {
  const found = [];
  for (const row of board.querySelectorAll("[data-group], [data-line]")) {
    if ("group" in row.dataset) found.push({ row, weight: weight(row), lines: [] });
    else found[found.length - 1].lines.push({ row, weight: weight(row) });
  }
  return found;
}

function show(row, share) {
  const figure = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  row.querySelector("[data-share]").textContent = figure.format(share);
}

function add() {
  const all = groups();
  const counting = all.filter((group) => group.lines.length);
  const whole = counting.reduce((sum, group) => sum + group.weight, 0);
  for (const group of counting) {
    const inside = group.lines.reduce((sum, line) => sum + line.weight, 0);
    const share = whole && inside ? group.weight / whole : 0;
    show(group.row, share);
    for (const line of group.lines) show(line.row, inside ? (share * line.weight) / inside : 0);
  }
  const total = Math.round(all.reduce((sum, group) => sum + group.weight, 0) * 100) / 100;
  const place = board.querySelector("[data-total]");
  if (!place) return;
  place.textContent = new Intl.NumberFormat(document.documentElement.lang).format(total);
  place.closest(".badge").classList.toggle("good", total === 100);
  place.closest(".badge").classList.toggle("calm", total !== 100);
}

board?.addEventListener("input", add);
