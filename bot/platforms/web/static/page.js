// The page: sends what is typed and pressed, and shows what the server says. All state lies on the server.
"use strict";

const root = document.documentElement;
const person = root.dataset.person;
const log = document.getElementById("log");
const list = document.getElementById("messages");
const welcome = document.getElementById("welcome");
const statusLine = document.getElementById("status");
const words = document.getElementById("words").dataset;
const dialog = document.getElementById("form");
const reader = document.getElementById("reader");
const readerText = document.getElementById("reader-text");
let conversation = log.dataset.conversation;
let opener = null;
let follow = false; // set by asking: the answer is shown wherever the reader had scrolled to

// A deed keeps its key until it has gone through: sent again after a lost answer, it is the same deed.
const sent = new Map();
function keyOf(path, body) {
  const deed = JSON.stringify([path, conversation, body]);
  if (!sent.has(deed)) sent.set(deed, crypto.randomUUID());
  return sent.get(deed);
}

async function post(path, body) {
  statusLine.textContent = words.working;
  log.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ key: keyOf(path, body), person, conversation, ...body }),
    });
    if (response.status === 401) return sessionOver();
    const said = await response.json();
    if (response.ok) sent.clear();
    if (response.ok) over = false;
    if (response.ok && changes.readyState === EventSource.CLOSED) listen();
    statusLine.textContent = said.error ?? "";
    return response.ok ? said : null;
  } catch {
    statusLine.textContent = words.failed;
    return null;
  } finally {
    log.removeAttribute("aria-busy");
  }
}

// ── the end of a session ─────────────────────────────────────────────────────────────────────────────────────────

// Nothing that was written is lost: it is signed in beside this window, and what was written is sent again. Where nothing
// was, the page is opened anew, which leads to the sign-in and back.
let over = false;
function sessionOver() {
  over = true;
  if (!dialog.open && !text.value.trim()) location.reload();
  const link = document.createElement("a");
  Object.assign(link, { href: "/kirjaudu", target: "_blank", rel: "noopener", textContent: words.enter });
  const told = dialog.open ? (dialog.querySelector(".over") ?? document.createElement("p")) : statusLine;
  told.replaceChildren(`${words.over} `, link);
  if (dialog.open) {
    told.className = "error over";
    told.setAttribute("role", "alert");
    dialog.querySelector("form > .buttons").before(told);
  }
  return null;
}

// ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function refresh() {
  const wanted = conversation;
  const query = new URLSearchParams({ as: person, conversation: wanted });
  const response = await fetch(`/messages?${query}`).catch(() => null);
  if (response?.status === 401) sessionOver();
  if (!response?.ok || wanted !== conversation) return;
  const { messages, clock } = await response.json();
  const atEnd = follow || log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  let added = null;
  messages.forEach((message) => {
    const old = document.getElementById(`m${message.id}`);
    if (old?.dataset.stamp === message.stamp) return;
    if (!old && message.html.includes("bubble bot")) follow = false;
    const item = old ?? document.createElement("li");
    item.id = `m${message.id}`;
    item.dataset.stamp = message.stamp;
    item.innerHTML = message.html;
    if (!old) list.append(item);
    added = old ? added : item;
  });
  welcome.hidden = messages.length > 0;
  log.dataset.shown = wanted;
  tell(clock);
  if (added && atEnd) showFrom(added);
  else if (added === null && atEnd) log.scrollTop = log.scrollHeight;
}

function tell(time) {
  const shown = document.getElementById("clock");
  if (shown && time) shown.textContent = time;
}

// A long answer is read from its beginning. Its question stays in sight; a card whose button led to it need not.
function showFrom(item) {
  const before = item.previousElementSibling;
  const first = before?.querySelector(".bubble.own") ? before : item;
  log.scrollTop = Math.min(first.offsetTop - log.offsetTop - 12, log.scrollHeight);
}

// Not `open`: a function of this name would take the place of the window's own.
function turnTo(wanted) {
  conversation = wanted;
  delete log.dataset.shown;
  list.replaceChildren();
  document.querySelectorAll(".tabs [data-conversation]").forEach((tab) => {
    tab.setAttribute("aria-pressed", String(tab.dataset.conversation === wanted));
  });
  refresh();
}

let changes = null;
const AGAIN = 5000; // milliseconds until a stream that was refused, as by a proxy meanwhile, is asked for again

function listen() {
  changes = new EventSource("/changes");
  changes.onmessage = (change) => {
    if (JSON.parse(change.data) === conversation) refresh();
    else mark(JSON.parse(change.data));
  };
  changes.onopen = refresh;
  changes.onerror = () => {
    refresh();
    // The stream of an ended session is not opened again by itself: the next deed does.
    setTimeout(() => {
      if (!over && changes.readyState === EventSource.CLOSED) listen();
    }, AGAIN);
  };
}

// A dot on whoever received something that is not on the screen now.
function mark(changed) {
  const tab = document.querySelector(`.tabs [data-conversation="${CSS.escape(changed)}"]`);
  const direct = changed.startsWith("web:dm:") ? changed.slice("web:dm:".length) : "";
  const link = document.querySelector(`.people [data-person="${CSS.escape(direct)}"]`);
  (tab ?? link)?.classList.add("new");
}

// ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

const text = document.getElementById("text");
const form = document.getElementById("ask");

let asking = false;

