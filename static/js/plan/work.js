// Saving edits: each by itself over the version that was read, taken back by its opposite, a conflict told with both.
import { Refusal, send } from "./talk.js";

const FIELDS = {
  name: ["Name", (row) => row.name],
  duration: ["Duration", (row) => row.duration],
  percent: ["Done", (row) => `${row.done ?? 0} %`],
  start_on: ["Start", (row) => row.start ?? ""],
  finish_on: ["Finish", (row) => row.finish ?? ""],
  constraint: ["Constraint", (row) => `${row.constraint ?? "ASAP"} ${row.constraint_at ?? ""}`.trim()],
  deadline: ["Deadline", (row) => row.deadline ?? ""],
  predecessors: ["Waits for", (row) => row.predecessors ?? ""],
  people: ["People", (row, plan) => plan.names(row.people).join(", ")],
};

export class Work {
  constructor(plan, urls, face) {
    Object.assign(this, { plan, urls, face });
    this.past = [];
    this.queue = Promise.resolve();
  }

  /** Save edits, one request after the other; returns what changed. A refusal is thrown after a conflict was told. */
  save(edits, options = {}) {
    const run = () => this.attempt(edits, options);
    this.face.busy(true);
    const done = this.queue.then(run, run).finally(() => this.face.busy(false));
    this.queue = done.catch(() => null);
    return done;
  }

  async attempt(edits, { isUndo = false, said = "" } = {}) {
    try {
      const fresh = edits.map((edit) => this.versioned(edit));
      const opposite = isUndo ? null : fresh.map((edit) => this.opposite(edit)).reverse();
      const change = await send(this.urls.edit, fresh);
      if (!isUndo) this.remember(fresh, opposite, change);
      this.face.changed(change, fresh, said);
      return change;
    } catch (error) {
      if (error instanceof Refusal && error.theirs) await this.conflict(edits, error);
      throw error;
    }
  }

  /** Give an edit the version that this page has read, unless it says another. */
  versioned(edit) {
    const row = this.plan.tasks.get(edit.task);
    const link = edit.link && [...this.plan.links.values()].find((one) => one.id === edit.link);
    return { version: (row ?? link)?.version, ...edit };
  }

  /** Return the edit that takes another back, null where there is none yet (what is added has no id). */
  opposite(edit) {
    const row = this.plan.tasks.get(edit.task);
    const link = edit.link && [...this.plan.links.values()].find((one) => one.id === edit.link);
    const back = { do: "change", task: edit.task };
    switch (edit.do) {
      case "change":
        if ("name" in edit) back.name = row.name;
        if ("duration" in edit || "finish_on" in edit) back.duration = row.duration;
        if ("percent" in edit) back.percent = String(row.done);
        if ("start_on" in edit || "constraint" in edit) Object.assign(back, { constraint: row.constraint ?? "ASAP", constraint_at: row.constraint_at ?? "" });
        if ("deadline" in edit) back.deadline = row.deadline ?? "";
        if ("predecessors" in edit) back.predecessors = row.predecessors ?? "";
        if ("people" in edit) back.people = row.people ?? [];
        return back;
      case "link": return { do: "unlink", ends: `${edit.from}-${edit.to}` };
      case "relink": return { do: "relink", ends: `${link.from}-${link.to}`, type: link.type, lag: link.lag };
      case "unlink": return { do: "link", from: link.from, to: link.to, type: link.type, lag: link.lag };
      case "add": case "delete": return { do: edit.do };
      case "restore": return null;
      default: return { do: "move", task: edit.task, parent: row.parent ?? null, after: this.plan.before(row)?.id ?? null };
    }
  }

  remember(edits, opposite, change) {
    if (opposite.includes(null)) return;
    const [first] = opposite;
    if (first.do === "add") {
      const made = change.tasks.find((row) => !this.plan.tasks.has(row.id));
      if (made) this.past.push([{ do: "delete", task: made.id }]);
    } else if (first.do === "delete") this.past.push([{ do: "restore", tasks: change.gone }]);
    else this.past.push(opposite);
    if (this.past.length > 50) this.past.shift();
  }

  /** Take the last edit of this page back. */
  async undo() {
    const edits = this.past.pop();
    if (!edits) return this.face.say("There is nothing to take back.");
    const named = edits.map(({ ends, ...edit }) => (ends ? { ...edit, link: this.plan.links.get(ends)?.id } : edit));
    if (named.some((edit) => edit.do.endsWith("link") && edit.do !== "link" && !edit.link)) return this.face.say("This link is not there any more.");
    return this.save(named, { isUndo: true, said: "Taken back." });
  }

  /** Show what was typed beside what is stored, and let the person choose. Resolves when it is settled. */
  async conflict(edits, error) {
    const theirs = new Map(error.theirs.map((row) => [row.id, row]));
    const lines = [];
    for (const edit of edits) {
      const stored = theirs.get(edit.task);
      if (!stored) continue;
      for (const [name, [label, shown]] of Object.entries(FIELDS)) {
        if (!(name in edit)) continue;
        const mine = name === "people" ? this.plan.names(edit.people).join(", ") : [edit[name], name === "constraint" ? edit.constraint_at : ""].filter(Boolean).join(" ");
        lines.push({ task: `${stored.wbs} ${stored.name}`, label, mine, theirs: shown(stored, this.plan) });
      }
    }
    const takeMine = lines.length > 0 && (await this.face.choose(error.message, lines));
    await this.face.reload();
    if (takeMine) {
      // Decided with both in view: over what is stored now.
      const over = edits.map(({ was, version, ...edit }) => edit);
      await this.attempt(over);
    }
  }
}
