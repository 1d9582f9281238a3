// The chart: one SVG beside the tree. Only rows in view are drawn; links when one of their ends may be seen.
import { briefDay, dayOf, weekday } from "./dates.js";
import { Scale } from "./scale.js";

export const ROW = 36;
const HEAD = 40;
const BAR = 14;
const NS = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const diamond = (x, y, r) => `M${x} ${y - r}l${r} ${r} ${-r} ${r} ${-r} ${-r}Z`;
const half = (value) => Math.round(value * 2) / 2;

export class Chart {
  constructor(plan, root) {
    this.plan = plan;
    this.scale = new Scale();
    this.axis = root.querySelector("[data-axis]");
    this.node = root.querySelector("[data-chart]");
    this.ground = svg("g");
    this.linkLayer = svg("g", { class: "gantt-links" });
    this.rowLayer = svg("g");
    this.over = svg("g", { class: "gantt-over" });
    this.node.append(this.ground, this.linkLayer, this.rowLayer, this.over);
    this.rows = new Map();
    this.lines = new Map();
    this.range = [0, 0];
  }

  /** Lay the whole anew: another zoom, other dates at the edges, another number of rows. */
  layout(zoom, room) {
    this.scale.set(this.plan.span(), zoom, room);
    this.height = Math.max(this.plan.visible.length, 1) * ROW;
    for (const [node, height] of [[this.axis, HEAD], [this.node, this.height]]) {
      node.setAttribute("width", this.scale.width);
      node.setAttribute("height", height);
    }
    this.drawAxis();
    this.drawGround();
    this.clear();
  }

  clear() {
    this.rowLayer.replaceChildren();
    this.linkLayer.replaceChildren();
    this.rows.clear();
    this.lines.clear();
  }

  drawAxis() {
    const { scale } = this;
    const [upper, lower] = scale.tiers();
    const parts = [];
    for (const cell of scale.cells(upper, true)) {
      if (cell.left > 0) parts.push(svg("line", { class: "chart-axis", x1: cell.left, x2: cell.left, y1: 4, y2: 20 }));
      if (cell.right - cell.left > 7 * cell.label.length + 8) {
        parts.push(svg("text", { class: "chart-text gantt-upper", x: cell.left + 6, y: 15 }, cell.label));
      }
    }
    const now = scale.x(this.plan.today + 0.5);
    for (const cell of scale.cells(lower, false)) {
      const middle = (cell.left + cell.right) / 2;
      if (cell.right - cell.left < 7 * cell.label.length + 2 || Math.abs(middle - now) < 25 + 3.5 * cell.label.length) continue;
      const isOff = lower === "day" && !this.plan.week.has(weekday(cell.start));
      parts.push(svg("text", { class: `chart-text-muted gantt-lower${isOff ? " is-off" : ""}`, x: middle, y: 33, "text-anchor": "middle" }, cell.label));
    }
    parts.push(
      svg("rect", { class: "chart-today-badge", x: now - 23, y: 21, width: 46, height: 16, rx: 3 }),
      svg("text", { class: "chart-text-on-badge gantt-today", x: now, y: 33, "text-anchor": "middle" }, "Today"),
    );
    this.axis.replaceChildren(...parts);
  }

  drawGround() {
    const { scale, plan, height } = this;
    const parts = [];
    if (scale.perDay >= 6 && plan.week.size < 7) {
      let path = "";
      for (let day = Math.floor(scale.first); day < scale.last; day++) {
        if (!plan.week.has(weekday(day))) path += `M${scale.x(day)} 0h${scale.perDay}V${height}h${-scale.perDay}Z`;
      }
      parts.push(svg("path", { class: "chart-shade", d: path }));
    }
    let months = "";
    for (const cell of scale.cells(scale.perDay >= 1 ? "month" : "quarter", false)) if (cell.left > 0) months += `M${cell.left} 0V${height}`;
    parts.push(svg("path", { class: "chart-month-line", d: months, "stroke-width": 0.5, fill: "none" }));
    if (plan.status !== null && plan.status !== plan.today) {
      const at = scale.x(plan.status);
      parts.push(svg("line", { class: "chart-status", x1: at, x2: at, y1: 0, y2: height, "stroke-dasharray": "4 3", "data-tip": `Status date ${briefDay(plan.status)}` }));
    }
    const now = scale.x(plan.today + 0.5);
    parts.push(svg("line", { class: "chart-today", x1: now, x2: now, y1: 0, y2: height, "stroke-width": 1.5 }));
    this.ground.replaceChildren(...parts);
  }

