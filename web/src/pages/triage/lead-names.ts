// Who the leads of rows in sight are. Names are asked for when a row has stood still for a moment, a
// few at a time, and kept: a lead's name hardly changes.
import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Lead } from "../../api/types";
import { leadCompany, leadName } from "../../words/lead";

export interface Who {
    name: string;
    company: string;
}

const STILL_MS = 120;
const AT_ONCE = 3;
const AGAIN_MS = 4000;
const KEPT = 6000;
const known = new Map<string, Who>();
const wanted = new Map<string, Set<() => void>>();
const running = new Set<string>();
let asking = 0;

function whoOf(lead: Lead): Who {
    const name = leadName(lead);
    const company = leadCompany(lead) ?? "";
    return { name: name === `Lead ${lead.id}` || name === company ? "" : name, company };
}

function remember(lead: string, who: Who): void {
    known.set(lead, who);
    const oldest = known.keys().next().value;
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    wanted.get(lead)?.forEach((tell) => tell());
    wanted.delete(lead);
}

function askNext(): void {
    for (const lead of wanted.keys()) {
        if (asking >= AT_ONCE) return;
        if (running.has(lead)) continue;
        running.add(lead);
        asking++;
        ask(api.GET("/v1/leads/{id}", { params: { path: { id: lead } } }))
            .then((answer) => remember(lead, whoOf(answer)))
            .catch((error) => {
                if (asProblem(error).status === 404) return remember(lead, { name: "", company: "" });
                return new Promise<void>((done) => setTimeout(done, AGAIN_MS)); // a server that is away is back soon
            })
            .finally(() => {
                asking--;
                running.delete(lead);
                askNext();
            });
    }
}

export function useWho(lead: string | undefined): Who | undefined {
    const [, show] = useState(0);
    useEffect(() => {
        if (lead === undefined || known.has(lead)) return undefined;
        const tell = (): void => show((count) => count + 1);
        const timer = setTimeout(() => {
            const listeners = wanted.get(lead) ?? new Set();
            listeners.add(tell);
            wanted.set(lead, listeners);
            askNext();
        }, STILL_MS);
        return () => {
            clearTimeout(timer);
            const listeners = wanted.get(lead);
            listeners?.delete(tell);
            if (listeners?.size === 0) wanted.delete(lead);
        };
    }, [lead]);
    return lead === undefined ? undefined : known.get(lead);
}
