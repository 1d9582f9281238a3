// The plan as the page holds it: rows as the server sent them, what is collapsed and filtered, which rows are seen.
import { dayOf } from "./dates.js";

export class Plan extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.key = `plan:${root.dataset.project}`;
    this.words = Object.fromEntries(JSON.parse(root.querySelector("#plan-constraints").textContent));
    this.tasks = new Map();
    this.links = new Map();
    this.filter = { q: "", show: "", task: "", person: "", level: "" };
    this.collapsed = new Set(JSON.parse(sessionStorage.getItem(`${this.key}:collapsed`) ?? "[]"));
    this.moved = new Map(); // What a preview would make of rows, by id.
  }

  load(data) {
    Object.assign(this, { people: data.people, team: new Set(data.team), me: data.me, can: data.can, week: new Set(data.week), ghosts: data.ghosts, drivers: data.drivers });
    this.today = dayOf(data.today);
    this.status = dayOf(data.status_date);
    this.begin = dayOf(data.starts_on);
    this.tasks = new Map(data.tasks.map((row) => [row.id, row]));
    this.links = new Map(data.links.map((row) => [`${row.from}-${row.to}`, row]));
    this.arrange();
  }

  /** Take over what an edit changed; returns the ids of rows that were moved. */
  apply(change) {
    for (const id of change.gone) this.tasks.delete(id);
    for (const key of change.links_gone) this.links.delete(key);
    for (const row of change.links) this.links.set(`${row.from}-${row.to}`, row);
    for (const row of change.tasks) this.tasks.set(row.id, row);
    if (change.order) this.tasks = new Map(change.order.map((id) => [id, this.tasks.get(id)]));
    this.arrange();
    return change.tasks.map((row) => row.id);
  }

  /** Return a row as a preview would have it. */
  row(id) {
    return this.moved.get(id) ?? this.tasks.get(id);
  }

  get order() {
    return [...this.tasks.values()];
  }

  /** Find the rows that are seen: what filters keep, with the summaries above, without what is collapsed. */
  arrange() {
    const { q, show, person, level } = this.filter;
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    const isFiltered = words.length || show || person;
    const path = show === "driving" ? this.path() : null;
    const kept = new Set();
    for (const row of this.tasks.values()) {
      const text = `${row.wbs} ${row.name}`.toLowerCase();
      const fits = words.every((word) => text.includes(word))
        && (show !== "critical" || row.critical)
        && (show !== "open" || (row.done ?? 0) < 100)
        && (!path || path.has(row.id))
        && (!person || (row.people ?? []).includes(Number(person)));
      if (!fits) continue;
      for (let at = row; at && !kept.has(at.id); at = this.tasks.get(at.parent)) kept.add(at.id);
    }
    let hiddenBelow = Infinity;
    this.visible = [];
    this.index = new Map();
    for (const row of this.tasks.values()) {
      if (row.level <= hiddenBelow) hiddenBelow = Infinity;
      if (row.level > hiddenBelow || (isFiltered && !kept.has(row.id)) || (level && row.level > level)) continue;
      this.index.set(row.id, this.visible.length);
      this.visible.push(row);
      if (row.kind === "summary" && this.collapsed.has(row.id) && !isFiltered) hiddenBelow = row.level;
    }
    this.dispatchEvent(new Event("arranged"));
  }

  collapse(id, isCollapsed) {
    this.collapsed[isCollapsed ? "add" : "delete"](id);
    this.keep();
  }

  collapseAll(isCollapsed) {
    this.collapsed = new Set(isCollapsed ? this.order.filter((row) => row.kind === "summary").map((row) => row.id) : []);
    this.keep();
  }

  keep() {
    sessionStorage.setItem(`${this.key}:collapsed`, JSON.stringify([...this.collapsed]));
    this.arrange();
  }

  siblings(row) {
    return this.order.filter((other) => other.parent === row.parent);
  }

  /** Return the sibling above, or null. */
  before(row) {
    const all = this.siblings(row);
    return all[all.indexOf(row) - 1] ?? null;
  }

  /** The tasks that decide one after the other when the chosen task starts; of the last open one when none is chosen. */
  path() {
    const open = this.order.filter((row) => row.kind !== "summary" && (row.done ?? 0) < 100);
    const last = open.reduce((found, row) => (!found || (row.finish ?? "") >= (found.finish ?? "") ? row : found), null);
    const path = new Set();
    for (let at = this.filter.task ? Number(this.filter.task) : last?.id; at && !path.has(at); at = this.tasks.get(at)?.by) path.add(at);
    return path;
  }

  /** Say what decides when a task starts; null for a summary. */
  heldBy(row) {
    const task = row.by && this.tasks.get(row.by);
    return task ? `${task.wbs} ${task.name}` : this.drivers[row.driver] ?? null;
  }

  names(ids) {
    return (ids ?? []).map((id) => this.people[id] ?? "?");
  }

  isLate(row) {
    const due = [row.finish, row.deadline, this.ghosts[row.id]?.[1]].filter(Boolean).sort()[0];
    return Boolean(due) && dayOf(due) < this.today && (row.done ?? 0) < 100;
  }

  /** Say by how much a task comes too late for a date that it, or what follows it, has to keep; null where it does not. */
  conflict(row) {
    return row.float?.startsWith("−") ? `${row.float.slice(1)} too late for a fixed date or a deadline` : null;
  }

  /** What may be edited here of a row: everything, its progress, or nothing. */
  may(row, field) {
    if (this.can.change) return !(row.kind === "summary" && field in { duration: 1, done: 1, people: 1 });
    return field === "done" && this.can.progress && row.kind !== "summary" && (row.people ?? []).includes(this.me);
  }

  /** First and last day of everything that is drawn. */
  span() {
    let first = Math.min(this.begin, this.today);
    let last = this.today;
    for (const row of [...this.tasks.values(), ...this.moved.values()]) {
      for (const iso of [row.start, row.finish, row.deadline, row.late, ...(this.ghosts[row.id] ?? [])]) {
        const day = dayOf(iso);
        if (day === null) continue;
        if (day < first) first = day;
        if (day > last) last = day;
      }
    }
    return [first, last];
  }
}
