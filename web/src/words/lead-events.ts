// The events of a lead in words: where it came from, who has it, what was promised and what came of it.
import { clock } from "../time";
import { causeWords, measureWords, objectiveWords, term } from "./terms";
import { type Data, type EventNames, inside, join, nameOf, number, quoted, type Teller, text, told } from "./told";
import { counted, plain } from "./words";

const measure = (data: Data): string | undefined => {
    const code = text(data, "measure");
    return code === undefined ? undefined : term(measureWords, code);
};
const cause = (data: Data): string => term(causeWords, text(data, "cause") ?? "");

const kindName = (data: Data, names: EventNames): string => nameOf(data, "kind", names.kind ?? plain);

// "12 looked at: 3 full, 2 away"
function lookedAt(data: Data): string | undefined {
    const candidates = inside(data, "candidates");
    const members = candidates === undefined ? undefined : number(candidates, "members");
    if (candidates === undefined || members === undefined) return undefined;
    const kinds: [string, string][] = [
        ["full", "full"],
        ["away", "away"],
        ["off_duty", "off duty"],
        ["limited", "at their limit"],
    ];
    const out = kinds.flatMap(([name, word]) => ((number(candidates, name) ?? 0) > 0 ? [`${number(candidates, name)} ${word}`] : []));
    return `${counted(members, "rep")} looked at${out.length > 0 ? `: ${out.join(", ")}` : ""}`;
}

const reading = (data: Data): string | undefined => {
    const shadow = inside(data, "shadow");
    const outcome = shadow === undefined ? undefined : text(shadow, "outcome");
    if (shadow === undefined || outcome === undefined || outcome === "same") return undefined;
    const version = number(shadow, "contract");
    if (outcome === "differs") return `contract v${version} would read it differently`;
    return `contract v${version} would have ${outcome} it`;
};

const origin = (data: Data): string | undefined =>
    join(
        text(data, "dead_letter") !== undefined && `replayed from dead letter ${text(data, "dead_letter")}`,
        text(data, "surge") !== undefined && "came with a surge",
        reading(data),
    );

const withRep = (data: Data, names: EventNames): string => names.rep(text(data, "rep") ?? "");

const assigned: Teller = (data, names) => {
    const [pool, through, route] = [text(data, "pool"), text(data, "through"), text(data, "route")];
    const by = data.cause === "manual";
    return told(
        `${by ? "Given" : "Assigned"} to ${withRep(data, names)}${data.override === true ? ", against the policy" : ""}`,
        join(
            by ? text(data, "reason") !== undefined && `cause: ${nameOf(data, "reason", names.cause)}` : cause(data),
            by && text(data, "remediation") !== undefined && `to prevent it: ${text(data, "remediation")}`,
            route !== undefined && `route ${route}`,
            through !== undefined ? `${nameOf(data, "pool", names.pool)} overflowed into ${nameOf(data, "through", names.pool)}` : pool !== undefined && nameOf(data, "pool", names.pool),
            data.on_call === true && "nobody was on duty, so on call",
            `load ${number(data, "load") ?? "?"} of ${number(data, "capacity") ?? "?"}`,
            measure(data),
        ),
        data.override === true ? "warning" : "good",
    );
};

const queued: Teller = (data, names) => {
    const pool = text(data, "pool");
    const from = text(data, "kept_from");
    return told(
        pool === undefined ? "Waits: no route led to a pool" : `Waits for ${nameOf(data, "pool", names.pool)}`,
        join(
            cause(data),
            lookedAt(data),
            from !== undefined && `not for ${names.rep(from)}${text(data, "until_at") !== undefined ? ` before ${clock(text(data, "until_at"))}` : ""}`,
            measure(data),
        ),
        "warning",
    );
};

const excepted: Teller = (data, names) =>
    told(
        `Held for a decision: ${kindName(data, names)}`,
        join(
            text(data, "reason"),
            text(data, "team") !== undefined ? `${nameOf(data, "team", names.team)} decides` : "the policy names nobody to decide",
            `by ${clock(text(data, "due_at"))}`,
            lookedAt(data),
            measure(data),
        ),
        "warning",
    );

const nurtured: Teller = (data) =>
    told(
        `Put aside: ${plain(text(data, "kind") ?? "nurture")}`,
        join(cause(data), `routed anew ${clock(text(data, "until_at") ?? text(data, "due_at"))}`, measure(data)),
        "idle",
    );

