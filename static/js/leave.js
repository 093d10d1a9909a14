/* Who leaves a page on which a form marked data-typed has something that was typed and not sent is asked first. */
const typed = (form) => [...form.elements].some((field) => "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue);
let sending = false;

document.addEventListener("submit", (event) => {
  sending = event.target.matches("[data-typed]") && !event.defaultPrevented;
});
window.addEventListener("pageshow", () => (sending = false));
window.addEventListener("beforeunload", (event) => {
  if (!sending && [...document.querySelectorAll("form[data-typed]")].some(typed)) event.preventDefault();
});
