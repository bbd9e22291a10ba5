"use strict";
/* Leaderboards ready made: readers choose one and search its rows. No number is computed here. */
const bakeoffBoard = (() => {
  const nameOf = (row) => row.cells[0].querySelector("bdi").textContent.toLowerCase();
  const start = (box) => {
    const form = box.querySelector("form");
    const status = box.querySelector(".status");
    const views = Array.from(box.querySelectorAll(".view"));
    const update = () => {
      const wanted = form.elements.search.value.trim().toLowerCase();
      for (const view of views) {
        view.hidden = view.dataset.place !== form.elements.view.value;
        if (view.hidden) continue;
        const rows = Array.from(view.querySelector("tbody").rows);
        for (const row of rows) row.hidden = !nameOf(row).includes(wanted);
        const shown = rows.filter((row) => !row.hidden).length;
        status.textContent = `Methods shown: ${shown} of ${rows.length}. The search changes no rank.`;
      }
      status.hidden = !wanted;
    };
    /* Without a script the other boards open one by one; with it one stands for all. */
    box.classList.add("chosen");
    for (const view of views) view.open = true;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", update);
    form.addEventListener("reset", () => setTimeout(update));
    update();
  };
  return { start };
})();
