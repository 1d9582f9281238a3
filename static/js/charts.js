// Tooltips for charts: any mark with data-tip, by pointer or, on a focused chart, by arrow keys.
// A chart has role="img", so its marks must not take focus themselves; the chart does, and steps through them.

const tip = Object.assign(document.createElement("div"), { className: "chart-tip", hidden: true });
tip.setAttribute("role", "status");
let current = null;

// The native titles serve readers without scripts; with this module they would show a second tooltip.
function prepare(chart) {
  // Once only: a second time the title would be gone, and the chart would lose its name.
  if (chart.hasAttribute("aria-label")) return;
  chart.setAttribute("aria-label", chart.querySelector(":scope > title")?.textContent ?? "");
  chart.setAttribute("aria-describedby", chart.querySelector(":scope > desc")?.id ?? "");
  chart.removeAttribute("aria-labelledby");
  chart.querySelectorAll("title").forEach((title) => title.remove());
  if (chart.querySelector("[data-tip]")) chart.setAttribute("tabindex", "0");
}

function show(mark, x, y) {
  if (mark !== current) {
    current?.classList.remove("is-current");
    mark?.classList.add("is-current");
    current = mark;
    tip.textContent = mark?.dataset.tip ?? "";
    tip.hidden = !mark;
  }
  if (!mark) return;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 4))}px`;
  tip.style.top = `${y - box.height - 10 < 4 ? y + 16 : y - box.height - 10}px`;
}

function step(event) {
  if (event.key === "Escape") return show(null);
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const chart = event.target.closest?.("svg.chart");
  if (!by || !chart) return;
  const marks = [...chart.querySelectorAll("[data-tip]")];
  if (!marks.length) return;
  event.preventDefault();
  const at = marks.indexOf(current);
  const mark = marks[at < 0 ? (by > 0 ? 0 : marks.length - 1) : Math.max(0, Math.min(at + by, marks.length - 1))];
  mark.scrollIntoView({ block: "nearest", inline: "nearest" });
  const box = mark.getBoundingClientRect();
  show(mark, box.x + box.width / 2, box.y);
}

document.body.append(tip);
const prepareAll = (root) => root.querySelectorAll?.("svg.chart").forEach(prepare);
prepareAll(document);
document.addEventListener("htmx:load", (event) => prepareAll(event.detail?.elt?.parentElement ?? document));
document.addEventListener("pointermove", (event) => show(event.target.closest?.(".chart [data-tip]") ?? null, event.clientX, event.clientY));
document.addEventListener("keydown", step);
document.addEventListener("focusout", () => show(null));
