// Where the nodes and ribbons of the lead path stand: columns by stage, heights by volume. Pure.
import type { Schema } from "../../api/types";

export type PathNode = Schema<"PathNode">;
export type PathEdge = Schema<"PathEdge">;
export type LeadPath = Schema<"LeadPath">;

interface Stage {
    key: string;
    title: string;
    kinds: PathNode["kind"][];
    width: number; // of its nodes, of 100 in all
}

export const stages: Stage[] = [
    { key: "sources", title: "Sources", kinds: ["source"], width: 16 },
    { key: "contracts", title: "Contracts", kinds: ["contract"], width: 11 },
    { key: "classes", title: "Classes", kinds: ["class"], width: 11 },
    { key: "routes", title: "Routes", kinds: ["route"], width: 24 },
    { key: "targets", title: "Pools and places", kinds: ["exception", "nurture", "rep", "pool"], width: 22 },
    { key: "systems", title: "Systems", kinds: ["destination", "provider"], width: 14 },
];

export interface Box {
    node: PathNode | undefined; // undefined: only ribbons pass
    left: number;
    top: number;
    width: number;
    height: number;
}

export interface Ribbon {
    edge: PathEdge;
    shape: string; // of an SVG path
    line: boolean; // a line to be stroked, not a ribbon to be filled
    tone: "plain" | "warning" | "bad" | "none" | "overflow" | "aside";
}

interface Layout {
    columns: { stage: Stage; left: number; width: number; nodes: PathNode[] }[];
    boxes: Map<string, Box>;
    ribbons: Ribbon[];
    height: number;
}

const NODE_MIN = 27;
const NODE_TALL = 44; // room for two lines
const GAP = 5;
const VOLUME = 150; // px that all leads together are thick
const SENT = 80; // px that all that was sent is thick: several for each lead

// Nodes by stage. Where leads end up is put in the order of the routes that lead there, which does not
// change with the volumes, so that nothing jumps.
export function byStage(path: LeadPath): PathNode[][] {
    const columns = stages.map((stage) => path.nodes.filter((node) => stage.kinds.includes(node.kind)));
    const routes = new Map((columns[3] ?? []).map((node, index) => [node.id, index]));
    const declared = new Map(path.nodes.map((node, index) => [node.id, index]));
    const rank = (node: PathNode): number => {
        const from = path.edges.flatMap((edge) => (edge.to === node.id ? (routes.get(edge.from) ?? []) : []));
        return from.length === 0 ? 1e6 + (declared.get(node.id) ?? 0) : from.reduce((sum, one) => sum + one, 0) / from.length;
    };
    columns[4] = [...(columns[4] ?? [])].sort((a, b) => rank(a) - rank(b));
    return columns;
}

const isSent = (edge: PathEdge): boolean => edge.to.startsWith("destination:");

interface Link {
    edge: PathEdge;
    from: string; // a node, or a place that is passed
    to: string;
}

// Cuts edges that skip stages into pieces, with a passage in each stage between.
function piecesOf(path: LeadPath, columns: PathNode[][], passages: string[][]): Link[] {
    const stage = new Map(columns.flatMap((nodes, index) => nodes.map((node) => [node.id, index] as const)));
    const links: Link[] = [];
    for (const edge of path.edges) {
        const [a, b] = [stage.get(edge.from), stage.get(edge.to)];
        if (a === undefined || b === undefined || a >= b || edge.to.startsWith("provider:")) continue;
        let from = edge.from;
        for (let index = a + 1; index < b; index++) {
            const passage = `${edge.from}@${index}`;
            if (passages[index]?.includes(passage) !== true) passages[index]?.push(passage);
            links.push({ edge, from, to: passage });
            from = passage;
        }
        links.push({ edge, from, to: edge.to });
    }
    return links;
}

interface Standing {
    id: string;
    height: number;
}

// Where something passes a stage, all stand in the order of where they come from.
function inOrder(list: Standing[], passing: string[], links: Link[], before: PathNode[]): Standing[] {
    if (passing.length === 0) return list;
    const places = new Map(before.map((node, index) => [node.id, index]));
    const rank = (one: Standing): number => {
        const from = links.flatMap((link) => (link.to === one.id ? (places.get(link.from.replace(/@\d+$/, "")) ?? []) : []));
        return from.length === 0 ? before.length : from.reduce((sum, place) => sum + place, 0) / from.length;
    };
    return [...list].sort((a, b) => rank(a) - rank(b));
}

