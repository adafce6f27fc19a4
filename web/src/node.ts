// The sections about the node itself: its state, faults, announcements, and the commits served and refused.
import type { Service, Status } from "./api";
import { byId, element, facts, fill, setText, table } from "./dom";
import { count, counted, duration, shortCommit, when } from "./format";

function showState(status: Status): void {
  const badge = byId("state");
  const drained = status.anycast?.drained ?? false;
  const well = status.faults.length === 0;
  const [mark, words] = drained ? ["◐", "Drained"] : well ? ["✓", "Well"] : ["!", counted(status.faults.length, "fault")];
  setText(badge, `${mark} ${words}`);
  badge.className = `badge ${drained ? "warn" : well ? "good" : "bad"}`;
  document.title = `${status.node}: ${words}`;
}

function announced(service: Service): string {
  if (!service.presented) return "not of this node";
  return { yes: "✓ announced", "last resort": "◐ last resort" }[service.announced] ?? "✕ withdrawn";
}

function announcements(services: Service[]): HTMLElement {
  return table("Service addresses", [
    { head: "Address", cell: (s) => s.address },
    { head: "Route", cell: announced },
    { head: "Answers rightly", cell: (s) => (s.presented ? (s.ready ? "yes" : "no") : "") },
    { head: "Why not", cell: (s) => (s.presented ? s.why : "") },
  ], services);
}

export function showNode(status: Status, now: number): void {
  setText(byId("node-name"), status.node);
  setText(byId("version"), `dotmesh ${status.version}`);
  showState(status);
  const faults = byId("faults");
  faults.hidden = status.faults.length === 0;
  fill(faults, ...status.faults.map((fault) => element("li", {}, fault)));
  facts(byId("node-facts"), [
    ["Running for", duration(status.uptime_seconds)],
    ["Listening on", status.listening.join(", ")],
    ["Follows", status.source.from],
    ["Asked last", when(status.source.last_fetch, now)],
  ]);
  const services = status.anycast?.services ?? [];
  fill(byId("announcements"), services.length > 0
    ? announcements(services)
    : element("p", { class: "quiet" }, "This node announces no service address."));
}

export function showCommits(status: Status, now: number): void {
  const { serving, refused } = status;
  facts(byId("commit-facts"), serving ? [
    ["Commit", element("code", { title: serving.commit }, shortCommit(serving.commit))],
    ["Message", serving.subject || "none"],
    ["Author", serving.author || "not known"],
    ["Written", when(serving.time, now)],
    ["Served since", when(serving.since, now)],
    ["Serial", String(serving.serial)],
    ["Zones", count(serving.zones)],
    ["Warnings", serving.warnings > 0 ? `${count(serving.warnings)}; dotmesh check tells them` : "none"],
  ] : [["Commit", "Nothing is served yet"]]);
  const section = byId("refused");
  section.hidden = refused === null;
  if (!refused) return;
  fill(byId("refused-about"), "Commit ", element("code", { title: refused.commit }, shortCommit(refused.commit)),
    ` has ${counted(refused.errors, "error")}, since `, when(refused.since, now), ". The last good commit is served.");
  setText(byId("refused-text"), refused.text);
}