  edges(row) {
    const start = dayOf(row?.start || row?.finish);
    const finish = dayOf(row?.finish || row?.start);
    if (start === null) return null;
    if (row.kind === "milestone") return [this.scale.x(finish + 1), this.scale.x(finish + 1)];
    return [this.scale.x(start), Math.max(this.scale.x(finish + 1), this.scale.x(start) + 3)];
  }

  tip(row) {
    const day = (iso) => (iso ? briefDay(dayOf(iso)) : "n/a");
    const lines = [`${row.wbs} ${row.name}`, row.kind === "milestone" ? day(row.finish) : `${day(row.start)} – ${day(row.finish)} · ${row.duration}`];
    if (row.done !== null) lines.push(`${Math.round(row.done)} % done`);
    if (row.critical) lines.push("Critical path");
    const conflict = this.plan.conflict(row);
    if (conflict) lines.push(`Conflict: ${conflict}`);
    else if (row.float) lines.push(`Float ${row.float}, free ${row.free}`);
    const held = this.plan.heldBy(row);
    if (held && (row.done ?? 0) < 100) lines.push(`Held by ${held}`);
    const ghost = this.plan.ghosts[row.id];
    if (ghost) lines.push(`Baseline ${row.kind === "milestone" ? "" : `${day(ghost[0])} – `}${day(ghost[1])}`);
    if (row.deadline) lines.push(`Deadline ${day(row.deadline)}${row.finish > row.deadline ? ": missed" : ""}`);
    if (row.constraint) lines.push(`${this.plan.words[row.constraint]}${row.constraint_at ? ` ${day(row.constraint_at)}` : ""}`);
    if (row.people) lines.push(this.plan.names(row.people).join(", "));
    return lines.join("\n");
  }

  /** Draw what lies between two row numbers; what is there already stays. */
  draw(from, to) {
    this.range = [from, to];
    const { visible } = this.plan;
    const wanted = new Map();
    for (let at = from; at < to && at < visible.length; at++) wanted.set(visible[at].id, at);
    // Groups that leave are filled anew, as the rows of the tree are.
    const free = [];
    for (const [id, group] of this.rows) {
      if (wanted.has(id)) continue;
      this.rows.delete(id);
      free.push(group);
    }
    for (const [id, at] of wanted) if (!this.rows.has(id)) this.put(id, at, free.pop());
    free.forEach((group) => group.remove());
    this.drawLinks(from, to);
  }

  put(id, at, group = this.rows.get(id) ?? this.rowLayer.appendChild(svg("g"))) {
    group.replaceChildren();
    this.bar(id, group);
    group.setAttribute("transform", `translate(0 ${at * ROW})`);
    this.rows.set(id, group);
  }

  /** Draw rows anew that have changed. */
  redraw(ids) {
    for (const id of ids) if (this.rows.has(id) && this.plan.index.has(id)) this.put(id, this.plan.index.get(id));
    this.lines.forEach((line) => line.remove());
    this.lines.clear();
    this.drawLinks(...this.range);
  }

  bar(id, group) {
    const stored = this.plan.tasks.get(id);
    const coming = this.plan.moved.get(id);
    group.dataset.row = id;
    group.setAttribute("class", `gantt-bar${coming ? " is-moving" : ""}`);
    const middle = ROW / 2;
    if (this.plan.ghosts[id]) this.drawGhost(group, stored, middle);
    if (stored.deadline) {
      const at = this.scale.x(dayOf(stored.deadline) + 1);
      group.append(svg("path", { class: "chart-deadline", fill: "none", "stroke-width": 1.75, d: `M${at - 4} ${middle - 9}l4 4 4 -4M${at} ${middle - 5}V${middle + 8}` }));
    }
    if (coming && !same(stored, coming)) this.drawMark(group, stored, middle, "is-before", false);
    this.drawMark(group, coming ?? stored, middle, coming ? "is-preview" : "", true);
  }