// Where a ribbon leaves or reaches a box, and how thick it is there.
interface End {
    y: number;
    thick: number;
}

const ribbonShape = (x1: number, from: End, x2: number, to: End): string => {
    const middle = (x1 + x2) / 2;
    return (
        `M${x1},${from.y}C${middle},${from.y} ${middle},${to.y} ${x2},${to.y}` +
        `L${x2},${to.y + to.thick}C${middle},${to.y + to.thick} ${middle},${from.y + from.thick} ${x1},${from.y + from.thick}Z`
    );
};

const lineShape = (x1: number, y1: number, x2: number, y2: number, middle = (x1 + x2) / 2): string => `M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}`;

function toneOf(edge: PathEdge, nodes: Map<string, PathNode>): Ribbon["tone"] {
    if (edge.count === 0) return "none";
    const to = nodes.get(edge.to);
    if (to?.kind === "class") return "plain"; // some of its leads are late, not those of this edge
    const health = to?.health;
    return health === "bad" || health === "warning" ? health : "plain";
}

export function layOut(path: LeadPath, all: number): Layout {
    const columns = byStage(path);
    const width = (columns[5]?.length ?? 0) > 0 ? all : all - 28; // room for who helps whom
    const passages: string[][] = columns.map(() => []);
    const links = piecesOf(path, columns, passages);
    const nodes = new Map(path.nodes.map((node) => [node.id, node]));
    const used = stages.map((_, index) => (columns[index]?.length ?? 0) > 0);
    const shares = stages.reduce((sum, stage, index) => sum + (used[index] === true ? stage.width : 0), 0);
    const room = Math.max(0.62 * width, Math.min(width - 54 * (used.filter(Boolean).length - 1), 0.78 * width));
    const between = (width - room) / Math.max(1, used.filter(Boolean).length - 1);
    const sent = path.edges.reduce((sum, edge) => sum + (isSent(edge) ? edge.count : 0), 0);
    const thick = ({ edge }: Link): number =>
        edge.count === 0 ? 0 : Math.max(1.5, isSent(edge) ? (edge.count * SENT) / sent : (edge.count * VOLUME) / Math.max(1, path.leads));

    const flowOf = (id: string): number => {
        const [into, out] = [links.filter((one) => one.to === id), links.filter((one) => one.from === id)];
        const sum = (list: Link[]): number => list.reduce((total, one) => total + thick(one), 0);
        return Math.max(sum(into), sum(out));
    };
    const few = (list: unknown[]): boolean => list.length <= 6;
    const isSystem = (id: string): boolean => id.startsWith("destination:") || id.startsWith("provider:");
    const heights = columns.map((list, index) =>
        inOrder(
            [
                ...list.map((node) => {
                    const least = few(list) ? NODE_TALL : NODE_MIN;
                    return { id: node.id, height: isSystem(node.id) ? least : Math.max(least, flowOf(node.id)) };
                }),
                ...(passages[index] ?? []).map((id) => ({ id, height: Math.max(2, flowOf(id)) })),
            ],
            passages[index] ?? [],
            links,
            columns[index - 1] ?? [],
        ),
    );
    const tall = (list: { height: number }[]): number => list.reduce((sum, one) => sum + one.height + GAP, -GAP);
    const height = Math.ceil(Math.max(120, ...heights.map(tall)));

    const boxes = new Map<string, Box>();
    const made: Layout["columns"] = [];
    let left = 0;
    heights.forEach((list, index) => {
        const stage = stages[index];
        if (stage === undefined || used[index] !== true) return;
        const own = (room * stage.width) / shares;
        const gap = list.length > 1 ? Math.min(48, (height - tall(list) + GAP * (list.length - 1)) / (list.length - 1)) : 0;
        let top = Math.max(0, (height - tall(list) + GAP * (list.length - 1) - gap * (list.length - 1)) / 2);
        for (const one of list) {
            boxes.set(one.id, { node: nodes.get(one.id), left, top, width: own, height: one.height });
            top += one.height + gap;
        }
        made.push({ stage, left, width: own, nodes: columns[index] ?? [] });
        left += own + between;
    });
    return { columns: made, boxes, ribbons: drawRibbons(path, links, boxes, nodes, thick, between), height };
}

