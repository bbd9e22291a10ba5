"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.querySelector('[data-tool="theme"]');
  const print = document.querySelector('[data-tool="print"]');
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const show = () => {
    theme.setAttribute("aria-pressed", String(isDark()));
  };
  const keep = (value) => {
    try { localStorage.setItem("bakeoff-theme", value); } catch { /* a file may have no storage */ }
  };
  try {
    const kept = localStorage.getItem("bakeoff-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch { /* a file may have no storage */ }
  theme.hidden = print.hidden = false;
  show();
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    keep(root.dataset.theme);
    show();
  });
  print.addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", () => {
    for (const box of document.querySelectorAll("details:not([data-screen])")) box.open = true;
  });

  const valueOf = (row, index) => {
    const cell = row.cells[index];
    const sorted = cell.dataset.sort;
    return sorted === undefined ? cell.textContent.trim() : Number(sorted);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return -1;
    if (typeof b === "number") return 1;
    return a.localeCompare(b, undefined, { numeric: true });
  };
  const sort = (table, heads, index) => {
    const rising = heads[index].getAttribute("aria-sort") !== "ascending";
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, value: valueOf(row, index) }));
    rows.sort((a, b) => {
      // Missing values stay last, whatever the direction.
      if (typeof a.value !== typeof b.value) return compare(a.value, b.value);
      return rising ? compare(a.value, b.value) : compare(b.value, a.value);
    });
    body.append(...rows.map(({ row }) => row));
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[index].setAttribute("aria-sort", rising ? "ascending" : "descending");
  };
  const makeSortable = (table) => {
    if (table.tBodies[0].rows.length < 2) return;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.querySelector("span").childNodes);
      head.querySelector("span").append(button);
      button.addEventListener("click", () => sort(table, heads, index));
    });
  };
  /* Whether a box holds more to its right than it shows. */
  const tellMore = (box) => box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  const resized = new ResizeObserver((entries) => entries.forEach((e) => tellMore(e.target.closest(".table-box"))));
  document.querySelectorAll(".table-box").forEach((box) => {
    box.addEventListener("scroll", () => tellMore(box), { passive: true });
    resized.observe(box);
    resized.observe(box.firstElementChild);
  });
  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  document.querySelectorAll(".board").forEach(bakeoffBoard.start);
})();