  drawGhost(group, row, middle) {
    const [start, finish] = this.plan.ghosts[row.id].map(dayOf);
    if (row.kind === "milestone") {
      group.append(svg("path", { class: "chart-ghost-milestone", "stroke-width": 1.5, d: diamond(this.scale.x(finish + 1), middle, 5) }));
    } else if (start !== null) {
      const left = this.scale.x(start);
      group.append(svg("rect", { class: "chart-ghost", x: left, y: middle + BAR / 2 + 1.5, width: Math.max(this.scale.x(finish + 1) - left, 2), height: 3, rx: 1.5 }));
    }
  }

  drawMark(group, row, middle, look, isLive) {
    const edges = this.edges(row);
    if (!edges) return;
    const [left, right] = edges;
    const mark = svg("g", { class: `gantt-mark ${look}`, "data-mark": isLive ? row.id : null });
    if (isLive && row.late && dayOf(row.late) + 1 > dayOf(row.finish)) {
      const until = this.scale.x(dayOf(row.late) + 1);
      if (until > right) group.append(svg("line", { class: "chart-float", x1: right, x2: until, y1: middle, y2: middle, "stroke-width": 1.5, "stroke-dasharray": "1 2" }));
    }
    if (row.kind === "summary") {
      const foot = Math.min(5, (right - left) / 2);
      mark.append(svg("path", { class: "chart-summary", d: `M${left} ${middle - 5}H${right}V${middle + 6}L${right - foot} ${middle}H${left + foot}L${left} ${middle + 6}Z` }));
    } else if (row.kind === "milestone") {
      const name = `chart-milestone-${row.critical ? "critical" : "plain"}-${row.done >= 100 ? "reached" : "ahead"}`;
      mark.append(svg("path", { class: name, "stroke-width": 2, d: diamond(left, middle, 7) }));
    } else {
      const tone = row.critical ? "critical" : "task";
      const y = middle - BAR / 2;
      mark.append(svg("rect", { class: `chart-bar-${tone}`, "stroke-width": row.critical ? 1.75 : 0.75, x: half(left), y, width: right - left, height: BAR, rx: 3 }));
      const done = Math.max(0, Math.min((row.done ?? 0) / 100, 1)) * (right - left);
      if (done > 0) mark.append(svg("rect", { class: `chart-done-${tone} gantt-done`, x: half(left), y, width: done, height: BAR, rx: 3 }));
    }
    group.append(mark);
  }

  /** Give a row what only the pointer needs, when it comes near: what it says, and where it can be taken. */
  equip(id) {
    const mark = this.rows.get(id)?.querySelector("[data-mark]");
    if (!mark || mark.dataset.equipped) return;
    mark.dataset.equipped = "yes";
    const row = this.plan.row(id);
    const body = mark.firstElementChild;
    const [left, right] = this.edges(row);
    const middle = ROW / 2;
    const may = this.plan.can.change && row.kind !== "summary";
    body.dataset.tip = this.tip(row);
    if (may && !row.started) body.dataset.grip = "move";
    if (row.kind === "milestone" && may) mark.append(this.knob(left + 14, middle, "finish"));
    if (row.kind) return;
    const y = middle - BAR / 2;
    const edge = Math.min(7, (right - left) / 3);
    if (may && !row.finished) mark.append(svg("rect", { class: "gantt-grip", "data-grip": "resize", "data-tip": "Drag to change the duration", x: right - edge, y: y - 2, width: edge + 3, height: BAR + 4 }));
    if (this.plan.may(row, "done") && right - left > 12) {
      const at = left + ((row.done ?? 0) / 100) * (right - left);
      mark.append(svg("path", { class: "gantt-handle", "data-grip": "progress", "data-tip": "Drag to say how far it is", d: `M${at} ${y + BAR - 3}l5 7h-10Z` }));
    }
    if (may) mark.append(this.knob(left - 8, middle, "start"), this.knob(right + 8, middle, "finish"));
  }

  knob(x, y, end) {
    return svg("circle", { class: "gantt-knob", "data-grip": "link", "data-end": end, "data-tip": "Drag to the task that waits for this one", cx: x, cy: y, r: 4.5 });
  }

