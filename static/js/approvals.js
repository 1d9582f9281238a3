// Approvals: select a person's week at once, and say how much is selected.
const shown = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

for (const form of document.querySelectorAll("[data-approve]")) {
  const kind = form.dataset.approve;
  const boxes = (root) => [...root.querySelectorAll(`input[name="${kind}"]:not(:disabled)`)];

  function tell() {
    for (const group of form.querySelectorAll("[data-group]")) {
      const all = group.querySelector("[data-all]");
      if (!all) continue;
      const chosen = boxes(group).filter((box) => box.checked).length;
      all.checked = chosen > 0 && chosen === boxes(group).length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
    const chosen = boxes(form).filter((box) => box.checked);
    const sum = chosen.reduce((total, box) => total + Number(box.dataset.seconds ?? 0), 0);
    form.querySelector("[data-selected]").textContent =
      chosen.length === 0 ? "Nothing selected" : `${chosen.length} selected${kind === "time" ? `, ${shown.format(sum / 3600)} h` : ""}`;
    form.querySelectorAll("[name=decision]").forEach((button) => { button.disabled = chosen.length === 0; });
  }

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      boxes(event.target.closest("[data-group]")).forEach((box) => { box.checked = event.target.checked; });
    }
    tell();
  });
  form.addEventListener("submit", (event) => {
    const reason = form.elements.reason;
    const needs = event.submitter?.value.endsWith("-reject") && !reason.value.trim();
    reason.classList.toggle("is-invalid", Boolean(needs));
    if (!needs) return;
    event.preventDefault();
    reason.focus();
    form.querySelector("[data-selected]").textContent = "A rejection needs a reason.";
  });
  addEventListener("pageshow", tell);
  tell();
}
