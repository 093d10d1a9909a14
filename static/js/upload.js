/* Sends files in pieces, then leads to their import. A broken connection is waited for; the same file chosen again goes on
   where it stopped. */
const form = document.querySelector("form[data-upload]");
const state = form?.querySelector("[data-upload-state]");
const status = form?.querySelector("[data-said]");
const bar = state?.querySelector("progress");
const uploads = form?.dataset.uploads;
const LATER = new Set([429, 502, 503, 504]); // answers after which the same request is worth another try
const GONE = 404;
const LONGEST_WAIT = 30_000;
let running = null;

class Refused extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

const language = document.documentElement.lang;
const megabytes = (bytes) => new Intl.NumberFormat(language, {
  style: "unit", unit: bytes < 2 ** 20 ? "kilobyte" : "megabyte", maximumFractionDigits: 1,
}).format(bytes / (bytes < 2 ** 20 ? 2 ** 10 : 2 ** 20));

function say(words, values = {}) {
  const text = Object.entries(values).reduce((line, [name, value]) => line.replace(`{${name}}`, value), words);
  if (status.textContent !== text) status.textContent = text;
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

async function reason(answer) {
  try {
    const body = await answer.json();
    return body.errors?.[0]?.detail || body.detail || state.dataset.failed;
  } catch {
    return state.dataset.failed;
  }
}

/* One request, tried until it is answered; Refused for an answer that another try would not change. */
async function ask(method, address, body, signal) {
  const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value };
  if (body) headers["Content-Type"] = body instanceof Blob ? "application/octet-stream" : "application/json";
  const content = body && !(body instanceof Blob) ? JSON.stringify(body) : body;
  for (let wait = 1_000; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    let answer = null;
    try {
      answer = await fetch(address, { method, headers, body: content, signal });
    } catch {
      signal.throwIfAborted();
    }
    if (answer?.ok) return answer.status === 204 ? null : answer.json();
    if (answer && !LATER.has(answer.status)) throw new Refused(await reason(answer), answer.status);
    say(state.dataset.waiting);
    const seconds = answer?.headers.get("Retry-After");
    await pause(seconds ? 1_000 * Number(seconds) : wait, signal);
  }
}

const keyOf = (file) => `upload:${file.name}:${file.size}:${file.lastModified}`;
function remember(file, id) {
  try {
    if (id) localStorage.setItem(keyOf(file), id);
    else localStorage.removeItem(keyOf(file));
  } catch {
    // A browser that stores nothing begins anew.
  }
}
function remembered(file) {
  try {
    return localStorage.getItem(keyOf(file));
  } catch {
    return null;
  }
}

/* The upload of this file that was begun before, else a new one. */
async function begun(file, signal) {
  const id = remembered(file);
  if (id) {
    try {
      return await ask("GET", `${uploads}${id}/`, null, signal);
    } catch (problem) {
      if (problem.code !== GONE) throw problem;
    }
  }
  return ask("POST", uploads, { name: file.name, size: file.size }, signal);
}

function show(sent, size) {
  bar.value = (100 * sent) / size;
  say(state.dataset.sending, { sent: megabytes(sent), size: megabytes(size) });
}

async function send(file, upload, signal) {
  const here = new Set(upload.arrived);
  const sizeOf = (number) => Math.min(upload.piece_size, file.size - (number - 1) * upload.piece_size);
  let sent = upload.arrived.reduce((sum, number) => sum + sizeOf(number), 0);
  show(sent, file.size);
  for (let number = 1; number <= upload.pieces; number += 1) {
    if (here.has(number)) continue;
    const start = (number - 1) * upload.piece_size;
    await ask("PUT", `${uploads}${upload.id}/pieces/${number}/`, file.slice(start, start + sizeOf(number)), signal);
    sent += sizeOf(number);
    show(sent, file.size);
  }
  say(state.dataset.checking);
  await ask("POST", `${uploads}${upload.id}/complete/`, {}, signal);
}

/* All files that are not empty, one after the other; then what they are is shown. */
async function startAll(chosen) {
  if (running) return;
  const full = chosen.filter((file) => file.size);
  const files = full.length ? full : chosen; // what is wrong with them is answered
  const here = [];
  for (const file of files) {
    const id = await start(file);
    if (!id) return;
    here.push(id);
  }
  const begin = document.createElement("form");
  begin.method = "post";
  begin.action = form.dataset.begin;
  for (const name of ["csrfmiddlewaretoken", "form_key"]) {
    const field = form.querySelector(`[name=${name}]`);
    if (field) begin.append(field.cloneNode());
  }
  const add = (name, value) => begin.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  for (const id of here) add("upload", id);
  for (const file of chosen) if (!files.includes(file)) add("empty", file.name);
  document.body.append(begin);
  begin.submit();
}

/* The number of the upload once it has arrived whole; null where it has not. */
async function start(file) {
  running = new AbortController();
  const { signal } = running;
  const button = form.querySelector("button[type=submit]");
  let upload = null;
  state.hidden = false;
  button.disabled = true;
  bar.value = 0;
  state.querySelector("[data-name]").textContent = file.name;
  try {
    upload = await begun(file, signal);
    remember(file, upload.id);
    await send(file, upload, signal);
    remember(file, null);
    running = null;
    return upload.id;
  } catch (problem) {
    running = null;
    state.hidden = true;
    button.disabled = false;
    if (!signal.aborted) {
      say(problem instanceof Refused ? problem.message : state.dataset.failed);
      if (upload && problem.code === 400) remember(file, null);
      return null;
    }
    remember(file, null);
    if (upload) await ask("POST", `${uploads}${upload.id}/remove/`, {}, new AbortController().signal).catch(() => {});
    say(state.dataset.cancelled);
    return null;
  }
}

if (form) {
  const field = form.querySelector("input[type=file]");
  form.querySelector("[data-drop-hint]").hidden = false;
  form.querySelector("[data-plain-hint]").hidden = true;
  form.addEventListener("submit", (event) => {
    if (!field.files.length) return; // the browser asks for one
    event.preventDefault();
    startAll([...field.files]);
  });
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length || running) return;
    field.files = event.dataTransfer.files;
    startAll([...field.files]);
  });
  state.querySelector("[data-cancel]").addEventListener("click", () => running?.abort());
  window.addEventListener("beforeunload", (event) => running && event.preventDefault());
}
