// The set-up begins with the time zone of the browser; whoever sits elsewhere chooses another.
const select = document.querySelector("select[data-own-zone]")
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

if (select && [...select.options].some((option) => option.value === zone)) select.value = zone