async function ask(question) {
  if (asking) return null;
  asking = true;
  follow = true;
  const said = await post("/ask", { text: question });
  asking = false;
  if (said) text.value = text.value === question ? "" : text.value;
  fit();
  return said;
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(text.value);
});
text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// ── buttons ──────────────────────────────────────────────────────────────────────────────────────────────────────

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button, a");
  if (!button) return;
  const data = button.dataset;
  if (data.prompt) ask(data.prompt);
  else if (data.jump) tell((await post("/clock", { jump: data.jump }))?.clock);
  else if (data.conversation) {
    button.classList.remove("new");
    turnTo(data.conversation);
  } else if (data.action) press(button);
  else if ("whole" in data) button.closest(".quote").classList.remove("short");
  else if ("guideline" in data) {
    event.preventDefault();
    read(button);
  } else if ("cancel" in data) dialog.close();
});

async function press(button) {
  const { action, record = "", value = "" } = button.dataset;
  if (action === "incidents/document") {
    // A page of its own, to print or to keep; elsewhere the same press shows the case whole in the conversation.
    window.open(`/tapaus/${encodeURIComponent(record.split("/")[1])}?as=${encodeURIComponent(person)}`, "_blank", "noopener");
    return;
  }
  opener = button;
  follow = true;
  button.disabled = true;
  const said = await post("/press", { action, record, value });
  button.disabled = false;
  if (said?.form) show(said.form);
  else if (action === "home/language" && said) location.reload();
}

// ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────

function show(html) {
  dialog.innerHTML = html;
  dialog.setAttribute("aria-labelledby", "form-title");
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  const first = dialog.querySelector("[aria-invalid]") ?? dialog;
  (first.matches("textarea, input") ? first : first.querySelector("textarea, input"))?.focus();
}

// Every field has its value, "" where nothing was chosen; the ticked boxes of a field are joined by commas.
function entered(sent) {
  const values = {};
  for (const field of sent.elements) if (field.name) values[field.name] = "";
  for (const [name, value] of new FormData(sent)) values[name] = values[name] ? `${values[name]},${value}` : value;
  return values;
}

// Files go before their form, one by one; a file that has gone is not sent again with the next try.
const MOST_FILES = 5;
const LARGEST_FILE = 100_000_000;
const uploaded = new WeakMap();

async function upload(file) {
  if (file.size > LARGEST_FILE) throw new Error(words.large);
  if (!uploaded.has(file)) {
    const query = new URLSearchParams({ as: person, conversation, name: file.name });
    const headers = { "Content-Type": "application/octet-stream" };
    const response = await fetch(`/files?${query}`, { method: "POST", headers, body: file }).catch(() => null);
    const said = (await response?.json().catch(() => null)) ?? {};
    if (response?.status === 401) sessionOver();
    if (!response?.ok) throw new Error(said.error ?? words.upload);
    uploaded.set(file, said);
  }
  return uploaded.get(file);
}

// A field's files as its value: those of an earlier try that are still ticked, and those that are chosen now.
async function filesOf(input) {
  const kept = [...input.closest(".field").querySelectorAll("[data-file]:checked")];
  const files = kept.flatMap((box) => JSON.parse(box.dataset.file));
  if (files.length + input.files.length > MOST_FILES) throw new Error(words.many);
  for (const file of input.files) {
    try {
      files.push(await upload(file));
    } catch (problem) {
      throw new Error(`${file.name}: ${problem.message}`);
    }
  }
  return JSON.stringify(files);
}

// Whether all files have gone; where one has not, its field says so and everything stays as it was entered.
async function sendFiles(sent, values) {
  for (const input of sent.querySelectorAll("[data-files]")) {
    const told = input.nextElementSibling;
    told.hidden = true;
    try {
      values[input.dataset.files] = await filesOf(input);
    } catch (problem) {
      told.textContent = problem.message;
      told.hidden = false;
      input.focus();
      return false;
    }
  }
  return dialog.open && sent.isConnected; // it may have been closed meanwhile
}

let sending = false;

dialog.addEventListener("submit", async (event) => {
  event.preventDefault();
  const sent = event.target;
  const values = entered(sent);
  if (sending) return;
  sending = true;
  const gone = await sendFiles(sent, values);
  sending = false;
  if (!gone) return;
  follow = true;
  const said = await post("/submit", { form: sent.dataset.form, record: sent.dataset.record, values });
  if (said?.form) show(said.form);
  else if (said) {
    dialog.close();
    statusLine.textContent = words.sent;
  }
});
dialog.addEventListener("close", () => opener?.focus());

// ── the guideline beside the chat ────────────────────────────────────────────────────────────────────────────────

async function read(link) {
  const address = new URL(link.href);
  opener = link;
  const response = await fetch(`${address.pathname}?as=${encodeURIComponent(person)}`).catch(() => null);
  if (response?.status === 401) return sessionOver();
  if (!response?.ok) {
    statusLine.textContent = words.failed;
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  readerText.replaceChildren(page.getElementById("guideline"));
  reader.hidden = false;
  root.classList.add("reading");
  const passage = document.getElementById(decodeURIComponent(address.hash.slice(1)));
  passage?.classList.add("here");
  if (passage) {
    readerText.querySelectorAll(`[data-continues="${CSS.escape(passage.id)}"]`).forEach((part) => part.classList.add("here"));
  }
  (passage ?? readerText).scrollIntoView({ block: passage ? "center" : "start" });
  (passage ?? readerText).focus({ preventScroll: true });
}

function closeReader() {
  reader.hidden = true;
  root.classList.remove("reading");
  opener?.focus();
}
document.getElementById("close-reader").addEventListener("click", closeReader);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !reader.hidden && !dialog.open) closeReader();
});

// ── look ─────────────────────────────────────────────────────────────────────────────────────────────────────────

document.getElementById("theme").addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.look ?? (dark ? "dark" : "light");
  root.dataset.look = now === "dark" ? "light" : "dark";
  localStorage.setItem("look", root.dataset.look);
});

if (matchMedia("(max-width: 48rem)").matches) document.getElementById("who").open = false;
listen();
text.focus({ preventScroll: true });