const returnedWhy: Record<string, string> = {
    returned: "Handed back by",
    displaced: "Taken from, as the policy no longer has them:",
    escalated: "Taken back from",
    resolved: "Taken from",
    enriched: "Taken from",
    synced: "Taken in another system from",
};

const escalated: Teller = (data, names) => {
    const promise = `promise of ${term(objectiveWords, text(data, "objective") ?? "")}`;
    const rep = text(data, "rep");
    const manager = text(data, "manager");
    const team = text(data, "team");
    const whom = manager !== undefined ? names.rep(manager) : team !== undefined ? nameOf(data, "team", names.team) : "nobody named";
    const titles: Record<string, string> = {
        remind: rep === undefined ? "Reminded" : `${names.rep(rep)} was reminded`,
        notify: `Escalated to ${whom}`,
        take_back: rep === undefined ? "Taken back" : `Taken back from ${names.rep(rep)}`,
        overflow: "Overflowed into another pool",
        exception: "Put before a person",
    };
    return told(titles[text(data, "action") ?? ""] ?? "Escalated", join(promise, `step ${(number(data, "step") ?? 0) + 1} of its ladder`), "warning");
};

export const leadTellers: Readonly<Record<string, Teller>> = {
    "lead.captured": (data, names) =>
        told(
            `Captured from ${nameOf(data, "source", names.source)}`,
            join(`class ${text(data, "class") ?? "?"}`, `score ${number(data, "score") ?? 0}`, origin(data)),
        ),
    "lead.touched": (data, names) => told(`Came again, from ${nameOf(data, "source", names.source)}`, origin(data)),
    "lead.reopened": (data, names) =>
        told(
            `Came again after it was closed, from ${nameOf(data, "source", names.source)}: starts anew`,
            join(`class ${text(data, "class") ?? "?"}`, `score ${number(data, "score") ?? 0}`, origin(data)),
        ),
    "lead.assigned": assigned,
    "lead.queued": queued,
    "lead.excepted": excepted,
    "lead.nurtured": nurtured,
    "lead.returned": (data, names) =>
        told(
            `${returnedWhy[text(data, "cause") ?? ""] ?? "Taken from"} ${withRep(data, names)}`,
            join(data.cause === "returned" ? quoted(text(data, "reason")) : text(data, "reason"), data.cause === "resolved" || data.cause === "enriched" ? cause(data) : undefined),
            "warning",
        ),
    "lead.acknowledged": (data) =>
        told("Its owner has it", join(quoted(text(data, "note")), `no escalation until ${clock(text(data, "until"))}`), "good"),
    "lead.contacted": (data) =>
        told(`Contacted${text(data, "channel") !== undefined ? ` by ${plain(text(data, "channel") ?? "")}` : ""}`, quoted(text(data, "note")), "good"),
    "lead.qualified": (data) => told("Qualified", quoted(text(data, "reason")), "good"),
    "lead.disqualified": (data) =>
        text(data, "into") !== undefined
            ? told(`Merged into ${text(data, "into")}`, quoted(text(data, "reason")), "idle")
            : told("Disqualified", quoted(text(data, "reason")), "idle"),
    "lead.enriched": (data, names) =>
        told(
            `Enriched by ${nameOf(data, "provider", names.destination)}`,
            join(
                text(data, "class") !== undefined && `class ${text(data, "class")}`,
                `score ${number(data, "score") ?? 0}`,
                data.more === true && "further providers are asked yet",
            ),
            "good",
        ),
    "lead.late": (data) =>
        told(
            `Missed the promise of ${term(objectiveWords, text(data, "objective") ?? "")}`,
            join(`promised for ${clock(text(data, "objective_due_at"))}`, (number(data, "count") ?? 1) > 1 && `${counted(number(data, "count") ?? 0, "promise")} missed so far`),
            "bad",
        ),
    "lead.escalated": escalated,
    "sync.applied": (data, names) =>
        told(
            `${plain(text(data, "field") ?? "A field")} was changed in ${nameOf(data, "destination", names.destination)}`,
            join(`there ${quoted(text(data, "theirs")) ?? "nothing"}`, text(data, "ours") !== undefined && `was ${quoted(text(data, "ours"))} here`),
        ),
    "sync.refused": (data, names) =>
        told(
            `A change of ${plain(text(data, "field") ?? "a field")} in ${nameOf(data, "destination", names.destination)} does not count here`,
            join(text(data, "reason"), `there ${quoted(text(data, "theirs")) ?? "nothing"}`, text(data, "ours") !== undefined && `here ${quoted(text(data, "ours"))}`),
            "warning",
        ),
};
