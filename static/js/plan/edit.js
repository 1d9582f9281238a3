// Editing in place: a field in the cell, or a small form over it. Enter or leaving saves, Escape does not.
import { node } from "./tree.js";
import { Refusal } from "./talk.js";

const TYPED = {
  name: { label: "Task", value: (row) => row.name, edit: (value) => ({ name: value }) },
  duration: { label: "Duration, such as 5d, 4h or 2w", value: (row) => row.duration ?? "", edit: (value) => ({ duration: value }) },
  done: { label: "Physically done, in %", value: (row) => String(row.done ?? 0), edit: (value) => ({ percent: value }), field: "percent" },
  predecessors: {
    label: "Waits for, such as 3FS+2d, 1.2",
    value: (row) => row.predecessors ?? "",
    edit: (value, row) => ({ predecessors: value, was: row.predecessors ?? "" }),
  },
};
const DATED = new Set(["MSO", "MFO", "SNET", "SNLT", "FNET", "FNLT"]);

export class Editor {
  constructor(plan, tree, root, act) {
    Object.assign(this, { plan, tree, root, act });
    this.pop = root.querySelector("[data-pop]");
  }

  get isOpen() {
    return Boolean(this.open);
  }

  /** Begin to edit a cell; `typed` is a letter that opened it. Returns whether it can be edited. */
  begin(id, column, typed = null) {
    const row = this.plan.tasks.get(id);
    if (!row || !this.plan.may(row, column) || this.isOpen) return false;
    if (column in TYPED) this.type(row, column, typed);
    else if (column === "start") this.dates(row);
    else if (column === "people") this.people(row);
    else return false;
    return true;
  }

