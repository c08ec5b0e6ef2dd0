"use strict";
(() => {
  const filters = document.getElementById("linkfilters");
  if (!filters) return;
  const rows = [...document.querySelectorAll("#links tbody tr")];
  const shown = document.getElementById("linksshown");
  const none = document.getElementById("nolinks");
  const whole = shown.textContent;
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const apply = () => {
    const wanted = Object.fromEntries(new FormData(filters));
    const words = (wanted.text || "").toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const fits = ["cluster", "between", "breaks"].every((key) => !wanted[key] || row.dataset[key] === wanted[key])
        && (!wanted.notok || !["ok", "note"].includes(row.dataset.severity) || row.dataset.breaks === "at the next renewal")
        && words.every((word) => texts.get(row).includes(word));
      row.hidden = !fits;
      left += fits;
    }
    shown.textContent = left === rows.length ? whole : `${left} of ${rows.length} lines`;
    none.hidden = left > 0;
  };

  for (const key of ["cluster", "between"]) {
    for (const value of [...new Set(rows.map((row) => row.dataset[key]))].sort()) {
      const option = document.createElement("option");
      option.textContent = value;
      filters.elements[key].append(option);
    }
  }
  filters.addEventListener("input", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("click", (event) => {
    const arrow = event.target.closest("[data-between]:not(tr)");
    if (!arrow) return;
    filters.reset();
    filters.elements.cluster.value = arrow.dataset.cluster;
    filters.elements.between.value = arrow.dataset.between;
    setTimeout(apply);
  });
})();
