// The task tree as an ARIA treegrid: rows in view only, one cell in the tab order, arrows move through it.
import { dayOf, shortDay } from "./dates.js";
import { ROW } from "./chart.js";

// From which width of the tree (in rem) on a column is shown; the first always is.
const COLUMNS = [
  { name: "name", title: "Task", from: 0 },
  { name: "duration", title: "Duration", from: 26 },
  { name: "start", title: "Start", from: 17 },
  { name: "finish", title: "Finish", from: 22 },
  { name: "done", title: "Done", from: 30 },
  { name: "predecessors", title: "Waits for", from: 33 },
  { name: "people", title: "People", from: 39 },
];

export function node(tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export class Tree {
  constructor(plan, root) {
    this.plan = plan;
    this.node = root.querySelector("[role=treegrid]");
    this.body = root.querySelector("[data-tree-body]");
    this.icons = root.dataset.icons;
    this.rows = new Map();
    this.current = { id: null, column: "name" };
    this.head = root.querySelector("[data-tree-head]");
  }

  /** Show the columns that fit. */
  fit() {
    const rem = this.node.offsetWidth / parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.columns = COLUMNS.filter((column) => column.from <= rem);
    this.head.replaceChildren(
      ...this.columns.map((column) => node("div", `gantt-cell col-${column.name}`, { role: "columnheader", "aria-colindex": COLUMNS.indexOf(column) + 1 }, column.title)),
    );
    if (!this.seen().includes(this.current.column)) this.current.column = "name";
  }

  /** Return an icon; each is made once and copied from then on. */
  icon(name, label) {
    const key = `${name} ${label ?? ""}`;
    this.made ??= new Map();
    if (!this.made.has(key)) this.made.set(key, this.draft(name, label));
    return this.made.get(key).cloneNode(true);
  }

  draft(name, label) {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${this.icons}#${name}`);
    picture.setAttribute("class", "icon");
    if (label) {
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", label);
    } else picture.setAttribute("aria-hidden", "true");
    picture.append(use);
    return picture;
  }

  layout() {
    this.fit();
    this.body.style.height = `${Math.max(this.plan.visible.length, 1) * ROW}px`;
    this.node.setAttribute("aria-rowcount", this.plan.visible.length + 1);
    this.node.setAttribute("aria-colcount", COLUMNS.length);
    const { visible, index } = this.plan;
    // Where the row one stood on is gone, one stands on what has taken its place.
    if (!index.has(this.current.id)) this.current.id = visible[Math.min(this.stoodAt ?? 0, visible.length - 1)]?.id ?? null;
    this.stoodAt = index.get(this.current.id) ?? 0;
    this.body.replaceChildren();
    this.rows.clear();
  }

  draw(from, to) {
    const { visible } = this.plan;
    const wanted = new Map();
    for (let at = from; at < to && at < visible.length; at++) wanted.set(visible[at].id, at);
    // The row one stands on stays, wherever it is scrolled to: the focus must not get lost.
    if (this.plan.index.has(this.current.id)) wanted.set(this.current.id, this.plan.index.get(this.current.id));
    // Rows that leave are filled anew for those that come. To take them out and put others in would make the
    // browser style every row again: the framework has rules on what follows what.
    const free = [];
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      this.rows.delete(id);
      free.push(row);
    }
    for (const [id, at] of wanted) {
      if (this.rows.has(id)) continue;
      const used = free.pop();
      const row = this.row(visible[at], at, used);
      this.rows.set(id, row);
      if (!used) this.body.append(row);
    }
    free.forEach((row) => row.remove());
    clearTimeout(this.sorting);
    this.sorting = setTimeout(() => this.sort(), 250);
  }

  /** Put the rows into the order of the plan once scrolling rests, for whoever reads them in order. */
  sort() {
    const order = [...this.rows.values()].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex);
    if (order.every((row, at) => this.body.children[at] === row)) return;
    // The row with the focus is not moved, or the focus would be lost: the others are put around it.
    const held = order.find((row) => row.contains(document.activeElement));
    let isBehind = false;
    for (const row of order) {
      if (row === held) isBehind = true;
      else if (held && !isBehind) held.before(row);
      else this.body.append(row);
    }
  }

  redraw(ids) {
    for (const id of ids) {
      const old = this.rows.get(id);
      const at = this.plan.index.get(id);
      if (!old || at === undefined) continue;
      const focused = old.contains(document.activeElement);
      this.row(this.plan.visible[at], at, old);
      if (focused) this.cell(id, this.current.column)?.focus();
    }
  }

  /** Fill a row, a new one or one that stood for another task. */
  row(task, at, made = node("div", "", { role: "row" })) {
    const shown = this.plan.row(task.id);
    const looks = { "is-summary": task.kind === "summary", "is-moving": this.plan.moved.has(task.id), "is-current": this.current.id === task.id };
    made.className = ["gantt-row", ...Object.keys(looks).filter((name) => looks[name])].join(" ");
    made.setAttribute("aria-rowindex", at + 2);
    made.setAttribute("aria-level", task.level);
    made.dataset.row = task.id;
    made.style.transform = `translateY(${at * ROW}px)`;
    if (task.kind === "summary") made.setAttribute("aria-expanded", String(!this.plan.collapsed.has(task.id)));
    else made.removeAttribute("aria-expanded");
    const cells = [];
    for (const column of this.columns) {
      const may = this.plan.may(task, column.name) && column.name !== "finish";
      const cell = node("div", `gantt-cell col-${column.name}`, {
        role: column.name === "name" ? "rowheader" : "gridcell",
        "aria-colindex": COLUMNS.indexOf(column) + 1,
        "data-col": column.name,
        tabindex: this.current.id === task.id && this.current.column === column.name ? "0" : "-1",
      });
      if (!may) cell.setAttribute("aria-readonly", "true");
      cell.append(...this.content(shown, column.name));
      cells.push(cell);
    }
    made.replaceChildren(...cells);
    return made;
  }

  content(row, column) {
    switch (column) {
      case "name": return this.nameOf(row);
      case "start": {
        const held = row.constraint && row.constraint !== "ASAP" && row.constraint !== "ALAP";
        return held ? [shortDay(dayOf(row.start)), " ", this.icon("lock", this.constraintText(row))] : [shortDay(dayOf(row.start))];
      }
      case "finish": {
        const missed = row.deadline && row.finish > row.deadline;
        return missed ? [shortDay(dayOf(row.finish)), " ", this.icon("flag", "Later than its deadline")] : [shortDay(dayOf(row.finish))];
      }
      case "done": return [row.done === null || row.done === undefined ? "n/a" : `${Math.round(row.done)} %`];
      case "people": return [this.initials(row)];
      default: return this.text(row[column] ?? "");
    }
  }

  text(said) {
    const made = node("span", "gantt-text", {}, said);
    if (said.length > 9) made.title = said;
    return [made];
  }

  constraintText(row) {
    const word = this.plan.words[row.constraint];
    return row.constraint_at ? `${word} ${shortDay(dayOf(row.constraint_at))}` : word;
  }

  initials(row) {
    const names = this.plan.names(row.people);
    const made = node("span", "");
    if (!names.length) return made;
    made.title = names.join(", ");
    made.setAttribute("aria-label", names.join(", "));
    made.setAttribute("role", "img");
    names.slice(0, names.length > 3 ? 2 : 3).forEach((name) => made.append(node("span", "gantt-person", { "aria-hidden": "true" }, name.split(/\s+/).map((part) => part[0]).slice(0, 2).join(""))));
    if (names.length > 3) made.append(node("span", "gantt-more", { "aria-hidden": "true" }, `+${names.length - 2}`));
    return made;
  }

  nameOf(row) {
    const parts = [];
    const indent = node("span", "gantt-indent");
    indent.style.width = `${Math.min(row.level - 1, 8) * 16}px`;
    parts.push(indent);
    if (row.kind === "summary") {
      const isClosed = this.plan.collapsed.has(row.id);
      const toggle = node("span", "gantt-toggle", { "data-toggle": row.id }, this.icon(isClosed ? "chevron-right" : "chevron-down"));
      parts.push(toggle);
    } else parts.push(node("span", "gantt-toggle"));
    const name = node("span", "gantt-name", {}, row.name);
    name.title = row.name;
    parts.push(node("span", "gantt-wbs", {}, row.wbs), name);
    if (row.kind === "milestone") parts.push(node("span", "plan-flag", { title: "Milestone" }, this.icon("diamond", "Milestone")));
    if (row.critical) parts.push(node("span", "plan-flag tone tone-trouble", { title: "On the critical path" }, this.icon("route", "Critical")));
    const conflict = this.plan.conflict(row);
    if (conflict) parts.push(node("span", "plan-flag tone tone-trouble", { title: conflict }, this.icon("alert-octagon", "Conflict")));
    if (this.plan.isLate(row)) parts.push(node("span", "plan-flag tone tone-watch", { title: "Late" }, this.icon("alert-triangle", "Late")));
    if (row.kind === "summary" && this.plan.collapsed.has(row.id)) parts.push(node("span", "visually-hidden", {}, "collapsed"));
    return parts;
  }

  cell(id, column) {
    return this.rows.get(id)?.querySelector(`[data-col="${column}"]`) ?? null;
  }

  /** Return the names of the columns that fit. */
  seen() {
    return this.columns.map((column) => column.name);
  }

  /** Make a cell the one that Tab comes to. */
  stand(id, column) {
    this.cell(this.current.id, this.current.column)?.setAttribute("tabindex", "-1");
    this.rows.get(this.current.id)?.classList.remove("is-current");
    this.current = { id, column };
    this.stoodAt = this.plan.index.get(id);
    this.rows.get(id)?.classList.add("is-current");
    this.cell(id, column)?.setAttribute("tabindex", "0");
  }

  /** Put the focus on a cell, scrolled into view. */
  focus(id, column = this.current.column, { scroll = true } = {}) {
    if (!this.plan.index.has(id)) return;
    this.stand(id, column);
    this.node.dispatchEvent(new CustomEvent("wanted", { detail: { id, scroll } }));
    this.cell(id, column)?.focus({ preventScroll: true });
  }
}
