// The vocabulary of the API as people say it: codes of events, leads and deliveries in words.
import { plain } from "./words";

export type Terms = Readonly<Record<string, string>>;

// The word for a code; a code that has none is shown with blanks: "missing_email", "missing email".
export const term = (terms: Terms, code: string): string => terms[code] ?? plain(code);

export const objectiveWords: Terms = {
    enriched: "enrichment",
    assigned: "first owner",
    contacted: "first contact",
    qualified: "outcome",
};

export const stateWords: Terms = {
    captured: "captured",
    assigned: "assigned",
    contacted: "contacted",
    qualified: "qualified",
    disqualified: "disqualified",
};

export const placeWords: Terms = {
    owned: "with a rep",
    waiting: "waiting",
    exception: "exception",
    nurture: "nurture",
    closed: "closed",
};

// Why a lead was placed.
export const causeWords: Terms = {
    routed: "routed by the policy on arrival",
    drained: "from the waiting queue, when somebody had room",
    returned: "placed anew after it was handed back",
    manual: "by hand",
    displaced: "its rep or pool left the policy",
    reentered: "its time in nurture was over",
    escalated: "a step of the escalation ladder",
    resolved: "the decision about its exception",
    enriched: "more became known of it",
    synced: "its owner was changed in another system",
};

// Why a rep was passed over.
export const passedOverWords: Terms = {
    away: "set away by hand",
    off_hours: "outside working hours",
    holiday: "on holiday",
    time_off: "on time off",
    full: "at capacity",
    hour_limit: "has this hour's new leads already",
    day_limit: "has today's new leads already",
    paced: "has as many this hour as the surge plan allows",
    excluded: "gave it back, so not again now",
    unknown: "not in the policy",
};

export const measureWords: Terms = {
    overflow: "it went to a further pool because of the surge",
    triage: "it went to the triage pool because of the surge",
    nurture: "it was put aside because of the surge",
    paced: "it waits because the surge plan paces new leads",
    relaxed: "the surge plan relaxed a parameter",
};

export const dutyWords: Terms = {
    on_duty: "on duty",
    off_hours: "off hours",
    holiday: "on holiday",
    time_off: "on time off",
};

// What a delivery is for, after "to the destination": "the assignment".
export const purposeWords: Terms = {
    deliver: "the event",
    enrich: "the enrichment request",
    assignment: "the note of the assignment",
    reminder: "the reminder",
    escalation: "the escalation",
    exception: "the note of the exception",
    page: "the page",
    ticket: "the ticket",
    notice: "the notice",
    remediation: "the reminder of the remediation",
};

export const deliveryStateWords: Terms = {
    pending: "pending",
    delivered: "delivered",
    failed: "failed for good",
    discarded: "discarded",
    unrouted: "nobody to tell",
};

export const deliveryOutcomeWords: Terms = {
    ok: "answered well",
    transient: "could not be reached, or asked to come later",
    permanent: "refused it",
    gone: "is not there any more",
    skipped: "was not asked, because it is closed",
    expired: "could not be asked in time",
};

// What a person can decide about an exception, as done.
export const resolutionWords: Terms = {
    assign: "given to an owner",
    retry: "tried again",
    requeue: "routed again",
    disqualify: "disqualified",
    merge: "merged into another lead",
    dismiss: "dismissed",
    overtaken: "overtaken by events",
};

export const strategyWords: Terms = {
    round_robin: "in turn",
    weighted: "in turn, by weight",
    least_loaded: "the least loaded first",
    score_ordered: "the best tier for the score",
    sticky: "who had the person before",
};

// "rep:ana", "team:sdr", "mailto:…" as people say it.
export function targetWords(target: string, repName = (id: string): string => id, teamName = (id: string): string => `team ${id}`): string {
    const [kind, ...rest] = target.split(":");
    const name = rest.join(":");
    if (kind === "rep") return repName(name);
    if (kind === "team" || kind === "owner") return teamName(name);
    if (kind === "mailto") return name;
    return target;
}
