// The lead path as a picture: links in columns by stage, ribbons of volume between them. Where it is
// narrow the same links are a list by stage.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { count } from "../../ui/basics";
import { calledOf, leadsOf, nameOf, pageOf, unitOf } from "./path-links";
import { byStage, layOut, stages, wayThrough, type Box, type LeadPath, type PathEdge, type PathNode } from "./path-layout";

const LEAST_WIDTH = 760; // below it is a list

function useWidth(): [(element: HTMLElement | null) => void, number] {
    const [width, setWidth] = useState(0);
    const observer = useRef<ResizeObserver>();
    const follow = (element: HTMLElement | null): void => {
        observer.current?.disconnect();
        if (element === null) return;
        setWidth(element.clientWidth);
        observer.current = new ResizeObserver(() => setWidth(element.clientWidth));
        observer.current.observe(element);
    };
    const stable = useRef(follow);
    return [stable.current, width];
}

const marks: Record<PathNode["health"], string> = { ok: "", idle: "", warning: "!", bad: "‼" };
const healthWords: Record<PathNode["health"], string> = { ok: "well", idle: "nothing came", warning: "look at it", bad: "in trouble" };

function says(node: PathNode): string {
    return [
        `${calledOf(node)}: ${count(node.count)} ${unitOf(node)}`,
        node.title !== undefined && node.kind !== "exception" && node.kind !== "rep" ? node.title : "",
        node.reason ?? (node.health === "idle" ? "nothing came in this time" : ""),
        node.former === true ? "not in the release in force any more" : "",
    ]
        .filter((one) => one !== "")
        .join("; ");
}

interface NodeProps {
    node: PathNode;
    path: LeadPath;
    box: Box | undefined;
    state: string; // "", "on", "off"
    onPoint: (id: string | undefined) => void;
}

function NodeLink({ node, path, box, state, onPoint }: NodeProps) {
    return (
        <Link
            href={pageOf(node, path)}
            class={`path-node ${node.health} ${state} ${node.former === true ? "former" : ""} ${box !== undefined && box.height >= 44 ? "tall" : ""}`}
            data-node={node.id}
            style={box === undefined ? undefined : { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` }}
            onPointerEnter={() => onPoint(node.id)}
            onPointerLeave={() => onPoint(undefined)}
            onFocus={() => onPoint(node.id)}
            onBlur={() => onPoint(undefined)}
        >
            <span class="sr-only">{`${says(node)}. ${healthWords[node.health]}`}</span>
            <span class="path-name" aria-hidden="true">
                {nameOf(node)}
            </span>
            {marks[node.health] !== "" && (
                <span class={`path-mark ${node.health}`} aria-hidden="true">
                    {marks[node.health]}
                </span>
            )}
            <span class="path-count" aria-hidden="true">
                {count(node.count)}
            </span>
            {box === undefined && node.reason !== undefined && (
                <span class="path-reason small" aria-hidden="true">
                    {node.reason}
                </span>
            )}
        </Link>
    );
}

function edgeSays(edge: PathEdge, nodes: Map<string, PathNode>): string {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    if (from === undefined || to === undefined) return "";
    const between = `${calledOf(from)} → ${calledOf(to)}`;
    return edge.overflow === true ? `${between}: helps out` : `${between}: ${count(edge.count)} ${unitOf(to)}`;
}

export function PathPicture({ fresh }: { fresh: LeadPath }) {
    const [follow, width] = useWidth();
    const [pointed, point] = useState<string>();
    const [edge, pointEdge] = useState<PathEdge>();
    const [inside, setInside] = useState(false);
    const [, navigate] = useLocation();
    // It stands still as long as somebody points at it.
    const held = useRef(fresh);
    if (!inside || held.current.minutes !== fresh.minutes) held.current = fresh;
    const path = held.current;
    const nodes = useMemo(() => new Map(path.nodes.map((node) => [node.id, node])), [path]);
    const wide = width >= LEAST_WIDTH;
    const layout = useMemo(() => (wide ? layOut(path, width) : undefined), [path, width, wide]);
    const way = useMemo(() => {
        if (pointed !== undefined) return wayThrough(path, pointed);
        return edge === undefined ? undefined : { nodes: new Set([edge.from, edge.to]), edges: new Set([edge]) };
    }, [path, pointed, edge]);
    useEffect(() => {
        if (!wide) setInside(false);
    }, [wide]);
    const state = (on: boolean | undefined): string => (on === undefined ? "" : on ? "on" : "off");
    const node = pointed === undefined ? undefined : nodes.get(pointed);
    const columns = layout?.columns ?? byStage(path).map((list, index) => ({ stage: stages[index], left: 0, width: 0, nodes: list }));
    return (
        <div
            class={wide ? "lead-flow" : "lead-flow list"}
            ref={follow}
            onPointerEnter={() => setInside(wide)}
            onPointerLeave={() => setInside(false)}
            onFocusCapture={() => setInside(wide)}
            onBlurCapture={() => setInside(false)}
        >
            <p class="path-says small" aria-hidden="true">
                {node !== undefined ? (
                    <>
                        <b>{says(node)}</b> {node.detail !== undefined && <code>{node.detail}</code>}
                    </>
                ) : edge !== undefined ? (
                    <b>{edgeSays(edge, nodes)}</b>
                ) : (
                    <span class="soft">{wide ? "Point at a place to see its way; press it to get there. A ribbon leads to its leads." : "Press a place to get there."}</span>
                )}
            </p>
            <div class="path-stage" style={layout === undefined ? undefined : { height: `${layout.height + 28}px` }}>
                {layout !== undefined && (
                    <svg class="path-ribbons" width={width} height={layout.height} viewBox={`0 0 ${width} ${layout.height}`} aria-hidden="true">
                        {layout.ribbons.map((one, index) => {
                            const href = leadsOf(one.edge, nodes, path);
                            return (
                                <path
                                    key={index}
                                    d={one.shape}
                                    data-edge={`${one.edge.from}>${one.edge.to}`}
                                    class={`ribbon ${one.line ? "line" : ""} ${one.tone} ${state(way?.edges.has(one.edge))} ${href === undefined ? "" : "leads"}`}
                                    onPointerEnter={() => pointEdge(one.edge)}
                                    onPointerLeave={() => pointEdge(undefined)}
                                    onClick={() => href !== undefined && navigate(href)}
                                />
                            );
                        })}
                    </svg>
                )}
                {columns.map(
                    (column) =>
                        column.nodes.length > 0 && (
                            <section key={column.stage?.key} aria-label={column.stage?.title}>
                                <h3 style={layout === undefined ? undefined : { left: `${column.left}px`, width: `${column.width}px` }}>{column.stage?.title}</h3>
                                <ul>
                                    {column.nodes.map((one) => (
                                        <li key={one.id}>
                                            <NodeLink node={one} path={path} box={layout?.boxes.get(one.id)} state={state(way?.nodes.has(one.id))} onPoint={point} />
                                        </li>
                                    ))}
                                </ul>
                            </section>
                        ),
                )}
            </div>
        </div>
    );
}
