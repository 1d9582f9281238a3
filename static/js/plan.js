// Opens the plan at today, and lets the filters answer at once.
const chart = document.querySelector("[data-plan-chart]");
const today = chart?.querySelector(".plan-body .today, .plan-body [class*='today']");
if (chart && today && chart.dataset.planChart !== "fit") {
  const line = today.getBoundingClientRect();
  chart.scrollLeft = Math.max(0, line.left - chart.getBoundingClientRect().left - chart.clientWidth / 3);
}
document.querySelectorAll(".filters select").forEach((select) => {
  select.addEventListener("change", () => select.form.requestSubmit());
});
