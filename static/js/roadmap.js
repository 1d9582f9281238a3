// The roadmap: a requirement is dropped into a release by pointer or by keys. The server answers with the board as it is then.
const SLACK = 5;
const EDGE = 48;
const said = document.getElementById("road-said");
const board = () => document.getElementById("roadmap");
const columns = () => [...board().querySelectorAll("[data-column]")];
const nameOf = (column) => column.dataset.name;
let held = null; // By keys: the card, where it stood, where it would go.
let drag = null; // By pointer: the card, where it was taken, its moving picture.

function tell(text) {
  if (said) said.textContent = text;
}

function mark(target) {
  for (const column of columns()) column.classList.toggle("is-target", column === target);
}

async function place(card, column) {
  const { card: pk, key } = card.dataset;
  const values = { rows: pk, release: column.dataset.column };
  const known = board();
  tell(`${key} goes to ${nameOf(column)}.`);
  card.classList.add("is-away");
  await htmx.ajax("POST", known.dataset.place, { source: known, target: known, swap: "outerHTML", values });
  const now = board();
  if (now === known) {
    // It was refused; the reason is told by the page.
    card.classList.remove("is-away");
    tell(`${key} stays where it was.`);
  } else {
    tell(now.dataset.told);
  }
  now.querySelector(`[data-card="${pk}"] [data-grip]`)?.focus({ preventScroll: drag === null && held === null });
}

// --- By keys ---------------------------------------------------------------------------------------------
function pickUp(grip) {
  const card = grip.closest("[data-card]");
  const at = columns().indexOf(card.closest("[data-column]"));
  held = { card, grip, from: at, to: at };
  grip.setAttribute("aria-pressed", "true");
  card.classList.add("is-held");
  mark(columns()[at]);
  tell(`${card.dataset.key} is picked up from ${nameOf(columns()[at])}, ${at + 1} of ${columns().length}.`);
}

function letGo() {
  held.grip.setAttribute("aria-pressed", "false");
  held.card.classList.remove("is-held");
  mark(null);
  held = null;
}

function step(by) {
  const all = columns();
  held.to = Math.max(0, Math.min(all.length - 1, held.to + by));
  mark(all[held.to]);
  all[held.to].scrollIntoView({ block: "nearest", inline: "nearest" });
  tell(`${nameOf(all[held.to])}, ${held.to + 1} of ${all.length}.`);
}

document.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  if (drag && event.key === "Escape") return stop();
  if (!grip) return;
  if (!held) {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    pickUp(grip);
    return;
  }
  const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -1000, End: 1000 };
  if (event.key in steps) {
    event.preventDefault();
    step(steps[event.key]);
  } else if (event.key === "Escape") {
    event.preventDefault();
    tell(`${held.card.dataset.key} stays in ${nameOf(columns()[held.from])}.`);
    letGo();
  } else if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    const { card, from, to } = held;
    const target = columns()[to];
    letGo();
    if (from === to) tell(`${card.dataset.key} stays in ${nameOf(target)}.`);
    else place(card, target);
  }
});
document.addEventListener("focusout", (event) => {
  if (held && event.target === held.grip) letGo();
});

// --- By pointer ------------------------------------------------------------------------------------------
document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.("[data-column] [data-card]");
  const grip = event.target.closest?.("[data-grip]");
  if (!card || drag || event.button !== 0 || !board().dataset.place) return;
  if (!grip && (event.pointerType !== "mouse" || event.target.closest("a, input, button, label"))) return;
  drag = { card, from: card.closest("[data-column]"), x: event.clientX, y: event.clientY, pointer: event.pointerId, ghost: null, target: null };
});

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  if (!drag.ghost) {
    if (Math.abs(event.clientX - drag.x) < SLACK && Math.abs(event.clientY - drag.y) < SLACK) return;
    lift();
  }
  event.preventDefault();
  drag.ghost.style.left = `${event.clientX - drag.dx}px`;
  drag.ghost.style.top = `${event.clientY - drag.dy}px`;
  drag.target = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-column]") ?? null;
  mark(drag.target);
  roll(event);
});

function lift() {
  const box = drag.card.getBoundingClientRect();
  Object.assign(drag, { dx: drag.x - box.left, dy: drag.y - box.top, ghost: drag.card.cloneNode(true) });
  drag.ghost.classList.add("road-ghost");
  drag.ghost.removeAttribute("data-card");
  drag.ghost.style.width = `${box.width}px`;
  drag.ghost.setAttribute("aria-hidden", "true");
  document.body.append(drag.ghost);
  document.body.classList.add("is-moving");
  drag.card.classList.add("is-away");
  getSelection()?.removeAllRanges();
}

/** Roll the board, or the page, when the pointer comes near an edge. */
function roll(event) {
  const list = board().querySelector(".road-board");
  const box = list.getBoundingClientRect();
  if (event.clientX > box.right - EDGE) list.scrollLeft += 16;
  else if (event.clientX < box.left + EDGE) list.scrollLeft -= 16;
  if (event.clientY > innerHeight - EDGE) scrollBy(0, 16);
  else if (event.clientY < EDGE) scrollBy(0, -16);
}

function stop() {
  if (!drag) return;
  drag.ghost?.remove();
  drag.card.classList.remove("is-away");
  document.body.classList.remove("is-moving");
  mark(null);
  drag = null;
}

document.addEventListener("pointerup", (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  const { card, from, target, ghost } = drag;
  stop();
  if (ghost && target && target !== from) place(card, target);
});
document.addEventListener("pointercancel", stop);
// What was a drag is no choice of text.
document.addEventListener("selectstart", (event) => {
  if (drag?.ghost) event.preventDefault();
});
