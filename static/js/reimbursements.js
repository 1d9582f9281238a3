// Reimbursements: select everything of a person at once.
for (const form of document.querySelectorAll("[data-pay]")) {
  const boxes = (root) => [...root.querySelectorAll('input[name="rows"]:not(:disabled)')];

  function tell() {
    for (const group of form.querySelectorAll("[data-owed]")) {
      const all = group.querySelector("[data-all]");
      if (!all) continue;
      const chosen = boxes(group).filter((box) => box.checked).length;
      all.checked = chosen > 0 && chosen === boxes(group).length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
    const none = !boxes(form).some((box) => box.checked);
    form.querySelectorAll("[name=step]").forEach((button) => { button.disabled = none; });
  }

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      boxes(event.target.closest("[data-owed]")).forEach((box) => { box.checked = event.target.checked; });
    }
    tell();
  });
  addEventListener("pageshow", tell);
  tell();
}
