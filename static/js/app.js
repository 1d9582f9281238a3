// The shell: theme menu, toasts, explanations, and forms that are sent once. The palette is in palette.js.
import { openPalette } from "./palette.js";

const root = document.documentElement;

// --- Theme ---------------------------------------------------------------------------------------------
function markTheme() {
  document.querySelectorAll("[data-theme-choice]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === root.dataset.theme));
  });
}
markTheme();

// --- Clicks --------------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const target = event.target.closest?.("[data-theme-choice], [data-command-palette], .alert-close, [data-fill], [data-copy]");
  if (!target) return;
  if (target.dataset.themeChoice) {
    root.dispatchEvent(new CustomEvent("theme:choose", { detail: target.dataset.themeChoice }));
    markTheme();
  } else if ("commandPalette" in target.dataset) {
    openPalette();
  } else if (target.dataset.copy) {
    const source = document.getElementById(target.dataset.copy);
    navigator.clipboard?.writeText(source.value ?? source.textContent.trim()).then(() => toast("Copied."));
  } else if (target.dataset.fill) {
    for (const [name, value] of new URLSearchParams(target.dataset.fill)) {
      const field = document.querySelector(`form [name="${CSS.escape(name)}"]`);
      if (field) field.value = value;
    }
    document.querySelector("form button[type=submit]")?.focus();
  } else {
    target.closest(".alert")?.remove();
  }
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  }
});

// --- Log time from anywhere: the page's form in a dialog ---------------------------------------------------
const quickLog = document.getElementById("quick-log");

document.addEventListener("click", async (event) => {
  if (!quickLog) return;
  if (event.target === quickLog || event.target.closest?.("[data-close-dialog]")) return quickLog.close();
  const link = event.target.closest?.("[data-quick-log]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await htmx.ajax("GET", link.href, { target: quickLog, swap: "innerHTML" });
  if (!quickLog.open && quickLog.childElementCount) quickLog.showModal();
});

// --- Toasts: good news leaves by itself, bad news stays --------------------------------------------------
const messages = document.getElementById("messages");

function dress(alert) {
  if (alert.querySelector(".alert-close")) return;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close alert-close";
  close.setAttribute("aria-label", "Close");
  alert.append(close);
  if (!alert.matches(".alert-success, .alert-info")) return;
  let timer = setTimeout(() => alert.remove(), 7000);
  alert.addEventListener("pointerenter", () => clearTimeout(timer));
  alert.addEventListener("focusin", () => clearTimeout(timer));
  alert.addEventListener("pointerleave", () => { timer = setTimeout(() => alert.remove(), 3000); });
}

export function toast(text, level = "success") {
  if (!messages) return;
  const alert = document.createElement("div");
  alert.className = `alert alert-${level}`;
  alert.setAttribute("role", level === "danger" ? "alert" : "status");
  alert.textContent = text;
  messages.append(alert);
  dress(alert);
}
messages?.querySelectorAll(".alert").forEach(dress);
document.addEventListener("toast", (event) => toast(event.detail.value ?? event.detail.text, event.detail.level));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) toast("That did not work. Nothing was changed; try again.", "danger");
});
document.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Check your connection.", "danger"));

// --- A form is sent once -------------------------------------------------------------------------------
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  // A download or a stopped request leaves the page open: let the form go again after a while.
  setTimeout(() => release(form), 8000);
});
function release(form) {
  delete form.dataset.sending;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});

// --- Explanations beside figures -----------------------------------------------------------------------
const tip = document.getElementById("tip");

function explain(button) {
  if (!tip) return;
  tip.hidden = !button;
  if (!button) return;
  tip.textContent = button.dataset.tip;
  const spot = button.getBoundingClientRect();
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(spot.left + spot.width / 2 - box.width / 2, innerWidth - box.width - 8))}px`;
  tip.style.top = `${spot.top - box.height - 8 < 8 ? spot.bottom + 8 : spot.top - box.height - 8}px`;
}
const explained = (event) => event.target.closest?.(".explain");
document.addEventListener("pointerover", (event) => explained(event) && explain(explained(event)));
document.addEventListener("pointerout", (event) => explained(event) && explain(null));
document.addEventListener("focusin", (event) => explain(explained(event) ?? null));
document.addEventListener("focusout", () => explain(null));
document.addEventListener("keydown", (event) => event.key === "Escape" && explain(null));
