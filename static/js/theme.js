// Runs before the first paint: the reader's theme (light, dark, or the system's) and the sign that scripts run.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("theme") ?? "system"; } catch { return "system"; }
  };
  const apply = () => {
    const theme = chosen();
    root.dataset.theme = theme;
    root.dataset.bsTheme = theme === "system" ? (system.matches ? "dark" : "light") : theme;
  };
  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  root.addEventListener("theme:choose", (event) => {
    try { localStorage.setItem("theme", event.detail); } catch { /* Private windows may refuse; the page still changes. */ }
    root.dataset.theme = event.detail;
    root.dataset.bsTheme = event.detail === "system" ? (system.matches ? "dark" : "light") : event.detail;
  });
})();
