// Splitting an entry: what is left while the parts are typed. The server decides; this only sums.
import { seconds } from "./duration.js";

const form = document.querySelector("[data-split]");
const shown = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function tell() {
  const parts = [...form.querySelectorAll('[name$="-seconds"]')].map((field) => seconds(field.value));
  const left = Number(form.dataset.split) - parts.reduce((sum, part) => sum + (part ?? 0), 0);
  const spot = form.querySelector("[data-split-left]");
  spot.textContent = left === 0 ? "" : `${shown.format(Math.abs(left) / 3600)} h ${left > 0 ? "left to place" : "too many"}`;
}
form?.addEventListener("input", tell);
if (form) tell();
