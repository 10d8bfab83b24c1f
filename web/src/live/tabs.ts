// One tab of a browser reads the stream, and tells the others. Over HTTP/1.1 a browser opens six
// connections to a server, and a stream holds one as long as it lives: the seventh tab would show
// nothing at all.
//
// Whoever holds a lock reads; the browser gives it to the next one when a tab is closed. Where pages
// may not have locks (plain HTTP from another machine), each tab reads for itself, but only while
// somebody can see it.
import type { Change } from "./stream";
import { SILENCE_MS } from "./stream";

export type Connection = { state: "connecting" | "live" } | { state: "lost"; since: number };

// What the tab that reads tells: how it stands with the stream, how far it has come, what is new.
export interface News {
    connection: Connection;
    seq: number | undefined;
    change?: Change;
}

// Tabs with other pages than ours, from before an upgrade, may say other things.
const NAME = "meshline-changes " + new URL(import.meta.url).pathname;
const WATCH_MS = 5_000;
const locks = (navigator as { locks?: LockManager }).locks;
const channel = locks === undefined ? undefined : new BroadcastChannel(NAME);

let heardAt = Date.now();

export const tabs = {
    // `onAsk`: another tab has come, and wants to know how things stand.
    listen(onNews: (news: News) => void, onAsk: () => void): void {
        channel?.addEventListener("message", ({ data }: MessageEvent<News | "how?">) => {
            if (data === "how?") return onAsk();
            heardAt = Date.now();
            onNews(data);
        });
        channel?.postMessage("how?");
    },
    tell(news: News): void {
        channel?.postMessage(news);
    },
    // Reads when it is our turn. Ends when the reading has ended, or when another tab, which has
    // heard nothing of us for long, has taken the turn from us.
    async turn(read: () => Promise<void>): Promise<void> {
        if (locks === undefined) {
            await shown();
            return read();
        }
        const overdue = new AbortController();
        const patience = SILENCE_MS * (1.25 + Math.random() / 2); // not all lose it at once
        heardAt = Date.now();
        const watch = setInterval(() => Date.now() - heardAt > patience && overdue.abort(), WATCH_MS);
        const mine = (): Promise<void> => {
            clearInterval(watch);
            return read();
        };
        await locks
            .request(NAME, { signal: overdue.signal }, mine)
            // A tab that the browser has put to sleep keeps its lock, and reads nothing.
            .catch(() => (overdue.signal.aborted ? locks.request(NAME, { steal: true }, mine) : undefined))
            .catch(() => undefined);
    },
    // Calls back when this tab must not hold its stream any longer.
    onRelease(release: () => void): void {
        if (locks === undefined) document.addEventListener("visibilitychange", () => document.hidden && release());
    },
};

function shown(): Promise<void> {
    if (!document.hidden) return Promise.resolve();
    return new Promise((done) => document.addEventListener("visibilitychange", () => done(), { once: true }));
}
