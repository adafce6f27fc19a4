// The sections about what is served: what the last commit changed, the zones, the search.
import { search } from "./api";
import type { Changes, Found, RecordChange, SearchResult, ZoneChange, Zones } from "./api";
import { byId, element, fill, setText, table } from "./dom";
import type { Child } from "./dom";
import { count, counted, shortCommit } from "./format";

// Rows of one table; a page of ten thousand is no page.
const kMaxRows = 200;

function changeWord(record: RecordChange): string {
  return record.before === null ? "+ added" : record.after === null ? "− removed" : "± changed";
}

function zoneSummary(zone: ZoneChange): string {
  if (zone.what === "added") return `${zone.name} is new, with ${counted(zone.added, "record")}`;
  if (zone.what === "removed") return `${zone.name} is gone, with ${counted(zone.removed, "record")}`;
  const parts = [`${count(zone.added)} added`, `${count(zone.removed)} removed`, `${count(zone.changed)} changed`];
  if (zone.proofs > 0) parts.push(`${count(zone.proofs)} of signatures and denial`);
  const twin = zone.twin_of ? ` (twin of ${zone.twin_of})` : "";
  return `${zone.name}${twin}: ${parts.join(", ")}; serial ${zone.serial_before} to ${zone.serial_after}`;
}

function zoneChanges(zone: ZoneChange): HTMLElement {
  const summary = zoneSummary(zone);
  if (zone.records.length === 0) return element("p", {}, summary);
  return table(summary, [
    { head: "Owner", cell: (r: RecordChange) => r.owner },
    { head: "Change", cell: changeWord },
    { head: "Type", cell: (r) => r.type },
    { head: "Before", cell: (r) => r.before ?? "" },
    { head: "After", cell: (r) => r.after ?? "" },
  ], zone.records);
}

export function showChanges(changes: Changes): void {
  const parts: Child[] = [];
  if (changes.from === null) {
    parts.push(element("p", { class: "quiet" }, "Not known: there is no commit before this one."));
  } else {
    parts.push(element("p", {}, "Against the commit before, ", element("code", { title: changes.from }, shortCommit(changes.from)),
      changes.zones.length === 0 ? ", no record changed." : ":"));
    parts.push(...changes.zones.map(zoneChanges));
  }
  if (changes.records_not_told > 0) parts.push(element("p", {}, `${counted(changes.records_not_told, "record")} more.`));
  if (changes.zones_not_told > 0) parts.push(element("p", {}, `${counted(changes.zones_not_told, "zone")} more.`));
  fill(byId("changes"), ...parts);
}

export function showZones(zones: Zones | null): void {
  const rows = zones?.zones ?? [];
  const shown = rows.slice(0, kMaxRows);
  const parts: Child[] = [table(zones ? counted(zones.total, "zone") : "Nothing is served yet", [
    { head: "Zone", cell: (z) => z.name },
    { head: "Records", cell: (z) => count(z.records), numeric: true },
    { head: "Serial", cell: (z) => String(z.serial), numeric: true },
    { head: "From", cell: (z) => (z.twin_of ? `twin of ${z.twin_of}` : z.file || "computed") },
    { head: "Warnings", cell: (z) => count(z.warnings), numeric: true },
  ], shown)];
  if (zones && zones.total > shown.length) parts.push(element("p", {}, `${count(zones.total - shown.length)} more; search finds their names.`));
  fill(byId("zones"), ...parts);
}

function foundItem(found: Found): HTMLElement {
  const records = table(`Records of ${found.name}`, [
    { head: "Type", cell: (r: Found["records"][number]) => r.type },
    { head: "Data", cell: (r) => r.data },
    { head: "TTL", cell: (r) => String(r.ttl), numeric: true },
  ], found.records);
  return element("li", {},
    element("h3", {}, found.name),
    found.covers ? element("p", {}, "There is no such name; this answers for it.") : null,
    element("p", { class: "quiet" }, `Zone ${found.zone}`, found.twins.length > 0 ? `; the same as ${found.twins.join(", ")}` : ""),
    records,
    found.records_not_told > 0 ? element("p", {}, `${counted(found.records_not_told, "record")} more.`) : null);
}

function said(result: SearchResult): string {
  if (result.fault) return result.fault;
  const n = result.results.length;
  if (n === 0) return "No name found.";
  const rest = result.more ? ", more were left out; ask for a longer part" : "";
  const gap = result.incomplete ? "; not all names were looked at" : "";
  return `${counted(n, "name")} found${rest}${gap}.`;
}

export function startSearch(): void {
  const form = byId<HTMLFormElement>("search");
  const question = byId<HTMLInputElement>("question");
  let newest = 0;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const mine = ++newest;
    let result: SearchResult = { results: [] };
    let text: string;
    try {
      result = await search(question.value);
      text = said(result);
    } catch {
      text = "The node does not answer; try again.";
    }
    if (mine !== newest) return;
    setText(byId("search-said"), text);
    fill(byId("search-results"), result.results.length > 0
      ? element("ul", { class: "found" }, ...result.results.map(foundItem)) : null);
  });
}
