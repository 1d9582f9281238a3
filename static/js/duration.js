// Durations as people type them: 7.5, 7,5, 7:30, 1h 30m.
const PATTERNS = [
  [/^(\d+):([0-5]?\d)(?::([0-5]?\d))?$/, (m) => m[1] * 3600 + m[2] * 60 + Number(m[3] ?? 0)],
  [/^(?:(\d+(?:[.,]\d+)?)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?$/i, (m) => Number((m[1] ?? "0").replace(",", ".")) * 3600 + (m[2] ?? 0) * 60],
  [/^(\d*[.,]?\d+|\d+[.,]?)$/, (m) => Number(m[1].replace(",", ".")) * 3600],
];

/** Return seconds, 0 for nothing, or null for what is not a time. The server decides; this only sums. */
export function seconds(text) {
  const said = text.trim();
  if (!said) return 0;
  for (const [pattern, value] of PATTERNS) {
    const match = pattern.exec(said);
    if (match) return Math.round(value(match));
  }
  return null;
}

