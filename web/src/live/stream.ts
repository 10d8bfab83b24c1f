// The server's stream of changes, read once until it ends.
import { createParser } from "eventsource-parser";
import { session } from "../api/session";

export interface Change {
    seq: number;
    events: Record<string, number>; // how many of each type, "lead.assigned"
    subjects: string[]; // ids, "L12"; not all when `more`
    more: boolean; // something was left out: take it that anything may have changed
}

export const SILENCE_MS = 40_000; // the server gives a sign of life every 15 s

// Goes on behind `after`, if there is one. Ends, or throws, when the stream does, or is silent for long.
export async function readStream(after: number | undefined, control: AbortController, onChange: (change: Change) => void, onSign: () => void): Promise<void> {
    const headers: Record<string, string> = { Accept: "text/event-stream", ...session.headers() };
    if (after !== undefined) headers["Last-Event-ID"] = String(after);
    const response = await fetch("/v1/changes", { headers, signal: control.signal });
    if (response.status === 401) session.refused();
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const parser = createParser({ onEvent: (event) => onChange(JSON.parse(event.data) as Change) });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const silence = setTimeout(() => control.abort(), SILENCE_MS);
        const { done, value } = await reader.read().finally(() => clearTimeout(silence));
        if (done) return;
        onSign();
        parser.feed(value);
    }
}
