// The status page: asks the node for its state each second while somebody looks, and draws what came.
import { getChanges, getMetrics, getStatus, getZones } from "./api";
import type { Status } from "./api";
import { byId, setText } from "./dom";
import { showFleet } from "./fleet";
import { Live } from "./live";
import { showCommits, showNode } from "./node";
import { showChanges, showZones, startSearch } from "./zones";
import "./style.css";

const kPoll = 1000;
const kFleetPoll = 5000;

const live = new Live();
let shownCommit: string | null = null;
let answered = 0; // when the node last did, of this browser's clock

// The node's clock: what it wrote is as old as it says, whatever the browser's clock says.
function nodeNow(status: Status): number {
  return Date.parse(status.started) + status.uptime_seconds * 1000;
}

async function showServed(status: Status): Promise<void> {
  const commit = status.serving?.commit ?? "";
  if (commit === shownCommit) return;
  const [changes, zones] = await Promise.all([getChanges(), getZones()]);
  showChanges(changes);
  showZones(zones);
  // The comparison ends shortly after the commit is served: until then it is asked for again.
  if (changes.to === commit || commit === "") shownCommit = commit;
}

async function poll(): Promise<void> {
  const status = await getStatus();
  answered = Date.now();
  const now = nodeNow(status);
  showNode(status, now);
  showCommits(status, now);
  live.show(status);
  await showServed(status);
  live.showTimes(await getMetrics());
}

function showReach(reached: boolean): void {
  const note = byId("unreachable");
  note.hidden = reached;
  if (reached) return;
  const since = answered === 0 ? "" : `; this was so at ${new Date(answered).toLocaleTimeString()}`;
  setText(note, `The node does not answer${since}.`);
}

// One after the other, never two at once: a slow node is not asked more.
async function loop(work: () => Promise<void>, every: number): Promise<void> {
  for (;;) {
    if (!document.hidden) await work();
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

startSearch();
void loop(() => poll().then(() => showReach(true), () => showReach(false)), kPoll);
void loop(showFleet, kFleetPoll);
