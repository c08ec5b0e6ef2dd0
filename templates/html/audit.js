"use strict";
(() => {
  const { rows, signs, kinds, horizons, noEnd, wholes: notCertificates } = JSON.parse(document.getElementById("data").textContent);
  // The worst first.
  const order = Object.keys(signs);
  const wholes = ["site", "cluster", "use", "severity"];
  const keys = [...wholes, "finding", "ends", "text", "notok", "certificates"];
  const labels = { not_before: "valid from", not_after: "valid until", key_fits: "key fits", used_by: "used by" };
  // A row is a card on a narrow screen.
  const step = matchMedia("(max-width: 40rem)").matches ? 50 : 200;
  const filters = document.getElementById("filters");
  const body = document.querySelector("#rows tbody");
  const heads = [...document.querySelectorAll("#rows thead th")];
  const more = document.getElementById("more");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const paper = document.getElementById("paper");
  const root = document.documentElement;
  const ends = new Map(horizons.map(([limit, name], number) =>
    [name, [number ? horizons[number - 1][0] : -Infinity, limit === null ? Infinity : limit]]));
  const isCertificate = (row) => !notCertificates.includes(row.use);
  const unended = rows.some((row) => row.days === null && isCertificate(row));
  const drawnAs = new WeakMap();
  const open = new Set();
  // Node 9 comes before node 10.
  const { compare } = new Intl.Collator("en", { numeric: true });
  let sort = { key: null, down: false };
  let found = rows;
  let drawn = 0;

  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined && text !== null) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };

  // A browser would break a command after a hyphen as well.
  const command = (text) => {
    const code = make("code");
    text.split(" ").forEach((word, number) => code.append(...(number ? [" "] : []), make("span", word)));
    return code;
  };

  // Commands stand between backticks.
  const sentence = (text) => text.split(/`([^`]+)`/).map((part, number) => number % 2 ? command(part) : part);

  const words = (value) => {
    if (value === true) return "yes";
    if (value === false) return "no";
    if (Array.isArray(value)) return value.join(" → ");
    if (value && typeof value === "object") return Object.entries(value).map(([name, one]) => `${labels[name] || name}: ${words(one)}`).join(", ");
    return value;
  };

  const details = (row) => {
    const line = make("tr", null, "details");
    line.setAttribute("role", "row");
    const cell = make("td");
    cell.setAttribute("role", "cell");
    cell.colSpan = heads.length;
    for (const one of row.findings) {
      const text = make("p");
      text.append(make("strong", `${one.severity}: `), ...sentence(one.message), ". ", ...sentence(one.why));
      cell.append(text);
      if (one.cure) {
        const cure = make("p");
        cure.append(make("strong", "Do: "), ...sentence(one.cure));
        cell.append(cure);
      }
    }
    const list = make("dl");
    for (const [name, value] of Object.entries(row.details)) {
      list.append(make("dt", labels[name] || name), make("dd", words(value)));
    }
    if (list.firstChild) cell.append(list);
    if (!cell.firstChild) cell.append(make("p", "There are no further details."));
    line.append(cell);
    return line;
  };

  // Each row is a copy of this one, filled: much quicker than made of nothing.
  const pattern = make("tr");
  pattern.setAttribute("role", "row");
  for (const head of heads) {
    const node = head.dataset.key === "node";
    const cell = make(node ? "th" : "td");
    cell.setAttribute("role", node ? "rowheader" : "cell");
    if (node) cell.scope = "row";
    pattern.append(cell);
  }
  for (const [place, what, kind] of [[1, "days", "number"], [2, "expires", "firm"], [3, "site", ""], [4, "cluster", ""], [7, "file", "file"]]) {
    pattern.children[place].dataset.what = what;
    if (kind) pattern.children[place].className = kind;
  }
  pattern.firstChild.append(make("button", null, "open"));
  pattern.querySelector("button").type = "button";
  pattern.querySelector("button").append(make("span"));

  const draw = (row) => {
    const line = pattern.cloneNode(true);
    const [state, ...cells] = line.children;
    const button = state.firstChild;
    const sign = `${signs[row.severity]} ${row.severity}`;
    button.setAttribute("aria-expanded", String(open.has(row)));
    button.setAttribute("aria-label", `${sign}: ${row.node || row.cluster}, ${row.use}`);
    button.firstChild.textContent = sign;
    button.firstChild.className = `mark ${kinds[row.severity]}`;
    const texts = [row.days === null ? "–" : row.days, row.end || "–", row.site || "–", row.cluster, row.node || "–", row.use, row.file || "–"];
    texts.forEach((text, number) => { cells[number].textContent = text; });
    drawnAs.set(line, row);
    return line;
  };

  const grow = (until) => {
    const part = document.createDocumentFragment();
    const end = Math.min(until, found.length);
    for (; drawn < end; drawn += 1) {
      part.append(draw(found[drawn]));
      if (open.has(found[drawn])) part.append(details(found[drawn]));
    }
    body.append(part);
    more.hidden = drawn >= found.length;
    none.hidden = found.length > 0;
    shown.textContent = `${found.length} of ${rows.length} rows` + (more.hidden ? "" : `, the first ${drawn} are shown`);
  };

  const redraw = (until) => {
    body.replaceChildren();
    drawn = 0;
    grow(until);
  };

  const toggle = (line) => {
    const row = drawnAs.get(line);
    const opening = !open.has(row);
    line.querySelector("button").setAttribute("aria-expanded", String(opening));
    if (opening) {
      open.add(row);
      line.after(details(row));
    } else {
      open.delete(row);
      line.nextSibling.remove();
    }
  };

  // What is searched: what people read in a row, and nothing of how it is kept. Made when it is first asked for.
  let searched = null;
  const said = (value) => value && typeof value === "object" ? Object.values(value).map(said).join("\n") : words(value);
  const text = () => {
    searched ||= rows.map((row) => [row.site, row.cluster, row.node, row.use, row.file, row.end, row.severity,
      said(row.details), said(row.findings)].join("\n").toLowerCase());
    return searched;
  };

  const wanted = () => {
    const form = new FormData(filters);
    return new Map(keys.map((key) => [key, (form.get(key) || "").trim()]).filter(([, value]) => value));
  };

  const apply = () => {
    const by = wanted();
    const exact = wholes.filter((key) => by.has(key));
    const asked = (by.get("text") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const texts = asked.length ? text() : null;
    const [from, until] = ends.get(by.get("ends")) || [];
    const [finding, unknownEnd, certificates, notOk] = [by.get("finding"), by.get("ends") === noEnd, by.has("certificates"), by.has("notok")];
    found = rows.filter((row, number) => exact.every((key) => row[key] === by.get(key)) &&
      (!finding || row.findings.some((one) => one.id === finding)) && (!certificates || isCertificate(row)) &&
      (!unknownEnd || (row.days === null && isCertificate(row))) &&
      (from === undefined || (row.days !== null && row.days >= from && row.days < until)) &&
      (!notOk || row.severity !== "ok") && asked.every((word) => texts[number].includes(word)));
    if (sort.key) {
      const value = (row) => sort.key === "severity" ? order.indexOf(row.severity)
        : sort.key === "days" ? (row.days === null ? Infinity : row.days) : row[sort.key];
      found.sort((one, other) => {
        const [a, b] = [value(one), value(other)];
        const difference = typeof a === "string" ? compare(a, b) : a - b || 0;
        return sort.down ? -difference : difference;
      });
    }
    redraw(step);
  };

  // The view is in the address, so that who gets the address sees the same. Some viewers of mail refuse that: no harm.
  const told = () => {
    const by = new URLSearchParams([...wanted()]);
    if (sort.key) by.set("sort", (sort.down ? "-" : "") + sort.key);
    return String(by);
  };
  const note = (how) => {
    if (`#${told()}` === location.hash || (!told() && !location.hash)) return;
    try { history[how](null, "", `#${told()}`); } catch { /* the address stays as it is */ }
  };
  let waiting = 0;
  const changed = () => {
    apply();
    clearTimeout(waiting);
    waiting = setTimeout(() => note("replaceState"), 250);
  };

  const arrow = () => {
    for (const head of heads) {
      if (head.dataset.key === sort.key) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };

  const read = (hash) => {
    const by = new URLSearchParams(hash.slice(1));
    for (const key of keys) {
      const field = filters.elements[key];
      if (field.type === "checkbox") field.checked = by.has(key);
      else field.value = by.get(key) || "";
      if (field.selectedIndex === -1) field.value = "";
    }
    const key = (by.get("sort") || "").replace("-", "");
    sort = { key: heads.some((head) => head.dataset.key === key) ? key : null, down: by.get("sort")?.startsWith("-") };
    arrow();
    apply();
  };
  const isView = (hash) => hash.includes("=");
  const go = (hash) => {
    read(hash);
    note("pushState");
    const title = document.getElementById("table");
    title.scrollIntoView();
    title.focus({ preventScroll: true });
  };

  for (const key of wholes) {
    const values = [...new Set(rows.map((row) => row[key]).filter(Boolean))];
    values.sort(key === "severity" ? (a, b) => order.indexOf(a) - order.indexOf(b) : undefined);
    for (const value of values) filters.elements[key].append(make("option", value));
  }
  for (const id of [...new Set(rows.flatMap((row) => row.findings.map((one) => one.id)).filter(Boolean))].sort()) {
    filters.elements.finding.append(make("option", id));
  }
  for (const name of [...ends.keys(), ...(unended ? [noEnd] : [])]) filters.elements.ends.append(make("option", name));
  for (const head of heads) {
    const button = make("button", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => {
      const key = head.dataset.key;
      sort = { key, down: sort.key === key && !sort.down };
      arrow();
      changed();
    });
    head.replaceChildren(button);
  }

  const theme = document.getElementById("theme");
  let dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const name = () => { theme.textContent = dark ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    dark = !dark;
    root.dataset.theme = dark ? "dark" : "light";
    name();
  });
  name();

  body.addEventListener("click", (event) => {
    const line = event.target.closest("tr");
    // Who marks text in a row wants to copy it.
    if (drawnAs.has(line) && (event.target.closest("button") || !String(getSelection()))) toggle(line);
  });
  document.addEventListener("click", (event) => {
    const from = event.target.closest("a[href^='#'], [data-go]");
    const hash = from && (from.dataset.go || from.getAttribute("href"));
    if (!hash || !isView(hash) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(hash);
  });
  addEventListener("popstate", () => { if (isView(location.hash) || !location.hash) read(location.hash); });
  filters.addEventListener("input", changed);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(changed));
  document.getElementById("clear").addEventListener("click", () => filters.reset());
  more.addEventListener("click", () => grow(drawn + step));

  // On paper: what the filters show, whole; without filters what is not ok. Afterwards the page is as it was.
  let kept = null;
  addEventListener("beforeprint", () => {
    if (kept) return;
    const folded = [...document.querySelectorAll("details.paper:not([open])")];
    kept = { found, drawn, folded };
    for (const one of folded) one.open = true;
    if (wanted().size) {
      paper.textContent = `Only the rows that the filters show are printed: ${[...wanted()].map(([key, value]) => key === "notok" ? "not ok only" : key === "certificates" ? "certificates only" : `${key} ${value}`).join(", ")}.`;
    } else {
      found = found.filter((row) => row.severity !== "ok");
      paper.textContent = `Only the ${found.length} rows that are not ok are printed; ${rows.length - found.length} rows that are ok are left out.`;
    }
    paper.hidden = false;
    redraw(found.length);
    none.hidden = true;
  });
  addEventListener("afterprint", () => {
    if (!kept) return;
    const was = kept;
    kept = null;
    found = was.found;
    for (const one of was.folded) one.open = false;
    paper.hidden = true;
    paper.textContent = "";
    redraw(was.drawn);
  });

  root.classList.add("scripted");
  if (isView(location.hash)) {
    read(location.hash);
    document.getElementById("table").scrollIntoView();
  } else apply();
})();
