// Rows that can be added to a set of forms: the template's row, with the next number in its names.
for (const section of document.querySelectorAll("[data-rows]")) {
  const total = section.querySelector(`[name="${section.dataset.rows}-TOTAL_FORMS"]`);
  const body = section.querySelector("[data-rows-body]");
  const template = section.querySelector("template");
  section.querySelector("[data-rows-add]").addEventListener("click", () => {
    const holder = document.createElement("div");
    holder.append(template.content.cloneNode(true));
    for (const element of holder.querySelectorAll("[name], [id], [for]")) {
      for (const name of ["name", "id", "for"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace("__prefix__", total.value));
      }
    }
    total.value = Number(total.value) + 1;
    body.append(...holder.childNodes);
    body.lastElementChild?.querySelector("select, input:not([type=hidden])")?.focus();
  });
}
