"use strict";

const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
const once = (selector) => document.querySelector(selector);
const clean = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

/* ---- Tables: click a heading and its column sorts (missing values stay last); a box filters the rows. */
const PRINTED = 25;
const order = new Intl.Collator(undefined, { numeric: true });

/* What is printed of a long table: the first rows of those in sight, as they stand. */
const fold = (body) => {
  let seen = 0;
  for (const row of body.rows) {
    if (!row.hidden) seen += 1;
    row.classList.toggle("beyond", seen > PRINTED && !row.hidden);
  }
};

for (const button of all("th button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th");
    const body = heading.closest("table").tBodies[0];
    const column = heading.cellIndex;
    const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const numeric = heading.classList.contains("number");
    const keyed = Array.from(body.rows, (row) => {
      const cell = row.cells[column];
      const value = cell.dataset.v !== undefined ? Number(cell.dataset.v) : numeric ? NaN : cell.textContent;
      return { row, value };
    });
    keyed.sort(({ value: x }, { value: y }) => {
      const gone = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      if (gone !== 0 || Number.isNaN(x)) return gone;
      if (typeof x === "number" && typeof y === "number") return sign * (x - y);
      return sign * order.compare(String(x), String(y));
    });
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    body.append(...keyed.map(({ row }) => row));
    fold(body);
  });
}

for (const box of all(".filter")) {
  const input = box.querySelector("input"), said = box.querySelector("output");
  const body = box.closest(".table").querySelector("table").tBodies[0];
  const total = body.rows.length;
  let texts = null;
  input.addEventListener("input", () => {
    texts ??= new Map(Array.from(body.rows, (row) => [row, clean(row.textContent)]));
    const words = clean(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      if (!row.hidden) shown += 1;
    }
    said.textContent = words.length ? `${shown} of ${total} rows` : `${total} rows`;
    fold(body);
    rove(body);
  });
  box.hidden = false;
}

/* ---- One patient, marked wherever they stand: marks of figures and rows of tables carry the patient's number. */
const names = JSON.parse(once("#patients").textContent);
const places = new Map();
for (const element of all("[data-p]")) {
  const n = Number(element.dataset.p);
  if (!places.has(n)) places.set(n, []);
  places.get(n).push(element);
}
const bar = once(".chosen"), tip = once(".tip"), said = once("#said");
let chosen = null, lit = null, visited = -1;

