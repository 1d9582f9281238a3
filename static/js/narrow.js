// A long list of choices is narrowed by words that are typed above it. What is chosen already stays in sight.
for (const field of document.querySelectorAll("[data-narrows]")) {
  const select = document.getElementById(field.dataset.narrows);
  const options = [...select.options].map((option) => [option, option.text.toLowerCase()]);
  field.closest("[hidden]")?.removeAttribute("hidden");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [option, text] of options) option.hidden = !option.selected && !words.every((word) => text.includes(word));
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "ArrowDown") select.focus();
  });
}
