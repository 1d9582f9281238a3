// The board: cards are moved by pointer, touch or keys. The server decides; what it refuses goes back to its place.
const root = document.querySelector("[data-board]");
const SLACK = 6;
const EDGE = 48;
const STRIDE = 14;

if (root) {
  const told = document.querySelector("[data-board-told]");
  const live = document.querySelector("[data-board-live]");
  const dialog = document.querySelector("[data-board-reason]");
  const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  let held = null;
  root.classList.add("is-ready");
  document.getElementById("board-help").textContent = "Space or Enter picks the card up; arrow keys move it, Space drops it, Escape puts it back.";

  const cardOf = (node) => node?.closest?.("[data-card]");
  const columnOf = (node) => node?.closest?.("[data-column]");
  const listOf = (column) => column.querySelector("[data-cards]");
  const columns = () => [...root.querySelectorAll("[data-column]")];
  const titleOf = (column) => column.querySelector("h2").textContent;
  const cardsIn = (list) => [...list.querySelectorAll(":scope > [data-card]")];
  const say = (text) => { live.textContent = text; };

  function tell(text) {
    told.textContent = text;
    told.hidden = !text;
  }

  function placeOf(card) {
    const list = card.parentElement;
    const all = cardsIn(list);
    return `${titleOf(columnOf(card))}, place ${all.indexOf(card) + 1} of ${all.length}`;
  }

  function lift(card) {
    held = { card, list: card.parentElement, next: card.nextElementSibling, column: columnOf(card) };
    tell("");
  }

  function putBack(now = held) {
    if (now.list.isConnected) now.list.insertBefore(now.card, now.next?.parentElement === now.list ? now.next : null);
  }

  function mark(column) {
    for (const one of columns()) one.classList.toggle("is-target", one === column);
  }

  // --- What the server says ------------------------------------------------------------------------------
  async function post(now, reason) {
    const list = now.card.parentElement;
    const before = now.card.nextElementSibling?.dataset.card ?? list.dataset.after ?? "";
    const body = new URLSearchParams({ seen: now.card.dataset.state, target: columnOf(now.card).dataset.column, before, reason });
    const url = root.dataset.moveUrl.replace("/0/", `/${now.card.dataset.card}/`);
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token } });
      const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
      const read = isJson ? await answer.json() : {};
      return { isDone: answer.ok && isJson, message: "That did not work. The card is where it was; try again.", ...read };
    } catch {
      return { isDone: false, message: "The server cannot be reached. The card is where it was." };
    }
  }

  async function ask(now, message) {
    dialog.querySelector("[data-board-reason-text]").textContent = message;
    const field = dialog.querySelector("[name=reason]");
    field.value = "";
    dialog.dataset.given = "";
    dialog.showModal();
    field.focus();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    return dialog.dataset.given === "yes" ? field.value.trim() : "";
  }

  async function send(now, isByKey) {
    const { card } = now;
    if (card.parentElement === now.list && card.nextElementSibling === now.next) return;
    card.classList.add("is-sending");
    let answer = await post(now, "");
    if (answer.needs_reason) {
      const reason = await ask(now, answer.message);
      answer = reason ? await post(now, reason) : { isDone: false, message: "" };
    }
    card.classList.remove("is-sending");
    if (answer.isDone) {
      for (const column of columns()) column.querySelector("[data-count]").innerHTML = answer.columns[column.dataset.column];
      const holder = document.createElement("template");
      holder.innerHTML = answer.card.trim();
      const fresh = holder.content.firstElementChild;
      card.replaceWith(fresh);
      say(`${fresh.dataset.name} is in ${placeOf(fresh)}.`);
      if (isByKey) fresh.querySelector("[data-grip]")?.focus();
      return;
    }
    putBack(now);
    tell(answer.message);
    if (!answer.message) say(`${card.dataset.name} stays in ${placeOf(card)}.`);
    if (answer.is_stale) await renew();
    else if (isByKey) card.querySelector("[data-grip]")?.focus();
  }

  async function renew() {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    root.innerHTML = await answer.text();
    window.htmx?.process(root);
  }

  dialog.querySelector("form").addEventListener("submit", () => { dialog.dataset.given = "yes"; });
  dialog.querySelector("[data-board-cancel]").addEventListener("click", () => dialog.close());

  // --- Pointer and touch ---------------------------------------------------------------------------------
  let drag = null;

  function begin(event) {
    const card = cardOf(event.target);
    const grip = event.target.closest("[data-grip]");
    if (!card?.querySelector("[data-grip]") || event.button !== 0 || drag || held) return;
    // A finger scrolls the column; it drags by the grip.
    if (event.pointerType !== "mouse" && !grip) return;
    drag = { card, x: event.clientX, y: event.clientY, pointer: event.pointerId };
  }

  function rise(event) {
    const box = drag.card.getBoundingClientRect();
    lift(drag.card);
    drag.ghost = drag.card.cloneNode(true);
    drag.ghost.removeAttribute("data-card");
    drag.ghost.setAttribute("aria-hidden", "true");
    drag.ghost.classList.add("board-ghost");
    drag.ghost.style.width = `${box.width}px`;
    drag.shift = { x: box.left - drag.x, y: box.top - drag.y };
    document.body.append(drag.ghost);
    document.body.classList.add("is-dragging-card");
    drag.card.classList.add("is-dragging");
    drag.isUp = true;
    say(`${drag.card.dataset.name} is picked up.`);
    event.preventDefault();
  }

  function move(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    if (!drag.isUp) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLACK) return;
      rise(event);
    }
    event.preventDefault();
    drag.at = { x: event.clientX, y: event.clientY };
    if (!drag.frame) drag.frame = requestAnimationFrame(follow);
  }

  function follow() {
    if (!drag?.isUp) return;
    const { x, y } = drag.at;
    drag.frame = 0;
    drag.ghost.style.transform = `translate(${x + drag.shift.x}px, ${y + drag.shift.y}px)`;
    const column = columnOf(document.elementFromPoint(x, y));
    mark(column);
    if (column) {
      const list = listOf(column);
      const next = cardsIn(list).find((one) => one !== drag.card && y < one.getBoundingClientRect().top + one.offsetHeight / 2) ?? null;
      if (drag.card.parentElement !== list || drag.card.nextElementSibling !== next) list.insertBefore(drag.card, next);
      scrollNear(list, "scrollTop", y, list.getBoundingClientRect().top, list.getBoundingClientRect().bottom);
    }
    const wide = root.firstElementChild;
    const edge = wide.getBoundingClientRect();
    if (scrollNear(wide, "scrollLeft", x, edge.left, edge.right)) drag.frame = requestAnimationFrame(follow);
  }

  function scrollNear(node, way, at, first, last) {
    const before = node[way];
    if (at < first + EDGE) node[way] -= STRIDE;
    else if (at > last - EDGE) node[way] += STRIDE;
    return node[way] !== before;
  }

  function swallow(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  function drop(event, isKept) {
    if (!drag || (event && event.pointerId !== drag.pointer)) return;
    const { card, isUp, ghost, frame } = drag;
    cancelAnimationFrame(frame);
    drag = null;
    if (!isUp) return;
    ghost.remove();
    card.classList.remove("is-dragging");
    document.body.classList.remove("is-dragging-card");
    mark(null);
    const now = held;
    held = null;
    // The click that follows a drag opens nothing.
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
    if (isKept) send(now, false);
    else {
      putBack(now);
      say(`${card.dataset.name} is back in ${placeOf(card)}.`);
    }
  }

  // --- Keys: Space or Enter picks up and drops, arrows move, Escape puts back ----------------------------
  function byKey(event) {
    if (event.key === "Escape" && drag?.isUp) {
      event.preventDefault();
      drop(null, false);
      return;
    }
    const grip = event.target.closest?.("[data-grip]");
    const card = cardOf(grip);
    if (!card) return;
    if (!held && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      lift(card);
      card.classList.add("is-lifted");
      say(`${card.dataset.name} is picked up. ${placeOf(card)}. Arrow keys move it, Space drops it, Escape puts it back.`);
      return;
    }
    if (held?.card !== card) return;
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (step) {
      event.preventDefault();
      shift(card, ...step);
      say(placeOf(card));
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      settle(true);
    } else if (event.key === "Escape") {
      event.preventDefault();
      settle(false);
    }
  }

  function shift(card, across, down) {
    const list = card.parentElement;
    if (down) {
      const other = down < 0 ? card.previousElementSibling : card.nextElementSibling;
      if (other) list.insertBefore(card, down < 0 ? other : other.nextElementSibling);
    } else {
      const all = columns();
      const column = all[all.indexOf(columnOf(card)) + across];
      if (!column) return;
      const at = cardsIn(list).indexOf(card);
      const target = listOf(column);
      target.insertBefore(card, cardsIn(target)[at] ?? null);
    }
    mark(columnOf(card));
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    // Moving a node takes the focus from what is in it.
    card.querySelector("[data-grip]").focus({ preventScroll: true });
  }

  function settle(isKept, hasLeft = false) {
    const now = held;
    if (!now) return;
    held = null;
    now.card.classList.remove("is-lifted");
    mark(null);
    if (isKept) {
      if (now.card.parentElement === now.list && now.card.nextElementSibling === now.next) say(`${now.card.dataset.name} is dropped where it was.`);
      send(now, true);
      return;
    }
    putBack(now);
    // Who has gone elsewhere is not called back.
    if (!hasLeft) now.card.querySelector("[data-grip]").focus();
    say(`${now.card.dataset.name} is back in ${placeOf(now.card)}.`);
  }

  root.addEventListener("pointerdown", begin);
  addEventListener("pointermove", move, { passive: false });
  addEventListener("pointerup", (event) => drop(event, true));
  addEventListener("pointercancel", (event) => drop(event, false));
  addEventListener("keydown", byKey);
  // Links and pictures bring a drag of their own, which would end ours.
  root.addEventListener("dragstart", (event) => event.preventDefault());
  root.addEventListener("focusout", () => {
    setTimeout(() => { if (held && !drag && !held.card.contains(document.activeElement)) settle(false, true); }, 0);
  });
}