const paint = () => {
  for (const svg of all("svg.marking")) svg.classList.remove("marking");
  for (const n of [chosen, lit]) {
    if (n === null) continue;
    for (const element of places.get(n) ?? []) element.closest("svg")?.classList.add("marking");
  }
};
const light = (n) => {
  if (n === lit) return;
  for (const element of places.get(lit) ?? []) element.classList.remove("lit");
  lit = n;
  for (const element of places.get(lit) ?? []) element.classList.add("lit");
  paint();
};
const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;
const where = (n) => {
  const own = places.get(n) ?? [];
  const figures = new Set(own.map((e) => e.closest("figure")).filter(Boolean)).size;
  const rows = own.filter((e) => e.tagName === "TR").length;
  if (!own.length) return "in no figure or table of this page; tables/clinical.csv has every patient";
  return `in ${counted(figures, "figure", "figures")} and ${counted(rows, "row", "rows")} of tables`;
};
const choose = (n) => {
  for (const element of places.get(chosen) ?? []) element.classList.remove("chosen-one");
  chosen = n;
  visited = -1;
  for (const element of places.get(chosen) ?? []) element.classList.add("chosen-one");
  paint();
  bar.hidden = chosen === null;
  if (chosen === null) return;
  bar.firstElementChild.textContent = `${names[chosen]}: ${where(chosen)}`;
  bar.querySelector('[data-do="next"]').hidden = !places.has(chosen);
  said.textContent = `${names[chosen]} marked, ${where(chosen)}`;
};
const clear = () => {
  const had = chosen !== null;
  choose(null);
  light(null);
  tip.hidden = true;
  if (had) said.textContent = "No patient marked";
};
const next = () => {
  const own = places.get(chosen) ?? [];
  if (!own.length) return;
  visited = (visited + 1) % own.length;
  const target = own[visited];
  for (let d = target.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
  if (target.hidden) {
    const input = target.closest(".table").querySelector(".filter input");
    input.value = "";
    input.dispatchEvent(new Event("input"));
  }
  target.scrollIntoView({ block: "center", inline: "nearest" });
  if (target.tagName === "TR") { target.tabIndex = 0; target.focus({ preventScroll: true }); }
  else target.closest(".card").focus({ preventScroll: true });
};
const tell = (element, x, y) => {
  const value = element.dataset.v;
  tip.textContent = names[Number(element.dataset.p)] + (value ? `: ${value}` : "");
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, window.innerWidth - box.width - 4))}px`;
  tip.style.top = `${y + 18 + box.height > window.innerHeight ? y - box.height - 8 : y + 18}px`;
};
document.addEventListener("pointerover", (event) => {
  const element = event.target.closest?.("[data-p]");
  light(element ? Number(element.dataset.p) : null);
  if (element?.closest(".card")) tell(element, event.clientX, event.clientY);
  else tip.hidden = true;
});
document.addEventListener("click", (event) => {
  if (event.target.closest("a, button, input, summary")) return;
  const element = event.target.closest("[data-p]");
  if (!element || String(window.getSelection())) return;
  const n = Number(element.dataset.p);
  choose(n === chosen ? null : n);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
});
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
bar.addEventListener("click", (event) => {
  const what = event.target.dataset.do;
  if (what === "next") next();
  if (what === "clear") { clear(); once("#find")?.focus(); }
});

/* Rows of patients: one stop of the Tab key per table; arrows go on from there, Enter marks. */
const rove = (body) => {
  const rows = Array.from(body.rows).filter((row) => row.dataset.p !== undefined && !row.hidden);
  for (const row of body.rows) row.removeAttribute("tabindex");
  if (rows.length) rows[0].tabIndex = 0;
};
for (const table of all("table")) {
  const body = table.tBodies[0];
  rove(body);
  body.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-p]");
    if (row) light(Number(row.dataset.p));
  });
  body.addEventListener("focusout", () => light(null));
  body.addEventListener("keydown", (event) => {
    const row = event.target;
    if (row.tagName !== "TR") return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const n = Number(row.dataset.p);
      choose(n === chosen ? null : n);
      return;
    }
    const rows = Array.from(body.rows).filter((r) => !r.hidden && r.dataset.p !== undefined);
    const at = rows.indexOf(row);
    const to = { ArrowDown: rows[at + 1], ArrowUp: rows[at - 1], Home: rows[0], End: rows[rows.length - 1] }[event.key];
    if (!to) return;
    event.preventDefault();
    row.removeAttribute("tabindex");
    to.tabIndex = 0;
    to.focus();
  });
}

/* Marks of a figure by keyboard: from left to right. */
for (const card of all(".card")) {
  let marks = null, at = -1;
  const step = (to) => {
    at = (to + marks.length) % marks.length;
    const mark = marks[at], n = Number(mark.dataset.p), box = mark.getBoundingClientRect();
    light(n);
    tell(mark, box.left + box.width / 2, box.top + box.height / 2);
    said.textContent = tip.textContent;
  };
  card.addEventListener("keydown", (event) => {
    marks ??= all("[data-p]", card)
      .map((mark) => ({ mark, box: mark.getBoundingClientRect() }))
      .sort((a, b) => a.box.left - b.box.left || a.box.top - b.box.top)
      .map(({ mark }) => mark);
    if (!marks.length) return;
    if (event.key === "ArrowRight") step(at + 1);
    else if (event.key === "ArrowLeft") step(at < 0 ? marks.length - 1 : at - 1);
    else if ((event.key === "Enter" || event.key === " ") && at >= 0) choose(Number(marks[at].dataset.p));
    else return;
    event.preventDefault();
  });
  card.addEventListener("blur", () => { light(null); tip.hidden = true; });
}

/* Find a patient by name; the list offers the first that fit. */
const find = once("#find");
if (find) {
  const list = once("#found"), note = once("#find-said"), most = 20;
  const cleaned = names.map(clean);
  const number = new Map(names.map((name, n) => [name, n]));
  const fitting = (text) => {
    const out = [];
    for (let n = 0; n < cleaned.length && out.length < most; n += 1) if (cleaned[n].includes(text)) out.push(n);
    return out;
  };
  const look = (entered) => {
    const text = clean(find.value.trim());
    if (!text) { note.textContent = ""; list.replaceChildren(); return; }
    const fit = fitting(text);
    list.replaceChildren(...fit.map((n) => Object.assign(document.createElement("option"), { value: names[n] })));
    const exact = number.get(find.value.trim());
    const one = exact ?? (fit.length === 1 || entered ? fit[0] : undefined);
    if (one !== undefined) { choose(one); note.textContent = where(one); }
    else note.textContent = fit.length ? `${fit.length === most ? `${most} or more` : fit.length} patients fit` : "No patient of that name";
  };
  find.addEventListener("input", () => look(false));
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); look(true); if (chosen !== null) next(); }
    if (event.key === "Escape") { find.value = ""; note.textContent = ""; }
  });
  find.closest(".find").hidden = false;
}

/* ---- Light or dark: as the system, unless the button says otherwise; remembered where that is allowed. */
const themes = ["system", "light", "dark"], theme = once("#theme"), STORED = "radiogenomics-theme";
const stored = () => { try { return localStorage.getItem(STORED); } catch { return null; } };
const dress = (name) => {
  if (name === "system") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = name;
  theme.textContent = `Colours: ${name === "system" ? "as the system" : name}`;
};
let dressed = themes.includes(stored()) ? stored() : "system";
dress(dressed);
theme.hidden = false;
theme.addEventListener("click", () => {
  dressed = themes[(themes.indexOf(dressed) + 1) % themes.length];
  dress(dressed);
  try { localStorage.setItem(STORED, dressed); } catch { /* a page that may store nothing forgets */ }
});

/* ---- The contents show where the reader is. */
const links = new Map(all("nav a").map((a) => [a.hash.slice(1), a]));
const sections = Array.from(links.keys(), (id) => document.getElementById(decodeURIComponent(id)));
const follow = () => {
  const reached = sections.filter((s) => s.getBoundingClientRect().top < window.innerHeight * 0.3);
  const end = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
  const here = end ? sections[sections.length - 1] : reached[reached.length - 1] || sections[0];
  for (const [id, a] of links) {
    if (decodeURIComponent(id) === here.id) a.setAttribute("aria-current", "true");
    else a.removeAttribute("aria-current");
  }
};
document.addEventListener("scroll", follow, { passive: true });
follow();

/* A figure wider than the screen scrolls, by keyboard too. */
for (const card of all(".card")) {
  if (card.scrollWidth > card.clientWidth) card.tabIndex = 0;
}

/* A table that does not fit says so. */
const hint = () => {
  for (const text of all(".hint")) {
    const box = text.nextElementSibling;
    const columns = box.scrollWidth > box.clientWidth + 1, rows = box.scrollHeight > box.clientHeight + 1;
    text.hidden = !columns && !rows;
    text.textContent = `Scroll the table for more ${columns && rows ? "columns and rows" : columns ? "columns" : "rows"}.`;
  }
};
window.addEventListener("resize", hint);
document.addEventListener("toggle", hint, true);
hint();

/* Paper shows what the screen folds away; afterwards the screen is as it was. */
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = all("details:not([open])");
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
  opened = [];
});
