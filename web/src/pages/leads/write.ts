// Writing to a lead that others write to as well. What the engine did meanwhile (a reminder, a missed
// promise) is no reason to refuse; what a person did, or another owner, is shown instead of overwritten.
import { api, ask, ifMatch } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Lead, Schema } from "../../api/types";
import { eventActor, eventName } from "../../words/events";

type LeadEvent = Schema<"Event">;
type Written = Schema<"LeadWritten">;

// Somebody was faster.
export class Meanwhile extends Error {
    constructor(
        readonly lead: Lead,
        readonly events: LeadEvent[], // what happened since it was seen, oldest first
    ) {
        super("Nothing was written: this lead has changed since you opened it.");
    }
}

const atLead = (id: string) => ({ params: { path: { id } } });

export const readLead = (id: string): Promise<Lead> => ask(api.GET("/v1/leads/{id}", atLead(id)));

async function readSince(seen: Lead): Promise<Meanwhile> {
    const [lead, history] = await Promise.all([readLead(seen.id), ask(api.GET("/v1/leads/{id}/events", atLead(seen.id)))]);
    return new Meanwhile(
        lead,
        history.events.filter((one) => Number(one.id) > seen.version),
    );
}

// What says more of the lead, but takes nothing from whoever has it.
const harmless = ["lead.touched", "lead.enriched"];
const isHarmless = (event: LeadEvent): boolean => eventActor(event) === undefined || harmless.includes(eventName(event.type));

const sameToWriter = (a: Lead, b: Lead): boolean => a.owner === b.owner && a.place === b.place && a.state === b.state;

// `send` makes the call with the header for this version. Throws Meanwhile, or the problem.
async function writeLead(seen: Lead, send: (headers: { "If-Match": string }) => Promise<Written>): Promise<Written> {
    let version = seen.version;
    for (let tries = 0; ; tries++) {
        try {
            return await send(ifMatch(version));
        } catch (error) {
            const problem = asProblem(error);
            if (!problem.isConflict) throw problem;
            const since = await readSince(seen);
            const allHarmless = since.events.every(isHarmless);
            if (tries >= 3 || since.lead.version === version || !allHarmless || !sameToWriter(since.lead, seen)) {
                if (since.lead.version === seen.version) throw problem; // refused for what it is, not for its version
                throw since;
            }
            version = since.lead.version;
        }
    }
}

type Headers = { "If-Match": string };
const call = (id: string, headers: Headers) => ({ params: { path: { id }, header: headers } });
const given = (text: string | undefined): string | undefined => (text === undefined || text.trim() === "" ? undefined : text.trim());

// What can be done to a lead, each as a call with the version that was seen.
export const leadWrites = {
    contact: (lead: Lead, channel: string, note?: string) =>
        writeLead(lead, (headers) => ask(api.POST("/v1/leads/{id}/contacts", { ...call(lead.id, headers), body: { channel, note: given(note) } }))),
    outcome: (lead: Lead, outcome: "qualified" | "disqualified", reason?: string) =>
        writeLead(lead, (headers) => ask(api.POST("/v1/leads/{id}/outcome", { ...call(lead.id, headers), body: { outcome, reason: given(reason) } }))),
    acknowledge: (lead: Lead, note?: string) =>
        writeLead(lead, (headers) => ask(api.POST("/v1/leads/{id}/acknowledgement", { ...call(lead.id, headers), body: { note: given(note) } }))),
    handBack: (lead: Lead, reason: string) =>
        writeLead(lead, (headers) => ask(api.POST("/v1/leads/{id}/hand-back", { ...call(lead.id, headers), body: { reason } }))),
    assign: (lead: Lead, rep: string, cause: string, remediation: string) =>
        writeLead(lead, (headers) => ask(api.POST("/v1/leads/{id}/assignment", { ...call(lead.id, headers), body: { rep, cause, remediation } }))),
};

// Asks for a decision; another call than the others, as it makes an exception.
export async function askForDecision(lead: Lead, kind: string, note: string, team?: string): Promise<void> {
    const body = { kind, note, team: given(team) };
    await ask(api.POST("/v1/leads/{id}/exceptions", { ...call(lead.id, ifMatch((await readLead(lead.id)).version)), body }));
}
