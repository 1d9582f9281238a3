// Lists: choose rows, then do one thing to all of them. Without this script the bar is simply always there.
function tell() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const boxes = [...document.querySelectorAll('input[name="rows"][form="bulk"]')];
  const chosen = boxes.filter((box) => box.checked).length;
  form.hidden = chosen === 0;
  form.querySelector("[data-bulk-count]").textContent = `${chosen} chosen`;
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && !all.checked;
  }
  if (!form.elements.reason) return;
  const needs = form.elements.do.selectedOptions[0]?.hasAttribute("data-needs-reason") ?? false;
  form.querySelector("[data-bulk-reason]").hidden = !needs;
  form.elements.reason.required = needs;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) {
    document.querySelectorAll('input[name="rows"][form="bulk"]').forEach((box) => { box.checked = event.target.checked; });
  }
  if (event.target.closest("[data-bulk], .pick")) tell();
});
document.addEventListener("htmx:afterSettle", tell);
addEventListener("pageshow", tell);
tell();
