// The running timer counts on between reloads. The server says how long it has run; this only adds what passes.
const spots = [...document.querySelectorAll("[data-timer-elapsed]")];
const began = performance.now();

function show() {
  const passed = Math.floor((performance.now() - began) / 1000);
  for (const spot of spots) {
    const seconds = Number(spot.dataset.timerElapsed) + passed;
    const minutes = String(Math.floor(seconds / 60) % 60).padStart(2, "0");
    spot.textContent = `${Math.floor(seconds / 3600)}:${minutes}`;
    // A second hand where there is room for one.
    if (spot.classList.contains("timer-big")) spot.textContent += `:${String(seconds % 60).padStart(2, "0")}`;
  }
}
if (spots.length) {
  show();
  setInterval(show, 1000);
}
