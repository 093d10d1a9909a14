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
  const rows = [...document.querySelectorAll("#keys-help [data-group=page] dt, #keys-help [data-group=rows] dt")];
  document.getElementById("keys-help")?.close();
  return rows.flatMap((term) => [...term.querySelectorAll("kbd")].map((key) => key.textContent));
}"""
# Anything that a key can bring about: a click, a change of the page, a request, another place of the focus.
WATCH: Final = """() => {
  window.happened = 0;
  const note = () => { window.happened += 1; };
  new MutationObserver(note).observe(document.body, {subtree: true, childList: true, attributes: true});
  for (const name of ["click", "focusin", "htmx:beforeRequest", "command:open", "card:move"]) document.addEventListener(name, note, true);
}"""
PRESSED: Final = {"↵": "Enter", "⇧X": "Shift+X"}
LETTERS: Final = "abcdefhijklmnopqrstuvwxyz0123456789"  # G waits for the letter of a place


def overlaps(page: Page, where: str) -> list[str]:
    return [f"{where}: {pair} lie over each other" for pair in page.evaluate(OVERLAPS)]


def dead_keys(page: Page, url: str) -> list[str]:
    """Keys that the page lists and that do nothing, and letters that do something unlisted."""
    page.goto(url)
    settle(page)
    listed = page.evaluate(KEYS)
    wrong = []
    for cap in listed:
        page.goto(url)
        settle(page)
        page.evaluate(WATCH)
        page.keyboard.press(PRESSED.get(cap, cap.lower() if len(cap) == 1 else cap))  # F2 is named so
        if not _came_of_it(page, url):
            wrong.append(f"{url}: {cap} is listed and does nothing")
    page.goto(url)
    settle(page)
    page.evaluate(WATCH)
    for letter in LETTERS:
        if letter.upper() not in listed:
            page.keyboard.press(letter)
    if _came_of_it(page, url):
        wrong.append(f"{url}: a letter works that is not listed")
    return wrong


def _came_of_it(page: Page, url: str) -> bool:
    """Whether the key did something; a page it leads to has come before the next one is asked for."""
    page.wait_for_timeout(150)
    try:
        happened = bool(page.evaluate("window.happened ?? 1"))
    except Error:  # between two pages
        happened = True
    page.wait_for_load_state()
    return happened or page.url != url
