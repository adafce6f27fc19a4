// Building the page's elements. Text is always set as text: nothing that a node tells becomes markup.

export type Child = Node | string | null;

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found as T;
}

export function element(tag: string, attributes: Record<string, string> = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child): child is Node | string => child !== null));
  return made;
}

// Replaces what stands in `parent` only when it differs: a selection or a screen reader's place in it stays.
export function fill(parent: HTMLElement, ...children: Child[]): void {
  const next = document.createElement("div");
  next.append(...children.filter((child): child is Node | string => child !== null));
  if (next.innerHTML !== parent.innerHTML) parent.replaceChildren(...next.childNodes);
}

export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function facts(parent: HTMLElement, rows: [string, Child][]): void {
  fill(parent, ...rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}

export interface Column<Row> {
  head: string;
  cell: (row: Row) => Child;
  numeric?: boolean;
}

// A table that scrolls by itself where the screen is narrow. The first column heads its rows.
export function table<Row>(caption: string, columns: Column<Row>[], rows: Row[]): HTMLElement {
  const side = (column: Column<Row>) => (column.numeric ? { class: "number" } : undefined);
  const head = element("tr", {}, ...columns.map((c) => element("th", { scope: "col", ...side(c) }, c.head)));
  const body = rows.map((row) =>
    element("tr", {}, ...columns.map((c, i) =>
      i === 0 ? element("th", { scope: "row" }, c.cell(row)) : element("td", { ...side(c) }, c.cell(row)))));
  return element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body)));
}
