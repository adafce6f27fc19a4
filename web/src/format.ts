// Figures as people read them.

export function shortCommit(id: string): string {
  const prefix = id.startsWith("folder-") ? "folder-" : "";
  return prefix + id.slice(prefix.length, prefix.length + 7);
}

export function count(n: number): string {
  return n.toLocaleString("en");
}

export function counted(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? "" : "s"}`;
}

export function rate(perSecond: number): string {
  if (perSecond === 0) return "0";
  return perSecond >= 100 ? count(Math.round(perSecond)) : perSecond.toFixed(perSecond >= 10 ? 0 : 1);
}

export function duration(seconds: number): string {
  const units: [number, string][] = [[86400, "day"], [3600, "hour"], [60, "minute"]];
  for (const [size, word] of units) {
    if (seconds >= size) return counted(Math.floor(seconds / size), word);
  }
  return counted(Math.max(0, Math.floor(seconds)), "second");
}

export function milliseconds(ms: number): string {
  return `${ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms)} ms`;
}

// "2026-01-31 12:00 (3 hours ago)" in the reader's time zone; `now` is the node's, whose clock counts.
export function when(time: string, now: number): Node {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return document.createTextNode("not known");
  const made = document.createElement("time");
  made.dateTime = time;
  const local = new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const ago = (now - at) / 1000;
  made.textContent = ago < 0 ? local : `${local} (${duration(ago)} ago)`;
  return made;
}
