// One event stream for the whole application: what has changed, at most twice a second. Comes back
// by itself behind the last event that it saw; whoever listens is told to read anew.
import { createParser } from "eventsource-parser";
import { mustShow } from "../api/client";
import { session } from "../api/session";

export interface Change {
    seq: number;
    events: Record<string, number>; // how many of each type, "lead.assigned"
    subjects: string[]; // ids, "L12"; not all when `more`
    more: boolean; // something was left out: take it that anything may have changed
}

export type Connection = { state: "connecting" | "live" } | { state: "lost"; since: number };

const SILENCE_MS = 40_000; // the server gives a sign of life every 15 s
const RETRY_MS = [250, 500, 1000, 2000, 4000];

let connection: Connection = { state: "connecting" };
let lastSeq: string | undefined;
let running: AbortController | undefined;
let failures = 0;
const changeListeners = new Set<(change: Change) => void>();
const connectionListeners = new Set<() => void>();

function become(next: Connection): void {
    if (next.state === connection.state) return;
    connection = next;
    for (const listener of connectionListeners) listener();
}

function take(id: string | undefined, data: string): void {
    if (id !== undefined) lastSeq = id;
    const change = JSON.parse(data) as Change;
    failures = 0;
    mustShow(change.seq);
    const returned = connection.state === "lost";
    become({ state: "live" });
    if (returned) change.more = true;
    for (const listener of changeListeners) listener(change);
}

async function readOnce(control: AbortController): Promise<void> {
    const headers: Record<string, string> = { Accept: "text/event-stream", ...session.headers() };
    if (lastSeq !== undefined) headers["Last-Event-ID"] = lastSeq;
    const response = await fetch("/v1/changes", { headers, signal: control.signal });
    if (response.status === 400) lastSeq = undefined; // another journal: begin with what is new there
    if (response.status === 401) session.refused();
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const parser = createParser({ onEvent: (event) => take(event.id, event.data) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const silence = setTimeout(() => control.abort(), SILENCE_MS);
        const { done, value } = await reader.read().finally(() => clearTimeout(silence));
        if (done) return;
        parser.feed(value);
    }
}

async function run(): Promise<void> {
    for (;;) {
        const control = new AbortController();
        running = control;
        await readOnce(control).catch(() => undefined);
        if (connection.state !== "lost") become({ state: "lost", since: Date.now() });
        const pause = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
        await new Promise((done) => setTimeout(done, pause));
    }
}

export const changes = {
    start(): void {
        if (running === undefined) void run();
        session.listen(() => running?.abort());
        addEventListener("online", () => running?.abort());
    },
    get connection(): Connection {
        return connection;
    },
    listen(listener: (change: Change) => void): () => void {
        changeListeners.add(listener);
        return () => changeListeners.delete(listener);
    },
    listenConnection(listener: () => void): () => void {
        connectionListeners.add(listener);
        return () => connectionListeners.delete(listener);
    },
};

// Whether a change is about one of these: event types by their beginning ("exception.", "lead.") or
// subjects ("L12").
export function concerns(change: Change, about: readonly string[]): boolean {
    if (change.more) return true;
    const types = Object.keys(change.events);
    return about.some((one) => change.subjects.includes(one) || types.some((type) => type.startsWith(one)));
}
