// Says beside a field what is wrong with it, while somebody types. The server decides; without this the form's own
// button says the same.
"use strict";

const PAUSE_MS = 300;

function beside(input) {
  let place = input.parentElement.querySelector(":scope > small.problem");
  if (!place) {
    place = document.createElement("small");
    place.className = "problem";
    place.setAttribute("role", "status");
    input.after(place);
  }
  return place;
}

function show(form, found) {
  for (const input of form.querySelectorAll("input[type=text], input[type=date], select")) {
    if (input.name === "reason") continue;
    const words = found.fields[input.name] || "";
    if (words || input.parentElement.querySelector(":scope > small.problem")) beside(input).textContent = words;
    if (words) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
  }
  let whole = form.querySelector(":scope > p.problem");
  if (!whole) {
    whole = document.createElement("p");
    whole.className = "problem";
    whole.setAttribute("role", "status");
    form.append(whole);
  }
  whole.textContent = found.problems.join(" ");
}

for (const form of document.querySelectorAll("form[data-check]")) {
  let waiting = null;
  let asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const nr = ++asked;
      try {
        const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (answer.ok && nr === asked) show(form, await answer.json());
      } catch { /* The form's own button still says what is wrong. */ }
    }, PAUSE_MS);
  });
}
