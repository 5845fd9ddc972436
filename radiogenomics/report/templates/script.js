"use strict";

/* Click a heading: its column sorts; missing values stay last. */
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th");
    const body = heading.closest("table").tBodies[0];
    const column = heading.cellIndex;
    const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const value = (row) => {
      const cell = row.cells[column];
      if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
      return heading.classList.contains("number") ? NaN : cell.textContent;
    };
    const compare = (a, b) => {
      const x = value(a), y = value(b);
      const gone = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      if (gone !== 0 || Number.isNaN(x)) return gone;
      if (typeof x === "number" && typeof y === "number") return sign * (x - y);
      return sign * String(x).localeCompare(String(y), undefined, { numeric: true });
    };
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    body.append(...Array.from(body.rows).sort(compare));
  });
}

/* The contents show where the reader is. */
const links = new Map(Array.from(document.querySelectorAll("nav a"), (a) => [a.hash.slice(1), a]));
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
for (const card of document.querySelectorAll(".card")) {
  if (card.scrollWidth > card.clientWidth) card.tabIndex = 0;
}

/* A table that does not fit says so. */
const hint = () => {
  for (const text of document.querySelectorAll(".hint")) {
    const box = text.nextElementSibling;
    const columns = box.scrollWidth > box.clientWidth + 1, rows = box.scrollHeight > box.clientHeight + 1;
    text.hidden = !columns && !rows;
    text.textContent = `Scroll the table for more ${columns && rows ? "columns and rows" : columns ? "columns" : "rows"}.`;
  }
};
window.addEventListener("resize", hint);
document.addEventListener("toggle", hint, true);
hint();

/* Paper shows what the screen folds away. */
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
