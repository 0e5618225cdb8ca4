// Keeps an open page up to date. Every page is complete without it.
"use strict";

// The figures of the front page: text and state of every element that has a name.
function showPulse(figures) {
  const health = document.querySelector('[data-live="health"]');
  if (health && figures.health && figures.health.state !== health.dataset.state) readAgain();
  for (const element of document.querySelectorAll("[data-live]")) {
    const figure = figures[element.dataset.live];
    if (!figure) continue;
    if (!element.hasAttribute("data-state-only")) element.textContent = figure.text;
    const before = element.dataset.state;
    if (before) element.classList.remove(before);
    element.classList.add(figure.state);
    element.dataset.state = figure.state;
  }
}

// Parts of a page that are read again, in place, without losing what somebody is typing or has ticked.
let reading = false;
let again = false;
async function readAgain() {
  if (reading) { again = true; return; }
  reading = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* The next news tries again. */ }
  setTimeout(() => { reading = false; if (again) { again = false; readAgain(); } }, 1000);
}

function swap(page) {
  for (const old of document.querySelectorAll("[data-part]")) {
    if (old.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) continue;
    const fresh = page.querySelector(`[data-part="${old.dataset.part}"]`);
    if (!fresh) continue;
    const ticked = new Set([...old.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value));
    for (const box of fresh.querySelectorAll("input[type=checkbox]")) box.checked = ticked.has(box.value) || box.checked;
    const open = [...old.querySelectorAll("details")].map((details) => details.open);
    [...fresh.querySelectorAll("details")].forEach((details, at) => { if (at in open) details.open = open[at]; });
    old.replaceWith(fresh);
  }
}

function concerns(ids) {
  const only = document.body.dataset.errors;
  return only === "*" || (only && ids.some((id) => only.split(" ").includes(id)));
}

const moving = document.querySelector("[data-refresh-ms]");
if (moving) {
  const timer = setInterval(() => {
    if (document.querySelector("[data-refresh-ms]")) readAgain(); else clearInterval(timer);
  }, Number(moving.dataset.refreshMs));
}

if (document.querySelector("[data-live]") || document.body.dataset.errors) {
  const source = new EventSource("/live");
  source.addEventListener("pulse", (event) => showPulse(JSON.parse(event.data)));
  source.addEventListener("errors", (event) => { if (concerns(JSON.parse(event.data))) readAgain(); });
  addEventListener("pagehide", () => source.close());
}

for (const box of document.querySelectorAll("[data-all]")) {
  box.hidden = false;
}
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of document.querySelectorAll("input[name=id]")) box.checked = event.target.checked;
});
document.addEventListener("click", (event) => {
  if (event.target.matches("[data-print]")) print();
});

// The browser's own words for a missing field are in the browser's language; these are in the page's.
document.addEventListener("invalid", (event) => {
  event.preventDefault();
  const input = event.target;
  let place = input.parentElement.querySelector(":scope > small.problem");
  if (!place) {
    place = document.createElement("small");
    place.className = "problem";
    place.setAttribute("role", "alert");
    input.after(place);
  }
  place.textContent = document.documentElement.lang === "en" ? "Please fill this in." : "请填写此项。";
  input.addEventListener("input", () => { place.textContent = ""; }, { once: true });
  input.focus();
}, true);
