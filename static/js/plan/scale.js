// From days to places: how wide a day is, where the axis begins, what stands in it.
import { unitLabel, unitNext, unitStart } from "./dates.js";

export const ZOOMS = { quarter: 1.6, month: 4.2, week: 11, day: 26 };
const LEAST = 0.5;

export class Scale {
  constructor() {
    this.zoom = "fit";
    this.perDay = ZOOMS.week;
    this.first = 0;
    this.last = 1;
  }

  /** Fit the days of a plan, with room before and after, into the zoom or into a width. */
  set(span, zoom, room) {
    this.zoom = zoom in ZOOMS ? zoom : "fit";
    const days = span[1] - span[0] + 8;
    this.perDay = ZOOMS[this.zoom] ?? Math.max(LEAST, Math.min(ZOOMS.day, room / days));
    this.first = span[0] - 3;
    // Behind the finish there is room to drag into.
    this.last = span[1] + 5 + (this.zoom === "fit" ? 0 : Math.ceil(160 / this.perDay));
    this.width = Math.max(Math.floor(room), Math.ceil((this.last - this.first) * this.perDay));
    this.last = this.first + Math.ceil(this.width / this.perDay);
  }

  x(day) {
    return (day - this.first) * this.perDay;
  }

  day(x) {
    return this.first + x / this.perDay;
  }

  tiers() {
    if (this.perDay >= 18) return ["month", "day"];
    if (this.perDay >= 3.2) return ["month", "week"];
    return this.perDay >= 1 ? ["year", "month"] : ["year", "quarter"];
  }

  /** Yield the cells of a tier: left, right, label. */
  *cells(unit, isTop) {
    for (let start = unitStart(this.first, unit); start < this.last; start = unitNext(start, unit)) {
      const next = unitNext(start, unit);
      yield { start, left: Math.max(this.x(start), 0), right: Math.min(this.x(next), this.width), label: unitLabel(start, unit, isTop) };
    }
  }
}
