"use strict";
(() => {
  const { rows, signs, kinds } = JSON.parse(document.getElementById("data").textContent);
  const order = ["expired", "unfit", "unknown", "due", "ok"];
  const step = 200;
  const filters = document.getElementById("filters");
  const body = document.querySelector("#rows tbody");
  const more = document.getElementById("more");
  const shown = document.getElementById("shown");
  const root = document.documentElement;
  let sort = { key: null, down: false };
  let found = rows;
  let drawn = 0;

  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined && text !== null) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };

  const words = (value) => {
    if (value === true) return "yes";
    if (value === false) return "no";
    if (Array.isArray(value)) return value.join(" → ");
    if (typeof value === "object") return Object.entries(value).map(([name, one]) => `${name}: ${one}`).join(", ");
    return value;
  };

  const details = (row) => {
    const line = make("tr", null, "details");
    const cell = make("td");
    cell.colSpan = 7;
    for (const one of row.findings) {
      const text = make("p");
      text.append(make("strong", `${one.severity}: `), `${one.message}. ${one.why} `, make("em", one.cure));
      cell.append(text);
    }
    const list = make("dl");
    for (const [name, value] of Object.entries(row.details)) {
      list.append(make("dt", name.replace("_", " ")), make("dd", words(value)));
    }
    cell.append(list);
    line.append(cell);
    return line;
  };

  const draw = (row) => {
    const line = make("tr");
    const state = make("td");
    state.append(make("span", `${signs[row.severity]} ${row.severity}`, `mark ${kinds[row.severity]}`));
    const use = make("td");
    const button = make("button", row.use);
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) line.nextSibling.remove();
      else line.after(details(row));
    });
    use.append(button);
    line.append(state, make("td", row.days === null ? "–" : row.days, "number"), make("td", row.end || "–", "firm"),
      make("td", row.cluster), make("td", row.node), use, make("td", row.file || "–"));
    return line;
  };

  const grow = (until) => {
    const part = document.createDocumentFragment();
    const end = Math.min(until, found.length);
    for (; drawn < end; drawn += 1) part.append(draw(found[drawn]));
    body.append(part);
    more.hidden = drawn >= found.length;
    shown.textContent = `${found.length} of ${rows.length} rows` + (more.hidden ? "" : `, the first ${drawn} are shown`);
  };

  const text = rows.map((row) => JSON.stringify([row.site, row.cluster, row.node, row.use, row.file, row.end, row.severity,
    row.details, row.findings]).toLowerCase());

  const apply = () => {
    const wanted = new FormData(filters);
    const word = wanted.get("text").trim().toLowerCase();
    const keys = ["site", "cluster", "use", "severity"].filter((key) => wanted.get(key));
    found = rows.filter((row, number) => keys.every((key) => row[key] === wanted.get(key)) &&
      (!word || text[number].includes(word)));
    if (sort.key) {
      const value = (row) => sort.key === "severity" ? order.indexOf(row.severity)
        : sort.key === "days" ? (row.days === null ? Infinity : row.days) : row[sort.key];
      found.sort((one, other) => {
        const [a, b] = [value(one), value(other)];
        const by = typeof a === "string" ? a.localeCompare(b) : a - b || 0;
        return sort.down ? -by : by;
      });
    }
    body.replaceChildren();
    drawn = 0;
    grow(step);
  };

  for (const key of ["site", "cluster", "use", "severity"]) {
    const values = [...new Set(rows.map((row) => row[key]).filter(Boolean))];
    values.sort(key === "severity" ? (a, b) => order.indexOf(a) - order.indexOf(b) : undefined);
    for (const value of values) filters.elements[key].append(make("option", value));
  }
  for (const head of document.querySelectorAll("#rows th")) {
    const button = make("button", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => {
      const key = head.dataset.key;
      sort = { key, down: sort.key === key && !sort.down };
      for (const other of document.querySelectorAll("#rows th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      apply();
    });
    head.replaceChildren(button);
  }
  const theme = document.getElementById("theme");
  let dark = matchMedia("(prefers-color-scheme: dark)").matches;
  theme.setAttribute("aria-pressed", String(dark));
  theme.addEventListener("click", () => {
    dark = !dark;
    root.dataset.theme = dark ? "dark" : "light";
    theme.setAttribute("aria-pressed", String(dark));
  });
  filters.addEventListener("input", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(apply));
  more.addEventListener("click", () => grow(drawn + step));
  addEventListener("beforeprint", () => grow(found.length));
  root.classList.add("scripted");
  apply();
})();
