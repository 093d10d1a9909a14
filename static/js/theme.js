/* Theme: system, light or dark, kept in a cookie, so the server paints it from the first byte. */
const YEAR = 60 * 60 * 24 * 365;

function keep(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
  }
  keep("theme", theme);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set-theme]");
  if (button) choose(button.dataset.setTheme);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-letters]")) return;
  const off = !event.target.checked;
  if (off) document.documentElement.dataset.letters = "off";
  else delete document.documentElement.dataset.letters;
  keep("letters", off ? "off" : "on");
});

if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  const name = () => {
    for (const key of document.querySelectorAll("kbd[data-mac]")) key.textContent = key.dataset.mac;
  };
  name();
  document.addEventListener("htmx:afterSwap", name);
}

/* A page left or reached in haste gives up its view transition; that is nobody's error. */
for (const name of ["pageswap", "pagereveal"]) {
  window.addEventListener(name, ({ viewTransition }) => {
    viewTransition?.ready.catch(() => {});
    viewTransition?.finished.catch(() => {});
    viewTransition?.updateCallbackDone?.catch(() => {});
  });
}