  drawLinks(from, to) {
    const { index } = this.plan;
    const wanted = new Map();
    for (const [key, link] of this.plan.links) {
      const a = index.get(link.from);
      const b = index.get(link.to);
      if (a !== undefined && b !== undefined && Math.min(a, b) < to && Math.max(a, b) >= from) wanted.set(key, [a, b]);
    }
    const free = [];
    for (const [key, line] of this.lines) {
      if (wanted.has(key)) continue;
      this.lines.delete(key);
      free.push(line);
    }
    for (const [key, [a, b]] of wanted) {
      if (this.lines.has(key)) continue;
      const parts = this.line(this.plan.links.get(key), a, b);
      if (!parts) continue;
      const line = free.pop() ?? this.linkLayer.appendChild(svg("g"));
      line.setAttribute("class", `gantt-link${this.plan.links.get(key).id ? "" : " is-preview"}`);
      line.dataset.link = key;
      line.replaceChildren(...parts);
      this.lines.set(key, line);
    }
    free.forEach((line) => line.remove());
  }

  line(link, a, b) {
    const source = this.plan.row(link.from);
    const target = this.plan.row(link.to);
    const ends = [this.edges(source), this.edges(target)];
    if (!ends[0] || !ends[1]) return null;
    const end = (row, edges, at, isStart) => {
      const radius = row.kind === "milestone" ? 7 : 0;
      return { x: edges[isStart ? 0 : 1], y: at * ROW + ROW / 2, side: isStart ? -1 : 1, radius };
    };
    const begin = end(source, ends[0], a, link.type[0] === "S");
    const stop = end(target, ends[1], b, link.type[1] === "S");
    const [path, head] = route(begin, stop, link.type, ends[1][1] - ends[1][0]);
    const isCritical = source.critical && target.critical;
    const name = isCritical ? "chart-link-critical" : "chart-link";
    const parts = [svg("path", { class: name, d: path, fill: "none", "stroke-width": isCritical ? 1.75 : 1 }), svg("path", { class: `${name}-head`, d: head })];
    if (this.plan.can.change && link.id) parts.unshift(svg("path", { class: "gantt-link-hit", d: path }));
    return parts;
  }

  /** Return what a link says. */
  linkTip(key) {
    const link = this.plan.links.get(key);
    const [source, target] = [this.plan.tasks.get(link.from), this.plan.tasks.get(link.to)];
    return `${source.wbs} ${source.name} → ${target.wbs} ${target.name}\n${link.type}${link.lag ? ` ${link.lag}` : ""}\nClick to change or remove`;
  }

  /** Return the row number at a place of the page, and the day there. */
  at(clientX, clientY) {
    const box = this.node.getBoundingClientRect();
    return { at: Math.floor((clientY - box.top) / ROW), day: this.scale.day(clientX - box.left), x: clientX - box.left, y: clientY - box.top };
  }
}

const same = (a, b) => a.start === b.start && a.finish === b.finish && a.done === b.done && a.kind === b.kind;

/** The way of an arrow, as implement/core/charts/gantt_links.py draws it: straight on and down, or around. */
function route(begin, end, type, width) {
  const STUB = 7;
  const ARROW = 4;
  const onto = end.radius ? end.x : end.x + Math.min(STUB - 1, width / 2);
  if (type === "FS" && onto >= (end.radius ? begin.x - 0.5 : begin.x + 1)) {
    const down = end.y > begin.y ? 1 : -1;
    const point = end.y - down * (end.radius || BAR / 2);
    const back = point - down * (ARROW + 1);
    return [`M${begin.x} ${begin.y}H${onto}V${point - down * ARROW}`, `M${onto} ${point}L${onto - 3} ${back}H${onto + 3}Z`];
  }
  const edge = (one) => one.x + one.side * one.radius;
  const out = edge(begin) + begin.side * STUB;
  const into = edge(end) + end.side * (STUB + ARROW);
  const tail = `V${end.y}H${edge(end) + end.side * ARROW}`;
  const start = `M${begin.x} ${begin.y}`;
  const lane = begin.y + (end.y > begin.y ? ROW / 2 : -ROW / 2);
  const path = begin.side === end.side
    ? `${start}H${Math.max(out * end.side, into * end.side) * end.side}${tail}`
    : `${start}H${out}V${lane}H${into}${tail}`;
  const back = edge(end) + end.side * (ARROW + 1);
  return [path, `M${edge(end)} ${end.y}L${back} ${end.y - 3}V${end.y + 3}Z`];
}
