// What is tried out: edits that are not saved yet, what they would move, and the bar that asks.
import { dayOf, shortDay } from "./dates.js";
import { node } from "./tree.js";
import { Refusal, send } from "./talk.js";

const days = (number) => `${number > 0 ? "+" : "−"}${Math.abs(number)} working day${Math.abs(number) === 1 ? "" : "s"}`;

export class Pending {
  constructor(plan, work, urls, bar, face) {
    Object.assign(this, { plan, work, urls, bar, face });
    this.edits = [];
    this.trial = null;
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-pending]");
      if (button?.dataset.pending === "save") this.save();
      if (button?.dataset.pending === "cancel") this.cancel();
    });
  }

  get isOpen() {
    return this.edits.length > 0;
  }

  /** Try an edit while it is being made: what it would move is drawn, nothing is asked. Only the newest counts. */
  async tryOut(edit) {
    this.next = edit;
    if (this.isTrying) return;
    this.isTrying = true;
    while (this.next) {
      const tried = this.next;
      this.next = null;
      try {
        const found = await send(this.urls.preview, this.merged(tried).map((one) => this.work.versioned(one)));
        if (this.isDragging && !this.next) this.show(found, "");
      } catch (error) {
        if (this.isDragging && !this.next && error instanceof Refusal) this.show(null, error.message);
      }
    }
    this.isTrying = false;
  }

  /** Return the edits with one more; a second one of the same task and kind takes the place of the first. */
  merged(edit) {
    const kind = (one) => [one.do, one.task, one.link, one.from, one.to, ...Object.keys(one).filter((name) => /_on$|percent|duration/.test(name))].join();
    return [...this.edits.filter((one) => kind(one) !== kind(edit)), edit];
  }

  /** Add an edit to what is tried out, and ask. It counts at once: Save may be pressed before the answer is here. */
  async add(edit) {
    this.next = null;
    this.isDragging = false;
    const before = this.edits;
    const edits = this.merged(edit);
    this.edits = edits;
    this.face.busy(true);
    try {
      const found = await send(this.urls.preview, edits.map((one) => this.work.versioned(one)));
      // Saved, given up or added to meanwhile: this answer is about something else.
      if (this.edits !== edits) return;
      this.kept = found;
      this.show(found, "");
      this.bar.querySelector("[data-pending=save]").focus({ preventScroll: true });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (this.edits !== edits) return;
      if (error.theirs) {
        this.clear();
        await this.work.conflict([edit], error);
      } else {
        // What was tried out before stays; this edit is left out.
        this.edits = before;
        this.show(this.isOpen ? this.kept : null, "");
        this.face.refused(error.message);
      }
    } finally {
      this.face.busy(false);
    }
  }

  /** Show what is tried out as it was before a drag that came to nothing. */
  again() {
    this.show(this.kept, "");
  }

  show(found, error) {
    this.found = found;
    const touched = new Set(this.plan.moved.keys());
    this.plan.moved = new Map((found?.tasks ?? []).map((row) => [row.id, row]));
    for (const id of this.plan.moved.keys()) touched.add(id);
    this.face.redraw(touched);
    this.bar.hidden = !found && !error;
    if (this.bar.hidden) return;
    const said = this.bar.querySelector("[data-pending-text]");
    said.replaceChildren(...(error ? [node("strong", "tone-text tone-trouble", {}, error)] : this.words(found)));
    this.bar.classList.toggle("is-refused", Boolean(error));
    this.bar.querySelector("[data-pending=save]").disabled = Boolean(error) && !this.edits.length;
  }

  words(found) {
    const { finish } = found;
    const parts = [node("strong", "", {}, found.moved ? `${found.moved} other task${found.moved === 1 ? " moves" : "s move"}` : "No other task moves")];
    for (const one of found.milestones.slice(0, 3)) {
      parts.push(node("span", "", {}, `${one.name} ${shortDay(dayOf(one.after))}`, one.days ? node("span", `gantt-by tone-text tone-${one.days > 0 ? "watch" : "good"}`, {}, days(one.days)) : ""));
    }
    if (found.milestones.length > 3) parts.push(node("span", "", {}, `${found.milestones.length - 3} more milestones`));
    if (finish.before !== finish.after) {
      parts.push(node("span", "", {}, `Finish ${shortDay(dayOf(finish.after))}`, node("span", `gantt-by tone-text tone-${finish.days > 0 ? "trouble" : "good"}`, {}, days(finish.days))));
    } else parts.push(node("span", "", {}, `Finish stays ${shortDay(dayOf(finish.after))}`));
    for (const note of found.notes) parts.push(node("span", "text-secondary", {}, note));
    return parts;
  }

  async save() {
    if (!this.isOpen) return this.cancel();
    const edits = this.edits;
    this.clear();
    try {
      await this.work.save(edits);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!error.theirs) this.face.refused(error.message);
    }
    return null;
  }

  cancel() {
    const hadFocus = this.bar.contains(document.activeElement);
    this.clear();
    if (hadFocus) this.face.focus();
  }

  clear() {
    this.edits = [];
    this.isDragging = false;
    this.next = null;
    this.show(null, "");
  }
}
