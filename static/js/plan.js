// The plan page: takes the place of the plain tables once all rows are here. Without it they stay and work.
import { Chart, ROW } from "./plan/chart.js";
import { shortDay, dayOf } from "./plan/dates.js";
import { Drag } from "./plan/drag.js";
import { Editor } from "./plan/edit.js";
import { Pending } from "./plan/pending.js";
import { ZOOMS } from "./plan/scale.js";
import { Plan } from "./plan/store.js";
import { get, Refusal } from "./plan/talk.js";
import { node, Tree } from "./plan/tree.js";
import { Work } from "./plan/work.js";

const MARGIN = 8;
const root = document.querySelector("[data-plan]");
if (root) start().catch((error) => {
  // The plain page is still there and works; what went wrong is for the console.
  root.querySelector("[data-gantt]").hidden = true;
  document.querySelectorAll("[data-plain]").forEach((part) => { part.hidden = false; });
  console.warn(error);
});

async function start() {
  const gantt = root.querySelector("[data-gantt]");
  const scroller = root.querySelector("[data-scroll]");
  const live = root.querySelector("[data-live]");
  const filters = document.querySelector(".filters");
  const urls = { data: root.dataset.url, edit: root.dataset.editUrl, preview: root.dataset.previewUrl };
  const plan = new Plan(root);
  /** Where the rows are read, with the baseline that is chosen. */
  function dataUrl() {
    return `${urls.data}?baseline=${filters.elements.baseline?.value ?? ""}`;
  }
  plan.load(await get(dataUrl()));
  document.querySelectorAll("[data-plain]").forEach((part) => { part.hidden = true; });
  gantt.hidden = false;

  const tree = new Tree(plan, root);
  const chart = new Chart(plan, root);
  let hovered;
  let running = 0;
  const face = makeFace();
  const work = new Work(plan, urls, face);
  const pending = new Pending(plan, work, urls, root.querySelector("[data-pending-bar]"), face);
  const editor = new Editor(plan, tree, root, change);
  new Drag(plan, chart, pending, face);
  gantt.classList.toggle("may-change", plan.can.change);
  root.querySelectorAll("[data-needs-change]").forEach((part) => { part.hidden = !plan.can.change; });

  // --- Filters and zoom, kept in the address ---------------------------------------------------------------
  const zoomSelect = filters.elements.zoom;
  const baselineSelect = filters.elements.baseline;
  function readFilters() {
    for (const name of Object.keys(plan.filter)) plan.filter[name] = filters.elements[name]?.value ?? "";
  }
  function keepAddress() {
    const said = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...plan.filter, baseline: baselineSelect?.value, zoom: zoomSelect.value === "fit" ? "" : zoomSelect.value })) if (value) said.set(name, value);
    history.replaceState(null, "", `${location.pathname}${said.size ? `?${said}` : ""}`);
  }
  filters.addEventListener("input", (event) => {
    if (event.target === zoomSelect) zoomTo(zoomSelect.value);
    else if (event.target === baselineSelect) face.reload();
    else {
      // The path stays that of the task one stood on when asking for it.
      if (event.target.name === "show") filters.elements.task.value = event.target.value === "driving" ? tree.current.id ?? "" : "";
      readFilters();
      plan.arrange();
      say(`${plan.visible.length} rows`);
    }
    keepAddress();
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
  readFilters();

  // --- Layout -----------------------------------------------------------------------------------------------
  const room = () => Math.max(200, scroller.clientWidth - tree.node.offsetWidth - 7);
  function fitHeight() {
    const top = scroller.getBoundingClientRect().top + scrollY;
    const least = innerWidth < 768 ? innerHeight * 0.75 : 360;
    scroller.style.maxHeight = `${Math.max(least, innerHeight - top - 56)}px`;
  }
  function layout() {
    tree.layout();
    chart.layout(zoomSelect.value, room());
    root.querySelector("[data-none]").hidden = plan.visible.length > 0;
    draw();
  }
  function range() {
    const from = Math.max(0, Math.floor((scroller.scrollTop - 40) / ROW) - MARGIN);
    return [from, Math.ceil((scroller.scrollTop + scroller.clientHeight) / ROW) + MARGIN];
  }
  function draw() {
    const [from, to] = range();
    tree.draw(from, to);
    chart.draw(from, to);
  }
  let frame = 0;
  scroller.addEventListener("scroll", () => {
    if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(); });
  }, { passive: true });
  plan.addEventListener("arranged", layout);
  function show(day) {
    scroller.scrollLeft = Math.max(0, chart.scale.x(day) - room() / 3);
  }
  /** Go to today, and to the first row that is not behind it. */
  function showToday() {
    const at = plan.visible.findIndex((row) => row.kind !== "summary" && dayOf(row.finish) >= plan.today);
    if (at >= 0) scroller.scrollTop = Math.max(0, (at - 2) * ROW);
    show(plan.today);
  }
  function zoomTo(zoom, day = chart.scale.day(scroller.scrollLeft + room() / 3)) {
    zoomSelect.value = zoom;
    layout();
    show(day);
  }
  function zoomBy(step) {
    const names = Object.keys(ZOOMS);
    const at = names.findLastIndex((name) => ZOOMS[name] <= chart.scale.perDay * 1.001);
    const isFit = zoomSelect.value === "fit";
    const next = names[Math.max(0, Math.min(names.length - 1, isFit && step < 0 ? Math.max(at, 0) : at + step))];
    zoomTo(next);
    keepAddress();
    say(`Zoom: ${next}`);
  }
  let width = 0;
  new ResizeObserver(() => {
    fitHeight();
    if (scroller.clientWidth !== width) {
      width = scroller.clientWidth;
      layout();
    }
  }).observe(scroller);
  addEventListener("resize", fitHeight);

  // --- The splitter -----------------------------------------------------------------------------------------
  const split = root.querySelector("[data-split]");
  const kept = Number(localStorage.getItem("plan:tree"));
  function widen(value, isKept = true) {
    const size = Math.round(Math.max(160, Math.min(value, scroller.clientWidth - 120)));
    gantt.style.setProperty("--tree", `${size}px`);
    split.setAttribute("aria-valuenow", size);
    if (isKept) localStorage.setItem("plan:tree", size);
    layout();
  }
  split.setAttribute("aria-valuenow", tree.node.offsetWidth);
  split.addEventListener("pointerdown", (event) => {
    split.setPointerCapture(event.pointerId);
    const begin = tree.node.offsetWidth - event.clientX;
    const moved = (now) => widen(begin + now.clientX);
    split.addEventListener("pointermove", moved);
    split.addEventListener("pointerup", () => split.removeEventListener("pointermove", moved), { once: true });
  });
  split.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -32, ArrowRight: 32 }[event.key];
    if (!by) return;
    event.preventDefault();
    widen(tree.node.offsetWidth + by);
  });

  // --- Telling ----------------------------------------------------------------------------------------------
  const notice = root.querySelector("[data-notice]");
  let noticeTimer = 0;
  function say(text) {
    live.textContent = text;
  }
  function note(text, { canUndo = false, isBad = false } = {}) {
    clearTimeout(noticeTimer);
    say(text);
    notice.hidden = false;
    notice.classList.toggle("is-bad", isBad);
    notice.querySelector("[data-notice-text]").textContent = text;
    notice.querySelector("[data-undo]").hidden = !canUndo;
    if (!isBad) noticeTimer = setTimeout(() => { notice.hidden = true; }, 9000);
  }
  notice.querySelector("[data-notice-close]").addEventListener("click", () => { notice.hidden = true; });

  function makeFace() {
    return {
      say,
      refused: (text) => note(text, { isBad: true }),
      busy(isBusy) {
        running += isBusy ? 1 : -1;
        gantt.setAttribute("aria-busy", String(running > 0));
      },
      redraw(ids) {
        tree.redraw(ids);
        chart.redraw(ids);
        if (hovered && ids && [...ids].includes(Number(hovered))) {
          chart.equip(Number(hovered));
          root.querySelectorAll(`[data-row="${hovered}"]`).forEach((part) => part.classList.add("is-hovered"));
        }
      },
      focus: () => tree.focus(tree.current.id),
      mark(id) {
        root.querySelectorAll(".is-target").forEach((part) => part.classList.remove("is-target"));
        if (id !== null) root.querySelectorAll(`[data-row="${id}"]`).forEach((part) => part.classList.add("is-target"));
      },
      pick: (id) => tree.focus(id, "name", { scroll: false }),
      save: (edit) => change(edit).catch((error) => face.told(error)),
      told(error) {
        if (!(error instanceof Refusal)) throw error;
        if (!error.theirs) note(error.message, { isBad: true });
      },
      async reload() {
        plan.load(await get(dataUrl()));
      },
      changed: showChange,
      choose,
    };
  }

  /** Take over what an edit changed and say so: rows flash, the finish is told. */
  function showChange(change, edits, said) {
    const hadFocus = tree.node.contains(document.activeElement) || document.activeElement === document.body;
    const edited = new Set(edits.map((edit) => edit.task));
    const [first, last] = plan.span();
    const order = plan.visible.map((row) => row.id).join();
    const before = new Map(change.tasks.map((row) => [row.id, plan.tasks.get(row.id)]));
    plan.removeEventListener("arranged", layout);
    const ids = plan.apply(change);
    plan.addEventListener("arranged", layout);
    const [nowFirst, nowLast] = plan.span();
    if (first !== nowFirst || last !== nowLast || order !== plan.visible.map((row) => row.id).join()) {
      const at = [scroller.scrollLeft, scroller.scrollTop];
      const day = chart.scale.day(0);
      layout();
      [scroller.scrollLeft, scroller.scrollTop] = [at[0] + chart.scale.x(day), at[1]];
    } else face.redraw(ids);
    // A row whose float alone has changed stands where it stood.
    const others = change.tasks.filter((row) => {
      const was = before.get(row.id);
      return was && !edited.has(row.id) && row.kind !== "summary" && (was.start !== row.start || was.finish !== row.finish);
    });
    for (const id of ids) {
      const row = tree.rows.get(id);
      row?.classList.add("is-fresh");
      setTimeout(() => row?.classList.remove("is-fresh"), 1600);
    }
    if (hadFocus && !editor.isOpen && !tree.node.contains(document.activeElement)) tree.focus(tree.current.id ?? plan.visible[0]?.id, tree.current.column);
    const { finish } = change;
    const parts = [said || (change.gone.length ? `Deleted ${change.gone.length} task${change.gone.length === 1 ? "" : "s"}.` : "Saved.")];
    if (others.length && !change.order) parts.push(`${others.length} other task${others.length === 1 ? "" : "s"} moved.`);
    if (finish.days) parts.push(`Finish ${shortDay(dayOf(finish.after))}, ${finish.days > 0 ? "+" : "−"}${Math.abs(finish.days)} working days.`);
    parts.push(...change.notes);
    const isTold = change.gone.length || finish.days || change.notes.length || said;
    if (isTold) note(parts.join(" "), { canUndo: !said });
    else {
      notice.hidden = true;
      say(parts.join(" "));
    }
  }

  /** Ask, with both versions in view. Resolves to true for "mine". */
  function choose(message, lines) {
    const dialog = root.querySelector("[data-conflict]");
    dialog.querySelector("[data-conflict-text]").textContent = message;
    dialog.querySelector("tbody").replaceChildren(...lines.map((line) => node("tr", "", {}, node("th", "", { scope: "row" }, `${line.task}: ${line.label}`), node("td", "", {}, line.mine || "–"), node("td", "", {}, line.theirs || "–"))));
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "mine"), { once: true }));
  }

  /** Save an edit by itself; while something is tried out it joins that. */
  async function change(edit) {
    if (pending.isOpen) return pending.add(edit);
    return work.save([edit]);
  }

  // --- What one can do to the row one stands on ----------------------------------------------------------------
  const current = () => plan.tasks.get(tree.current.id);
  async function outline(edit, column = tree.current.column) {
    if (pending.isOpen) return note("Save or cancel what you are trying out first.", { isBad: true });
    try {
      const done = await work.save([edit]);
      const made = edit.do === "add" ? Math.max(...done.tasks.map((row) => row.id)) : edit.task;
      if (plan.index.has(made)) tree.focus(made, column);
      else if (edit.do === "delete") tree.focus(tree.current.id, column);
      return made;
    } catch (error) {
      face.told(error);
      return null;
    }
  }
  const actions = {
    async add() {
      const row = current();
      const isInside = row && row.kind === "summary" && !plan.collapsed.has(row.id);
      const last = plan.order.filter((other) => !other.parent).at(-1);
      held = { text: "", isDone: false };
      const made = await outline({ do: "add", name: "New task", parent: isInside ? row.id : row?.parent ?? null, after: isInside ? null : row?.id ?? last?.id ?? null }, "name");
      const { text, isDone } = held;
      held = null;
      if (!made) return;
      if (isDone && text.trim()) change({ do: "change", task: made, name: text.trim() }).catch((error) => face.told(error));
      else editor.begin(made, "name", text || null);
    },
    indent: () => current() && outline({ do: "indent", task: current().id }),
    outdent: () => current() && outline({ do: "outdent", task: current().id }),
    up: () => current() && outline({ do: "up", task: current().id }),
    down: () => current() && outline({ do: "down", task: current().id }),
    delete() {
      const row = current();
      if (!row) return;
      outline({ do: "delete", task: row.id }, "name");
    },
    undo: () => work.undo()?.catch((error) => face.told(error)),
    in: () => zoomBy(1),
    out: () => zoomBy(-1),
    today: showToday,
    fold: () => plan.collapseAll(true),
    unfold: () => plan.collapseAll(false),
    keys: () => root.querySelector("[data-keys]").showModal(),
    open: () => current() && location.assign(root.dataset.taskUrl.replace("/0/", `/${current().id}/`)),
  };
  const CHANGES = new Set(["add", "indent", "outdent", "up", "down", "delete"]);
  function act(name) {
    if (CHANGES.has(name) && !plan.can.change) return;
    notice.hidden = name === "undo" ? true : notice.hidden;
    actions[name]();
  }
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) return act(button.dataset.act);
    const toggle = event.target.closest("[data-toggle]");
    if (toggle) return plan.collapse(Number(toggle.dataset.toggle), !plan.collapsed.has(Number(toggle.dataset.toggle)));
    const link = event.target.closest("[data-link]");
    if (link && plan.can.change && event.target.closest("[data-chart]")) {
      const found = plan.links.get(link.dataset.link);
      if (found?.id && !editor.isOpen) editor.link(found, { left: event.clientX, top: event.clientY, bottom: event.clientY });
      return null;
    }
    const cell = event.target.closest(".gantt-row > .gantt-cell");
    if (!cell || editor.isOpen) return null;
    const id = Number(cell.parentElement.dataset.row);
    const isSecond = wasFocused;
    tree.focus(id, cell.dataset.col, { scroll: false });
    if (isSecond) editor.begin(id, cell.dataset.col);
    return null;
  });
  let wasFocused = false;
  tree.node.addEventListener("pointerdown", (event) => {
    wasFocused = document.activeElement === event.target.closest(".gantt-cell");
  });
  tree.node.addEventListener("focusin", (event) => {
    // However the focus came here, by click, by a screen reader or by a script, one stands on that cell.
    const cell = event.target.closest(".gantt-row > .gantt-cell");
    if (cell === event.target) tree.stand(Number(cell.parentElement.dataset.row), cell.dataset.col);
  });
  tree.node.addEventListener("dblclick", (event) => {
    const cell = event.target.closest(".gantt-row > .gantt-cell");
    if (cell && !editor.isOpen) editor.begin(Number(cell.parentElement.dataset.row), cell.dataset.col);
  });
  tree.node.addEventListener("wanted", ({ detail }) => {
    // The row must be there before it can take the focus.
    const top = plan.index.get(detail.id) * ROW;
    if (detail.scroll) {
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + ROW + 40 > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW + 40 - scroller.clientHeight + 12;
    }
    draw();
  });
  root.addEventListener("pointerover", (event) => {
    const line = event.target.closest(".gantt-link-hit");
    if (line && !line.dataset.tip) line.dataset.tip = chart.linkTip(line.parentNode.dataset.link);
    const id = event.target.closest("[data-row]")?.dataset.row;
    if (id === hovered) return;
    root.querySelectorAll(".is-hovered").forEach((part) => part.classList.remove("is-hovered"));
    hovered = id;
    if (!id) return;
    chart.equip(Number(id));
    root.querySelectorAll(`[data-row="${id}"]`).forEach((part) => part.classList.add("is-hovered"));
  });
  chart.node.addEventListener("pointerdown", (event) => {
    // A finger comes without hovering.
    const id = event.target.closest("[data-row]")?.dataset.row;
    if (id) chart.equip(Number(id));
  }, true);

  // What is typed while a new task is on its way is its name.
  let held = null;
  document.addEventListener("keydown", (event) => {
    if (!held || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.length === 1) held.text += event.key;
    else if (event.key === "Backspace") held.text = held.text.slice(0, -1);
    else if (event.key === "Enter") held.isDone = true;
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // --- Keys ---------------------------------------------------------------------------------------------------
  tree.node.addEventListener("keydown", (event) => {
    if (editor.isOpen || !event.target.closest(".gantt-row")) return;
    const { id, column } = tree.current;
    const row = plan.tasks.get(id);
    const at = plan.index.get(id);
    const seen = tree.seen();
    const place = seen.indexOf(column);
    const toRow = (number) => tree.focus(plan.visible[Math.max(0, Math.min(number, plan.visible.length - 1))].id);
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2);
    const isMain = event.ctrlKey || event.metaKey;
    if (event.altKey && event.shiftKey) {
      const step = { ArrowRight: "indent", ArrowLeft: "outdent", ArrowUp: "up", ArrowDown: "down" }[event.key];
      if (!step) return;
      event.preventDefault();
      return act(step);
    }
    if (event.altKey) return;
    const keys = {
      ArrowDown: () => toRow(at + 1),
      ArrowUp: () => toRow(at - 1),
      PageDown: () => toRow(at + page),
      PageUp: () => toRow(at - page),
      Home: () => (isMain ? toRow(0) : tree.focus(id, seen[0])),
      End: () => (isMain ? toRow(plan.visible.length - 1) : tree.focus(id, seen.at(-1))),
      ArrowRight() {
        if (place === 0 && row.kind === "summary" && plan.collapsed.has(id)) fold(id, false);
        else if (seen[place + 1]) tree.focus(id, seen[place + 1]);
      },
      ArrowLeft() {
        if (place > 0) tree.focus(id, seen[place - 1]);
        else if (row.kind === "summary" && !plan.collapsed.has(id)) fold(id, true);
        else if (row.parent) tree.focus(row.parent);
      },
      " ": () => row.kind === "summary" && fold(id, !plan.collapsed.has(id)),
      Enter: () => editor.begin(id, column) || (isMain && actions.open()),
      F2: () => editor.begin(id, column),
      Insert: () => act("add"),
      Delete: () => act("delete"),
      Escape: () => pending.isOpen && pending.cancel(),
    };
    if (isMain && event.key === "Enter") {
      event.preventDefault();
      return actions.open();
    }
    if (keys[event.key] && (!isMain || ["Home", "End"].includes(event.key))) {
      event.preventDefault();
      return keys[event.key]();
    }
    // Typing over a cell begins to edit it, as in a sheet.
    if (!isMain && /^[\p{L}\p{N}]$/u.test(event.key) && editor.begin(id, column, event.key)) event.preventDefault();
    return null;
  });
  function fold(id, isClosed) {
    plan.collapse(id, isClosed);
    tree.focus(id);
    say(isClosed ? "Collapsed" : "Expanded");
  }
  root.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, dialog[open]") && !event.target.closest("[data-pending-bar]")) return;
    const isMain = event.ctrlKey || event.metaKey;
    const name = isMain ? { z: "undo" }[event.key.toLowerCase()] : { "+": "in", "-": "out", "?": "keys" }[event.key];
    if (event.key === "Escape" && pending.isOpen) {
      event.preventDefault();
      pending.cancel();
    } else if (name && !event.altKey) {
      event.preventDefault();
      act(name);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && pending.isOpen && event.target === document.body) pending.cancel();
    if (event.key === "?" && event.target === document.body) act("keys");
  });

  // What others did meanwhile is read when one comes back to the page.
  let readAt = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || pending.isOpen || editor.isOpen || Date.now() - readAt < 60000) return;
    readAt = Date.now();
    face.reload().catch(() => null);
  });
  addEventListener("beforeunload", (event) => {
    if (pending.isOpen) event.preventDefault();
  });

  fitHeight();
  if (kept) widen(kept, false);
  plan.arrange();
  width = scroller.clientWidth;
  if (zoomSelect.value !== "fit") showToday();
  root.dataset.ready = "yes";
}
