// The command palette (Ctrl-K): what this person may open, by key or words, asked from the server.

let dialog = null;
let field = null;
let list = null;
let items = [];
let current = 0;
let asked = 0;

function build() {
  dialog = document.getElementById("palette");
  if (!dialog) return false;
  field = dialog.querySelector("input");
  list = dialog.querySelector("[role=listbox]");
  field.addEventListener("input", ask);
  dialog.addEventListener("keydown", keys);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return true;
}

export function openPalette() {
  if (!dialog && !build()) return;
  if (dialog.open) return;
  field.value = "";
  dialog.showModal();
  ask();
}

function keys(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by && items.length) {
    event.preventDefault();
    mark((current + by + items.length) % items.length);
  } else if (event.key === "Enter" && items[current]) {
    event.preventDefault();
    location.assign(items[current].href);
  }
}

function mark(index) {
  items[current]?.setAttribute("aria-selected", "false");
  current = index;
  const item = items[current];
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", item?.id ?? "");
}

async function ask() {
  const turn = ++asked;
  const address = new URL(dialog.dataset.source, location.href);
  address.searchParams.set("q", field.value.trim());
  if (dialog.dataset.project) address.searchParams.set("project", dialog.dataset.project);
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (turn !== asked) return;
  if (!answer?.ok) return say("The search cannot be reached.");
  draw((await answer.json()).groups);
}

function say(text) {
  const line = Object.assign(document.createElement("div"), { className: "palette-none", textContent: text });
  list.replaceChildren(line);
  items = [];
}

function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${dialog.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

function draw(groups) {
  list.replaceChildren();
  groups.forEach((group, number) => {
    const box = document.createElement("div");
    box.setAttribute("role", "group");
    const title = Object.assign(document.createElement("div"), { className: "palette-group", id: `palette-group-${number}`, textContent: group.title });
    box.setAttribute("aria-labelledby", title.id);
    box.append(title);
    group.items.forEach((entry, index) => {
      const item = Object.assign(document.createElement("a"), { className: "palette-item", href: entry.url, id: `palette-${number}-${index}`, tabIndex: -1 });
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.append(symbol(entry.icon), document.createTextNode(entry.label));
      if (entry.hint) item.append(Object.assign(document.createElement("small"), { textContent: entry.hint }));
      box.append(item);
    });
    list.append(box);
  });
  items = [...list.querySelectorAll(".palette-item")];
  if (!items.length) return say("Nothing found. Try a key such as REQ-012, or fewer words.");
  items.forEach((item, index) => item.addEventListener("pointermove", () => index !== current && mark(index)));
  current = 0;
  mark(0);
}
