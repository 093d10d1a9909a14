"""What a look at a page finds wrong, beyond what axe knows: texts over each other and keys that do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import Error

from tests.browser.company import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Lines of text as they are seen: clipped by what scrolls or hides, without what floats over the page on purpose.
OVERLAPS: Final = """() => {
  const floating = (e) => {
    for (let part = e; part; part = part.parentElement) {
      const style = getComputedStyle(part);
      if (["fixed", "sticky"].includes(style.position) || part.matches("svg, dialog, [popover], .quiet, .skip")) return true;
    }
    return false;
  };
  const clip = (box, e) => {
    let {left, top, right, bottom} = box;
    for (let part = e; part && part !== document.body; part = part.parentElement) {
      const style = getComputedStyle(part);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const edge = part.getBoundingClientRect();
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
      top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
    }
    return right - left > 2 && bottom - top > 2 ? {left, top, right, bottom} : null;
  };
  const lines = [];
  const walker = document.createTreeWalker(document.querySelector("main") ?? document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement;
    if (!node.data.trim() || !e.checkVisibility({visibilityProperty: true, opacityProperty: true}) || floating(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clip(rect, e);
      if (box) lines.push({...box, node, text: node.data.trim().slice(0, 40)});
    }
  }
  lines.sort((a, b) => a.top - b.top);
  const over = [];
  for (let i = 0; i < lines.length; i += 1) {
    for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom - 3; j += 1) {
      const [a, b] = [lines[i], lines[j]];
      if (a.node === b.node) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 3 && high > 4) over.push(`“${a.text}” and “${b.text}”`);
    }
  }
  return [...new Set(over)].slice(0, 5);
}"""
KEYS: Final = """() => {
  document.querySelector("[data-keys-help]")?.click();
  const terms = ["page", "rows"].flatMap((group) => [...document.querySelectorAll(`#keys-help [data-group=${group}] dt`)].map((term) => [group, term]));
  document.getElementById("keys-help")?.close();
  return terms.flatMap(([group, term]) => [...term.querySelectorAll("kbd")].map((key) => [group, key.textContent]));
}"""
# What a key can bring about. A click alone is nothing; a row that shows itself, or a field that takes the focus, is a move.
WATCH: Final = """() => {
  window.acts = 0;
  window.moves = 0;
  const act = () => { window.acts += 1; };
  const move = () => { window.moves += 1; };
  const marks = ["class", "aria-current", "tabindex"];
  new MutationObserver((records) => records.forEach((record) =>
    record.target.matches?.("[data-row]") && marks.includes(record.attributeName) ? move() : act()
  )).observe(document.body, {subtree: true, childList: true, attributes: true});
  for (const name of ["change", "toggle", "submit", "htmx:beforeRequest"]) document.addEventListener(name, act, true);
  document.addEventListener("focusin", move, true);
}"""
# Be at a card that has a column on that side; whether there is one.
AT_A_CARD: Final = """(step) => {
  const columns = [...document.querySelectorAll("[data-board] [data-column]")];
  const card = columns.filter((_, place) => columns[place + step]).flatMap((column) => [...column.querySelectorAll("[data-move] [data-open]")])[0];
  card?.focus();
  return Boolean(card);
}"""
BESIDE: Final = {"[": -1, "]": 1}
PRESSED: Final = {"↵": "Enter", "⇧X": "Shift+X"}
MOVES: Final = "JKHL"
LETTERS: Final = "abcdefhijklmnopqrstuvwxyz0123456789"  # G waits for the letter of a place


def overlaps(page: Page, where: str) -> list[str]:
    return [f"{where}: {pair} lie over each other" for pair in page.evaluate(OVERLAPS)]


def dead_keys(page: Page, url: str) -> list[str]:
    """Keys that the page lists and that do nothing, and letters that do something unlisted."""
    _open(page, url)
    listed = page.evaluate(KEYS)
    wrong = []
    for group, cap in listed:
        key = PRESSED.get(cap, cap.lower() if len(cap) == 1 else cap)  # F2 is named so
        _open(page, url)
        if cap in BESIDE and not page.evaluate(AT_A_CARD, BESIDE[cap]):
            continue
        acts, moves = _press(page, url, key)
        if group == "rows" and cap not in MOVES and moves and not acts:  # the row was shown first; the next press acts
            acts, moves = _press(page, url, key)[0], 0
        if not acts + moves:
            wrong.append(f"{url}: {cap} is listed and does nothing")
    _open(page, url)
    caps = {cap for _group, cap in listed}
    if any(_press(page, url, *(letter for letter in LETTERS if letter.upper() not in caps))):
        wrong.append(f"{url}: a letter works that is not listed")
    return wrong


def _open(page: Page, url: str) -> None:
    for patience in (200, 1_000, 5_000):
        try:
            page.goto(url)
            break
        except Error:  # what the last key sent leads to a page of its own at this very moment
            page.wait_for_timeout(patience)
    else:
        page.goto(url)
    settle(page)
    page.evaluate(WATCH)


def _press(page: Page, url: str, *keys: str) -> tuple[int, int]:
    """How many acts and moves came of it; a page that it leads to has come before the next one is asked for."""
    try:
        page.evaluate("window.acts = window.moves = 0")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(150)
        acts, moves = page.evaluate("[window.acts ?? 1, window.moves ?? 0]")
    except Error:  # between two pages
        acts, moves = 1, 0
    page.wait_for_load_state()
    return acts + (page.url != url), moves