  type(row, column, typed) {
    const kind = TYPED[column];
    const cell = this.tree.cell(row.id, column);
    const input = node("input", "gantt-input", { "aria-label": `${kind.label}: ${row.wbs} ${row.name}`, maxlength: column === "name" ? 255 : 200, autocomplete: "off" });
    const before = kind.value(row);
    input.value = typed ?? before;
    cell.classList.add("is-editing");
    cell.append(input);
    input.focus();
    if (typed === null) input.select();
    this.open = { row, column, cell, input };
    let isDone = false;
    const close = (isSaved, move) => {
      if (isDone) return;
      isDone = true;
      this.open = null;
      if (!isSaved || input.value.trim() === before.trim()) {
        this.end(cell, input, row, column, move);
        return;
      }
      input.readOnly = true;
      this.act({ do: "change", task: row.id, ...kind.edit(input.value.trim(), row) })
        .then(() => this.end(cell, input, row, column, move))
        .catch((error) => {
          if (!(error instanceof Refusal)) throw error;
          if (error.theirs) return this.end(cell, input, row, column, null);
          // The typed value stays, with what is wrong with it beside.
          isDone = false;
          input.readOnly = false;
          this.open = { row, column, cell, input };
          return this.complain(input, error.errors[kind.field ?? column]?.[0] ?? error.message);
        });
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Escape") close(false);
      else if (event.key === "Enter") close(true);
      else if (event.key === "Tab") {
        event.preventDefault();
        close(true, event.shiftKey ? -1 : 1);
      } else return;
      event.preventDefault();
    });
    input.addEventListener("input", () => this.calm(input));
    input.addEventListener("blur", () => setTimeout(() => document.activeElement !== input && close(!input.hasAttribute("aria-invalid")), 0));
  }

  end(cell, input, row, column, move) {
    const hadFocus = document.activeElement === input || document.activeElement === document.body;
    this.calm(input);
    input.remove();
    cell.classList.remove("is-editing");
    if (move) {
      const seen = this.tree.seen();
      const next = seen[seen.indexOf(column) + move];
      this.tree.focus(row.id, next ?? column);
      if (next) this.begin(row.id, next);
    } else if (hadFocus) this.tree.focus(row.id, column);
  }

  complain(input, text) {
    this.calm(input);
    const said = node("div", "gantt-complaint", { id: "gantt-complaint", role: "alert" }, text);
    this.root.querySelector(".gantt-frame").append(said);
    const spot = input.getBoundingClientRect();
    const frame = said.offsetParent.getBoundingClientRect();
    said.style.left = `${Math.max(8, spot.left - frame.left)}px`;
    said.style.top = `${spot.bottom - frame.top + 4}px`;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", "gantt-complaint");
    input.focus();
  }

  calm(input) {
    this.root.querySelector("#gantt-complaint")?.remove();
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }

  /** Open a small form over a cell or a place; `read` gives the edit of what it holds, null for none. */
  form(title, place, parts, read, done, extra = []) {
    const form = node("form", "gantt-pop-form", { method: "dialog" });
    const message = node("p", "invalid-feedback d-block", { role: "alert", hidden: "" });
    const save = node("button", "btn btn-primary btn-sm", { type: "submit" }, "Save");
    const cancel = node("button", "btn btn-sm", { type: "button" }, "Cancel");
    form.append(node("h2", "gantt-pop-title", { id: "gantt-pop-title" }, title), ...parts, message, node("div", "btn-list", {}, save, cancel, ...extra));
    this.pop.replaceChildren(form);
    this.pop.show();
    const frame = this.pop.offsetParent.getBoundingClientRect();
    const size = this.pop.getBoundingClientRect();
    this.pop.style.left = `${Math.max(8, Math.min(place.left - frame.left, frame.width - size.width - 8))}px`;
    const below = place.bottom - frame.top + 4;
    this.pop.style.top = `${below + size.height > frame.height - 8 ? Math.max(8, place.top - frame.top - size.height - 4) : below}px`;
    this.open = { pop: true };
    const close = () => {
      if (!this.open) return;
      this.open = null;
      this.pop.close();
      this.pop.replaceChildren();
      document.removeEventListener("pointerdown", outside, true);
      done();
    };
    const outside = (event) => !this.pop.contains(event.target) && close();
    document.addEventListener("pointerdown", outside, true);
    const work = (edit) => {
      if (!edit) return close();
      save.setAttribute("aria-busy", "true");
      return this.act(edit).then(close).catch((error) => {
        if (!(error instanceof Refusal)) throw error;
        save.removeAttribute("aria-busy");
        if (error.theirs) return close();
        message.textContent = Object.values(error.errors)[0]?.[0] ?? error.message;
        message.hidden = false;
        return null;
      });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      work(read());
    });
    form.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        event.preventDefault();
        close();
      }
    });
    cancel.addEventListener("click", close);
    form.querySelector("select, input")?.focus();
    return work;
  }

  field(label, input) {
    const id = `gantt-pop-${this.count = (this.count ?? 0) + 1}`;
    input.id = id;
    return node("div", "mb-2", {}, node("label", "form-label", { for: id }, label), input);
  }

  options(select, choices, chosen) {
    for (const [value, label] of choices) {
      const option = node("option", "", { value }, label);
      option.selected = value === chosen;
      select.append(option);
    }
    return select;
  }

  choices(name) {
    return JSON.parse(this.root.querySelector(`#plan-${name}`).textContent);
  }

  /** When a task starts: on a day as its links allow, by a constraint, and its deadline. */
  dates(row) {
    const isSummary = row.kind === "summary";
    const now = row.constraint ?? "";
    const all = this.choices("constraints").filter(([value]) => !isSummary || ["ASAP", "SNET", "FNLT"].includes(value));
    const first = isSummary || row.started ? [] : [["", "On a day, or later as its links allow"]];
    const kind = this.options(node("select", "form-select", {}), [...first, ...all], now && now !== "SNET" ? now : first.length ? "" : now || "ASAP");
    const date = node("input", "form-control", { type: "date" });
    date.value = (row.constraint_at ?? "").slice(0, 10) || (kind.value === "" ? row.start ?? "" : "");
    const deadline = node("input", "form-control", { type: "date" });
    deadline.value = row.deadline ?? "";
    const place = this.field("Date", date);
    const match = () => { place.hidden = kind.value !== "" && !DATED.has(kind.value); };
    kind.addEventListener("change", match);
    match();
    const was = [kind.value, date.value, deadline.value];
    const read = () => {
      const edit = { do: "change", task: row.id };
      if (kind.value !== was[0] || date.value !== was[1]) {
        if (kind.value === "") edit.start_on = date.value;
        else Object.assign(edit, { constraint: kind.value, constraint_at: DATED.has(kind.value) ? date.value : "" });
      }
      if (deadline.value !== was[2]) edit.deadline = deadline.value;
      return Object.keys(edit).length > 2 ? edit : null;
    };
    const cell = this.tree.cell(row.id, "start").getBoundingClientRect();
    this.form(`Dates of “${row.name}”`, cell, [this.field("It starts", kind), place, this.field("Deadline", deadline)], read, () => this.tree.focus(row.id, "start"));
  }

  people(row) {
    const now = row.people ?? [];
    const list = node("div", "gantt-people", { role: "group", "aria-label": "People" });
    const offered = Object.entries(this.plan.people).filter(([id]) => this.plan.team.has(Number(id)) || now.includes(Number(id)));
    const boxes = offered.sort((a, b) => a[1].localeCompare(b[1])).map(([id, name]) => {
      const box = node("input", "form-check-input", { type: "checkbox", value: id });
      box.checked = now.includes(Number(id));
      list.append(node("label", "form-check", {}, box, node("span", "form-check-label", {}, name)));
      return box;
    });
    const read = () => {
      const chosen = boxes.filter((box) => box.checked).map((box) => Number(box.value));
      const people = [...now.filter((id) => chosen.includes(id)), ...chosen.filter((id) => !now.includes(id))];
      return people.join() === now.join() ? null : { do: "change", task: row.id, people, was: now };
    };
    const hint = node("p", "form-hint", {}, "Who is new is planned for the whole duration.");
    const cell = this.tree.cell(row.id, "people").getBoundingClientRect();
    this.form(`People on “${row.name}”`, cell, [list, hint], read, () => this.tree.focus(row.id, "people"));
  }

  link(link, place) {
    const source = this.plan.tasks.get(link.from);
    const target = this.plan.tasks.get(link.to);
    const kind = this.options(node("select", "form-select", {}), this.choices("links"), link.type);
    const lag = node("input", "form-control", { maxlength: 20, autocomplete: "off", placeholder: "0d" });
    lag.value = link.lag;
    const remove = node("button", "btn btn-sm btn-ghost-danger ms-auto", { type: "button" }, "Remove the link");
    const read = () => (kind.value === link.type && lag.value.trim() === link.lag ? null : { do: "relink", link: link.id, version: link.version, type: kind.value, lag: lag.value.trim() });
    const hint = node("p", "form-hint", {}, "2d, 4h, −1d is a lead, 3ed are elapsed days.");
    const work = this.form(`${source.wbs} ${source.name} → ${target.wbs} ${target.name}`, place, [this.field("Type", kind), this.field("Lag", lag), hint], read, () => this.tree.focus(link.to, "predecessors"), [remove]);
    remove.addEventListener("click", () => work({ do: "unlink", link: link.id, version: link.version }));
  }
}
