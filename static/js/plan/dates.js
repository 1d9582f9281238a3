// Days as whole numbers since 1 January 1970, so that a date is a place on the axis.
const MS = 86400000;
const language = document.documentElement.lang || "en";
const weekdays = new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" });
const months = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });

/** Return the day of an ISO date, null for none. */
export const dayOf = (iso) => (iso ? Date.UTC(+iso.slice(0, 4), +iso.slice(5, 7) - 1, +iso.slice(8, 10)) / MS : null);
export const isoOf = (day) => new Date(day * MS).toISOString().slice(0, 10);
/** "9 Mar 26", as the lists write it. */
export const shortDay = (day) => (day === null ? "" : `${parts(day)[2]} ${months.format(day * MS)} ${String(parts(day)[0]).slice(2)}`);
/** "Mon 9 Mar" */
export const briefDay = (day) => `${weekdays.format(day * MS)} ${parts(day)[2]} ${months.format(day * MS)}`;
/** Monday is 0. */
export const weekday = (day) => (((day + 3) % 7) + 7) % 7;

const parts = (day) => {
  const at = new Date(day * MS);
  return [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
};
const at = (year, month, date = 1) => Date.UTC(year, month, date) / MS;
const MONTHS = { month: 1, quarter: 3, year: 12 };

/** Return the first day of the unit that a day lies in. */
export function unitStart(day, unit) {
  const [year, month] = parts(day);
  if (unit === "day") return day;
  if (unit === "week") return day - weekday(day);
  return at(year, unit === "year" ? 0 : unit === "quarter" ? month - (month % 3) : month);
}

/** Return the first day of the next unit. */
export function unitNext(start, unit) {
  if (unit === "day") return start + 1;
  if (unit === "week") return start + 7;
  const [year, month] = parts(start);
  return at(year, month + MONTHS[unit]);
}

/** Return what stands in the axis for a unit. */
export function unitLabel(start, unit, isTop) {
  const [year, month, date] = parts(start);
  if (unit === "day" || unit === "week") return String(date);
  if (unit === "month") return months.format(start * MS) + (isTop ? ` ${year}` : "");
  if (unit === "quarter") return `Q${month / 3 + 1}`;
  return String(year);
}
