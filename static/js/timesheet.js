// The timesheet: move with the keyboard, sums while typing, a warning before typed hours are left behind.
import { seconds } from "./duration.js";

const sheet = document.querySelector("[data-timesheet]");
const DAY = 24 * 3600;
const shown = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const hours = (value) => shown.format(value / 3600);

if (sheet) start();

function start() {
  const table = sheet.querySelector("table");
  const rows = [...sheet.querySelectorAll("[data-row]")];
  const cells = [...sheet.querySelectorAll(".sheet-cell")];
  const dayTotals = [...sheet.querySelectorAll("[data-day-total]")];
  const notice = sheet.querySelector("[data-dirty]");
  const dirty = () => cells.some((cell) => cell.value !== cell.defaultValue || cell.classList.contains("is-typed"));
  let isLeaving = false;

  function sum() {
    const days = dayTotals.map(() => 0);
    for (const row of rows) {
      let total = 0;
      row.querySelectorAll("td[data-col]").forEach((spot, index) => {
        const cell = spot.querySelector(".sheet-cell");
        const typed = cell ? seconds(cell.value) : Number(spot.querySelector("[data-open]")?.dataset.open ?? 0);
        const bad = typed === null || typed > DAY;
        if (cell) {
          cell.toggleAttribute("aria-invalid", false);
          if (bad) cell.setAttribute("aria-invalid", "true");
          cell.classList.toggle("is-invalid", bad);
        }
        const value = Number(spot.dataset.closed) + (typed ?? 0);
        days[index] += value;
        total += value;
      });
      row.querySelector("[data-row-total]").textContent = hours(total);
      if (row.dataset.planned !== undefined) {
        const plan = row.querySelector("[data-row-plan]");
        const logged = Number(row.dataset.before) + total;
        const over = logged > Number(row.dataset.planned);
        plan.textContent = `${hours(logged)} of ${hours(row.dataset.planned)}${over ? " over" : ""}`;
        plan.className = over ? "tone-text tone-watch" : "";
      }
    }
    days.forEach((value, index) => {
      dayTotals[index].textContent = value > DAY ? `${hours(value)} (over 24)` : hours(value);
      dayTotals[index].classList.toggle("is-over", value > DAY);
    });
    const week = days.reduce((all, value) => all + value, 0);
    sheet.querySelectorAll("[data-week-total]").forEach((spot) => { spot.textContent = hours(week); });
    sheet.querySelector("[data-week-bar]").value = week;
    notice.textContent = dirty() ? "Not saved yet" : "";
  }

  function move(cell, down, across) {
    const all = cell.closest("table");
    const lines = rows.filter((row) => row.querySelector(".sheet-cell"));
    const line = lines.indexOf(cell.closest("tr")) + down;
    const column = Number(cell.closest("td").dataset.col) + across;
    const next = lines[line]?.querySelector(`td[data-col="${column}"] .sheet-cell`);
    if (!next || !all) return false;
    if (across && getComputedStyle(next.closest("td")).display === "none") show(column);
    next.focus();
    return true;
  }

  sheet.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".sheet-cell");
    if (!cell || event.altKey) return;
    const atStart = cell.selectionEnd === 0 || cell.selectionEnd - cell.selectionStart === cell.value.length;
    const atEnd = cell.selectionStart === cell.value.length || cell.selectionEnd - cell.selectionStart === cell.value.length;
    const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [event.shiftKey ? -1 : 1, 0] };
    if (atStart) ways.ArrowLeft = [0, -1];
    if (atEnd) ways.ArrowRight = [0, 1];
    if (event.key === "Escape") {
      cell.value = cell.defaultValue;
      cell.select();
      sum();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save();
    } else if ((event.ctrlKey || event.metaKey) && ["d", "r"].includes(event.key.toLowerCase())) {
      event.preventDefault();
      fill(cell, event.key.toLowerCase() === "d");
    } else if (ways[event.key] && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      move(cell, ...ways[event.key]);
    }
  });
  /** Take over what stands above the cell, or before it in the line. */
  function fill(cell, fromAbove) {
    const lines = rows.filter((row) => row.querySelector(".sheet-cell"));
    const column = Number(cell.closest("td").dataset.col);
    const line = fromAbove ? lines[lines.indexOf(cell.closest("tr")) - 1] : cell.closest("tr");
    const source = line?.querySelector(`td[data-col="${fromAbove ? column : column - 1}"] .sheet-cell`);
    if (!source) return;
    cell.value = source.value;
    sum();
    cell.select();
  }

  sheet.addEventListener("focusin", (event) => event.target.matches(".sheet-cell") && event.target.select());
  sheet.addEventListener("input", sum);

  function save() {
    sheet.requestSubmit(sheet.querySelector("[name=do][value=save]"));
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
  });

  sheet.addEventListener("submit", () => { isLeaving = true; });
  addEventListener("pageshow", () => { isLeaving = false; });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && dirty()) event.preventDefault();
  });

  // On a phone one day is shown at a time.
  const buttons = [...sheet.querySelectorAll(".sheet-days button")];
  function show(day) {
    if (!table) return;
    table.dataset.day = String(day);
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.day === String(day))));
  }
  buttons.forEach((button) => button.addEventListener("click", () => show(button.dataset.day)));
  show(buttons.find((button) => "today" in button.dataset)?.dataset.day ?? 0);
  sum();
  // A task that has just been put on the sheet is what one wants to type into.
  const added = new URLSearchParams(location.search).getAll("add").at(-1);
  const fresh = added && sheet.querySelector(`[name^="cell-${CSS.escape(added)}-"]`);
  if (fresh && !fresh.closest("tr").querySelector(".sheet-cell:not([value=''])")) fresh.focus();
}
