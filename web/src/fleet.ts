// The fleet: every node of the network as this one sees it.
import { getFleet } from "./api";
import type { FleetNode } from "./api";
import { byId, fill, table } from "./dom";
import { milliseconds, shortCommit } from "./format";

const kStates: Record<string, string> = { well: "✓ well", drained: "◐ drained", faults: "! faults", empty: "! serves nothing yet" };

function stateWord(node: FleetNode): string {
  if (node.error) return "✕ no answer";
  return kStates[node.state] ?? (node.state || "not known");
}

// A node whose program or network file has no fleet shows no section.
export async function showFleet(): Promise<void> {
  const nodes = await getFleet().catch(() => []);
  byId("fleet").hidden = nodes.length === 0;
  if (nodes.length === 0) return;
  const described = nodes.length === 1 ? "1 node" : `${nodes.length} nodes`;
  fill(byId("fleet-table"), table(described, [
    { head: "Node", cell: (n) => n.name },
    { head: "State", cell: stateWord },
    { head: "Commit", cell: (n) => shortCommit(n.commit) },
    { head: "Version", cell: (n) => n.version },
    { head: "Latency", cell: (n) => (n.latency_ms === null ? "" : milliseconds(n.latency_ms)), numeric: true },
    { head: "Address", cell: (n) => n.address },
    { head: "Fault", cell: (n) => n.error },
  ], nodes));
}
