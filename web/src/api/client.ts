// The one way to the server: openapi-fetch over the types made of spec/openapi.yaml. Adds who is
// asking, a key to each write so that a repeat does nothing, and to reads the place that our own
// writes and what we were told of have reached, so that a page shows what its person just did.
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "#schema";
import { Problem } from "./problem";
import { session } from "./session";

let known = 0; // the greatest seq that a write of ours was answered with, or that changes were told up to

// What is read from now on shows what happened up to here: the view that answers follows the journal
// by milliseconds, and a page that is told of a change at once would read what was before it.
export function mustShow(seq: number): void {
    known = Math.max(known, seq);
}

// The journal has been set back to a backup: what was known beyond has never happened.
export function startAnew(): void {
    known = 0;
}

// Refused for a place that the journal does not reach: the same question without it.
async function askedAnew(request: Request, response: Response): Promise<Response | undefined> {
    const asked = Number(request.headers.get("Min-Seq"));
    const problem = response.status === 400 && asked > 0 ? ((await response.clone().json().catch(() => null)) as { type?: unknown } | null) : null;
    if (problem?.type !== "/problems/invalid-header") return undefined;
    if (known >= asked) startAnew();
    const again = new Request(request);
    again.headers.delete("Min-Seq");
    return fetch(again);
}

function newKey(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

// The keys of writes that have no answer yet, by what they say. Pressed again after the answer was
// lost, the same write goes out under the same key: if it has happened, it does not happen again. The
// version it was read at (If-Match) is not part of it: what happened unseen has changed that.
const unanswered = new Map<string, string>();

async function keyOf(request: Request): Promise<string> {
    const name = [request.method, request.url, ...Object.entries(session.headers()).flat(), await request.clone().text()].join("\n");
    const key = unanswered.get(name) ?? newKey();
    unanswered.set(name, key);
    return key;
}

// 5xx may be a proxy's: what became of the write is not known.
function settle(request: Request, response: Response): void {
    if (response.status >= 500) return;
    for (const [name, key] of unanswered) if (key === request.headers.get("Idempotency-Key")) unanswered.delete(name);
}

const about: Middleware = {
    async onRequest({ request }) {
        for (const [name, value] of Object.entries(session.headers())) request.headers.set(name, value);
        if (request.method === "GET") {
            if (known > 0 && !request.headers.has("Min-Seq")) request.headers.set("Min-Seq", String(known));
        } else if (!request.headers.has("Idempotency-Key")) request.headers.set("Idempotency-Key", await keyOf(request));
        return request;
    },
    async onResponse({ request, response }) {
        if (response.status === 401) session.refused();
        if (request.method === "GET") return askedAnew(request, response);
        settle(request, response);
        if (!response.ok) return undefined;
        const body = (await response.clone().json().catch(() => null)) as { seq?: unknown } | null;
        if (typeof body?.seq === "number") mustShow(body.seq);
        return undefined;
    },
    onError() {
        return new Problem(0, null);
    },
};

export const api = createClient<paths>({ baseUrl: "", headers: { Accept: "application/json" } });
api.use(about);

// The data of an answer, or its problem thrown.
export async function ask<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    const { data, error, response } = await call;
    if (!response.ok) throw new Problem(response.status, error);
    return data as T;
}

// The header of a write that must not overwrite what others did meanwhile.
export const ifMatch = (version: number): { "If-Match": string } => ({ "If-Match": `"${version}"` });
