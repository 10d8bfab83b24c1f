// One event stream for the whole application: what has changed, at most twice a second. Comes back
// by itself behind the last event that it saw; whoever listens is told to read anew. All tabs of a
// browser share it (tabs.ts). Nothing is read for a page that nobody sees.
import { mustShow, startAnew } from "../api/client";
import { session } from "../api/session";
import { readStream, type Change } from "./stream";
import { tabs, type Connection } from "./tabs";

export type { Change, Connection };

const RETRY_MS = [250, 500, 1000, 2000, 4000];
const FIRST_MS = 150; // a page waits that long for its stream before it reads

let connection: Connection = { state: "connecting" };
let lastSeq: number | undefined;
let running: AbortController | undefined; // we read, for all tabs
let failures = 0;
let missed = false; // something may have happened of which nobody told us
let unseen = false; // and something has, but nobody is looking
const changeListeners = new Set<(change: Change) => void>();
const connectionListeners = new Set<() => void>();

function become(next: Connection): void {
    if (next.state === connection.state) return;
    if (next.state === "lost") missed = true;
    connection = next;
    for (const listener of connectionListeners) listener();
}

const tell = (change: Change): void => changeListeners.forEach((listener) => listener(change));
const everything = (): Change => ({ seq: lastSeq ?? 0, events: {}, subjects: [], more: true });

function reach(seq: number): void {
    // A data directory that came from a backup is behind what we have seen.
    if (lastSeq !== undefined && seq < lastSeq) startAnew();
    lastSeq = seq;
    mustShow(seq);
}

function take(change: Change): void {
    reach(change.seq);
    failures = 0;
    const all = missed || change.more;
    missed = false;
    become({ state: "live" });
    if (!all && Object.keys(change.events).length === 0) return; // the beginning of a stream
    if (document.hidden) unseen = true;
    else tell(all ? everything() : change);
}

function look(): void {
    if (document.hidden || !unseen) return;
    unseen = false;
    tell(everything());
}

// ---- reading for all tabs

const report = (change?: Change): void => tabs.tell({ connection, seq: lastSeq, ...(change === undefined ? {} : { change }) });

async function read(control: AbortController): Promise<void> {
    const onChange = (change: Change): void => {
        take(change);
        report(change);
    };
    await readStream(lastSeq, control, onChange, report).catch(() => undefined);
    if (running !== control) return; // another tab has taken over
    become(document.hidden && control.signal.aborted ? { state: "connecting" } : { state: "lost", since: Date.now() });
    report();
}

async function run(): Promise<void> {
    for (;;) {
        while (session.needsToken) await new Promise<void>((done) => once(done));
        await tabs.turn(() => {
            if (session.needsToken) return Promise.resolve(); // refused while others read
            running = new AbortController();
            return read(running);
        });
        const control = running;
        running = undefined;
        control?.abort();
        const pause = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
        await new Promise((done) => setTimeout(done, pause));
    }
}

function once(done: () => void): void {
    const stop = session.listen(() => {
        stop();
        done();
    });
}

// ---- what the tab that reads tells us

function hear({ connection: theirs, seq, change }: { connection: Connection; seq: number | undefined; change?: Change }): void {
    if (change !== undefined) take(change);
    else if (theirs.state === "live" && connection.state !== "live" && seq !== undefined)
        take({ seq, events: {}, subjects: [], more: false });
    else become(theirs);
}

export const changes = {
    // Resolves when the page may read: what it reads from then on is followed by what changes.
    async start(): Promise<void> {
        session.listen(() => session.needsToken && running?.abort());
        addEventListener("online", () => running?.abort());
        document.addEventListener("visibilitychange", look);
        tabs.onRelease(() => running?.abort());
        tabs.listen(hear, () => running !== undefined && connection.state !== "connecting" && report());
        void run();
        await new Promise<void>((done) => {
            changes.listenConnection(done);
            setTimeout(done, FIRST_MS);
        });
        missed = connection.state !== "live";
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
