// Bars by pointer: move, change the length, say how far, draw a link. What else moves is shown while dragging.
import { briefDay, dayOf, isoOf } from "./dates.js";
import { ROW, svg } from "./chart.js";
import { node } from "./tree.js";

const SLACK = 4;

export class Drag {
  constructor(plan, chart, pending, face) {
    Object.assign(this, { plan, chart, pending, face });
    this.acts = { move: this.byMove, resize: this.byResize, progress: this.byProgress, link: this.byLink };
    for (const name of Object.keys(this.acts)) this.acts[name] = this.acts[name].bind(this);
    this.tip = node("div", "chart-tip", { hidden: "" });
    document.body.append(this.tip);
    chart.node.addEventListener("pointerdown", (event) => this.begin(event));
    chart.node.addEventListener("pointermove", (event) => this.move(event));
    chart.node.addEventListener("pointerup", (event) => this.end(event));
    chart.node.addEventListener("pointercancel", () => this.stop());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.now) return;
      event.stopPropagation();
      this.stop();
    }, true);
  }

  begin(event) {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0 || this.now) return;
    const id = Number(grip.closest("[data-mark]").dataset.mark);
    const row = this.plan.row(id);
    event.preventDefault();
    // The native tooltip of the mark would stand still beside the moving one.
    delete grip.dataset.tip;
    this.chart.node.setPointerCapture(event.pointerId);
    this.chart.node.classList.add("is-dragging");
    const edges = this.chart.edges(row);
    this.now = { kind: grip.dataset.grip, end: grip.dataset.end, id, row, edges, x: event.clientX, y: event.clientY, pointer: event.pointerId, at: this.plan.index.get(id), hasMoved: false };
    const middle = this.now.at * ROW + ROW / 2;
    if (this.now.kind === "link") {
      const x = edges[this.now.end === "start" ? 0 : 1];
      this.shape = svg("path", { class: "gantt-drawn-link", d: "" });
      Object.assign(this.now, { from: [x, middle] });
    } else {
      const isPoint = row.kind === "milestone";
      this.shape = svg("rect", { class: "gantt-shadow", x: edges[0] - (isPoint ? 7 : 0), y: middle - 8, width: isPoint ? 14 : edges[1] - edges[0], height: 16, rx: 3 });
    }
    this.chart.over.append(this.shape);
  }

  move(event) {
    const { now } = this;
    if (!now) return;
    const dx = event.clientX - now.x;
    if (!now.hasMoved && Math.abs(dx) < SLACK && Math.abs(event.clientY - now.y) < SLACK) return;
    if (!now.hasMoved) {
      now.hasMoved = true;
      this.pending.isDragging = true;
    }
    this.acts[now.kind](now, dx, event);
    this.tip.hidden = !now.said;
    this.tip.textContent = now.said ?? "";
    this.tip.style.left = `${Math.min(event.clientX + 14, innerWidth - 220)}px`;
    this.tip.style.top = `${event.clientY + 18}px`;
    const key = JSON.stringify(now.edit ?? null);
    if (now.edit && key !== now.tried) {
      now.tried = key;
      this.pending.tryOut(now.edit);
    }
  }

  days(dx) {
    return Math.round(dx / this.chart.scale.perDay);
  }

  byMove(now, dx) {
    const by = this.days(dx);
    const isPoint = now.row.kind === "milestone";
    const start = dayOf(now.row.start) + by;
    this.shape.setAttribute("x", now.edges[0] + by * this.chart.scale.perDay - (isPoint ? 7 : 0));
    now.said = isPoint ? briefDay(start) : `From ${briefDay(start)}`;
    now.edit = by ? { do: "change", task: now.id, start_on: isoOf(start) } : null;
  }

  byResize(now, dx) {
    const finish = Math.max(dayOf(now.row.start), dayOf(now.row.finish) + this.days(dx));
    this.shape.setAttribute("width", Math.max(3, this.chart.scale.x(finish + 1) - now.edges[0]));
    now.said = `Until ${briefDay(finish)}`;
    now.edit = finish === dayOf(now.row.finish) ? null : { do: "change", task: now.id, finish_on: isoOf(finish) };
  }

  byProgress(now, dx) {
    const width = now.edges[1] - now.edges[0];
    const share = ((now.row.done ?? 0) / 100) * width + dx;
    const percent = Math.max(0, Math.min(100, Math.round((share / width) * 20) * 5));
    this.shape.setAttribute("width", (percent / 100) * width);
    now.said = `${percent} % done`;
    now.edit = percent === now.row.done ? null : { do: "change", task: now.id, percent: String(percent) };
    now.isSavedAtOnce = true;
  }

  byLink(now, dx, event) {
    const place = this.chart.at(event.clientX, event.clientY);
    this.shape.setAttribute("d", `M${now.from[0]} ${now.from[1]}L${place.x} ${place.y}`);
    const target = this.plan.visible[place.at];
    this.face.mark(target?.id ?? null);
    now.edit = null;
    now.said = "Drop it on the task that waits";
    if (!target || target.id === now.id) return;
    const edges = this.chart.edges(this.plan.row(target.id));
    const isStart = !edges || target.kind === "milestone" || place.x <= (edges[0] + edges[1]) / 2;
    const type = `${now.end === "start" ? "S" : "F"}${isStart ? "S" : "F"}`;
    now.said = `${now.row.wbs} → ${target.wbs} ${target.name} (${type})`;
    now.edit = { do: "link", from: now.id, to: target.id, type, lag: "" };
  }

  end() {
    const { now } = this;
    if (!now) return;
    this.stop(now.edit !== null && now.edit !== undefined);
    if (!now.hasMoved) this.face.pick(now.id);
    else if (now.edit && now.isSavedAtOnce && !this.pending.isOpen) this.face.save(now.edit);
    else if (now.edit) this.pending.add(now.edit);
  }

  stop(isKept = false) {
    if (!this.now) return;
    const { id, pointer } = this.now;
    this.now = null;
    this.shape.remove();
    this.tip.hidden = true;
    this.face.mark(null);
    this.chart.node.classList.remove("is-dragging");
    if (this.chart.node.hasPointerCapture(pointer)) this.chart.node.releasePointerCapture(pointer);
    this.pending.isDragging = false;
    this.pending.next = null;
    if (!isKept) {
      // Back to what was tried out before, or to nothing.
      if (this.pending.isOpen) this.pending.again();
      else this.pending.clear();
    }
    this.face.redraw([id]);
  }
}
