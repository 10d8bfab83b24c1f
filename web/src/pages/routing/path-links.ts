// Where the things of the lead path lead: their own pages, or the leads behind them.
import { query } from "../../url";
import { plain } from "../../words/words";
import type { LeadPath, PathEdge, PathNode } from "./path-layout";

// The filter of leads that a node stands for; undefined when none tells them.
function filterOf(node: PathNode): Record<string, string> | undefined {
    switch (node.kind) {
        case "source":
        case "class":
        case "route":
        case "pool":
        case "rep":
            return { [node.kind]: node.name };
        case "contract":
            return { source: sourceOf(node) };
        case "exception":
            return { place: "exception" };
        case "nurture":
            return { place: "nurture" };
        default:
            return undefined;
    }
}

const sourceOf = (contract: PathNode): string => contract.id.replace(/^contract:/, "").replace(/\/\d+$/, "");

export function pageOf(node: PathNode, path: LeadPath): string {
    const name = encodeURIComponent(node.name);
    switch (node.kind) {
        case "source":
            return `/sources/${name}`;
        case "contract":
            return `/sources/${encodeURIComponent(sourceOf(node))}`;
        case "pool":
            return `/pools/${name}`;
        case "rep":
            return "/mine" + query({ rep: node.name });
        case "exception":
            return "/triage" + query({ kind: node.name });
        case "destination":
        case "provider":
            return `/destinations/${name}`;
        default:
            return "/leads" + query({ ...filterOf(node), from: path.from });
    }
}

// The leads that went along an edge; undefined where what went there are no leads.
export function leadsOf(edge: PathEdge, nodes: Map<string, PathNode>, path: LeadPath): string | undefined {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    if (from === undefined || to === undefined || edge.count === 0) return undefined;
    const [a, b] = [filterOf(from), filterOf(to)];
    if (a === undefined || b === undefined) return undefined;
    return "/leads" + query({ ...a, ...b, from: path.from });
}

export function nameOf(node: PathNode): string {
    if (node.kind === "contract") return `v${node.name}`;
    if (node.kind === "rep") return node.title ?? node.name;
    return node.kind === "exception" ? (node.title ?? plain(node.name)) : node.name;
}

const kindWords: Partial<Record<PathNode["kind"], string>> = { exception: "exception", nurture: "nurture", rep: "rep", provider: "provider", contract: "contract" };

// "pool emea", "exception missing email"
export const calledOf = (node: PathNode): string =>
    node.kind === "contract" ? `contract ${sourceOf(node)} v${node.name}` : `${kindWords[node.kind] ?? node.kind} ${nameOf(node)}`;

export const unitOf = (node: PathNode): string => (node.kind === "destination" || node.kind === "provider" ? "sent" : "leads");