const nextOf = (links: Link[], link: Link): Link => links.find((one) => one.from === link.to && one.edge === link.edge) ?? link;

// Ribbons leave and reach a box in the order of where they go, so that they cross as little as can be.
function drawRibbons(
    path: LeadPath,
    links: Link[],
    boxes: Map<string, Box>,
    nodes: Map<string, PathNode>,
    thick: (link: Link) => number,
    between: number,
): Ribbon[] {
    const starts = new Map<Link, End>();
    const ends = new Map<Link, End>();
    const top = (id: string): number => boxes.get(id)?.top ?? 0;
    for (const [id, box] of boxes) {
        for (const [mine, other, at] of [
            [links.filter((one) => one.from === id), "to", starts],
            [links.filter((one) => one.to === id), "from", ends],
        ] as const) {
            const sorted = [...mine].sort((a, b) => top(a.edge[other]) - top(b.edge[other]) || top(a.edge.to) - top(b.edge.to));
            const flow = sorted.reduce((sum, one) => sum + thick(one), 0);
            const squeeze = flow > box.height ? box.height / flow : 1;
            let y = box.top + Math.max(0, (box.height - flow) / 2);
            for (const one of sorted) {
                at.set(one, one.edge.count === 0 ? { y: box.top + box.height / 2, thick: 0 } : { y, thick: thick(one) * squeeze });
                y += thick(one) * squeeze;
            }
        }
    }
    const ribbons: Ribbon[] = [];
    for (const link of links) {
        const [from, to] = [boxes.get(link.from), boxes.get(link.to)];
        const [start, end] = [starts.get(link), ends.get(link)];
        if (from === undefined || to === undefined || start === undefined || end === undefined) continue;
        const [x1, x2] = [from.left + from.width, to.left];
        const tone = toneOf(link.edge, nodes);
        const line = tone === "none";
        ribbons.push({ edge: link.edge, tone, line, shape: line ? lineShape(x1, start.y, x2, end.y) : ribbonShape(x1, start, x2, end) });
        // What passes a stage goes straight through it.
        if (to.node === undefined && !line) {
            const on = starts.get(nextOf(links, link)) ?? end;
            ribbons.push({ edge: link.edge, tone, line, shape: ribbonShape(to.left, end, to.left + to.width, on) });
        }
    }
    for (const edge of path.edges) {
        const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
        if (from === undefined || to === undefined) continue;
        const [y1, y2] = [from.top + from.height / 2, to.top + to.height / 2];
        const [x1, x2] = [from.left + from.width, to.left + to.width];
        if (edge.overflow === true) {
            const out = x1 + Math.min(0.8 * between, 34, 12 + Math.abs(y2 - y1) / 8);
            ribbons.push({ edge, line: true, tone: "overflow", shape: lineShape(x1, y1, x2, y2, out) });
        } else if (edge.to.startsWith("provider:"))
            ribbons.push({ edge, line: true, tone: "aside", shape: lineShape(x1, y1, to.left, y2) });
    }
    return ribbons;
}

// Everything that leads to a node and that it leads to; along edges with leads, and its own edges.
export function wayThrough(path: LeadPath, id: string): { nodes: Set<string>; edges: Set<PathEdge> } {
    const nodes = new Set([id]);
    const edges = new Set<PathEdge>();
    const walk = (at: string, here: "from" | "to", there: "from" | "to", seen: Set<string>): void => {
        for (const edge of path.edges) {
            if (edge[here] !== at || (edge.count === 0 && at !== id)) continue;
            if (edge.overflow === true && at !== id) continue;
            edges.add(edge);
            nodes.add(edge[there]);
            if (seen.has(edge[there]) || edge.overflow === true) continue;
            seen.add(edge[there]);
            walk(edge[there], here, there, seen);
        }
    };
    walk(id, "from", "to", new Set([id]));
    walk(id, "to", "from", new Set([id]));
    return { nodes, edges };
}
