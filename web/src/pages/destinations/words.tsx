// How destinations and deliveries are told.
import { Badge, type Tone } from "../../ui/basics";
import { roughly, useNow } from "../../time";
import type { Attempt, DeliveryState, Destination } from "./data";

const kinds: Record<Destination["kind"], string> = {
    webhook: "webhook",
    rest: "REST, one record of each lead",
    slack: "Slack",
    email: "e-mail",
    ndjson: "file of events",
    nats: "NATS JetStream",
    postgres: "PostgreSQL",
    http: "asked over HTTP",
    domain: "built in: facts of a domain",
    table: "built in: a table",
};

export const kindInWords = (destination: Destination): string => kinds[destination.kind];

// Kinds that can say what they have.
export const canList = (destination: Destination): boolean => ["rest", "ndjson", "postgres"].includes(destination.kind);

interface Status {
    holds: (one: Destination) => boolean;
    tone: Tone;
    word: string;
    says: (one: Destination) => string; // a sentence
    order: number; // in lists, the worst first
}

const failures = (one: Destination): number => one.failures ?? 0;

// The first that holds.
const statuses: Status[] = [
    { holds: (one) => !one.present, tone: "idle", word: "former", says: () => "It is not in the release in force.", order: 5 },
    {
        holds: (one) => one.disabled,
        tone: "bad",
        word: "gone",
        says: () => "It said that it is gone (410). Nothing is sent until somebody resumes it.",
        order: 0,
    },
    {
        holds: (one) => one.paused,
        tone: "warning",
        word: "paused",
        says: () => "Nothing is sent until somebody resumes it. What is due waits.",
        order: 1,
    },
    {
        holds: (one) => one.breaker === "open",
        tone: "bad",
        word: "breaker open",
        says: () => "Too many attempts in a row failed, so nothing is sent for a while. What is due waits.",
        order: 0,
    },
    {
        holds: (one) => one.breaker === "half_open",
        tone: "warning",
        word: "probing",
        says: (one) =>
            one.deliveries.pending > 0
                ? "One delivery is tried, to see whether it is back."
                : "Its pause is over: the next delivery shows whether it is back.",
        order: 1,
    },
    {
        holds: (one) => failures(one) > 0,
        tone: "warning",
        word: "failing",
        says: (one) => (failures(one) === 1 ? "The last attempt failed." : `The last ${failures(one)} attempts failed.`),
        order: 2,
    },
    { holds: (one) => one.last_attempt_at === undefined, tone: "idle", word: "idle", says: () => "Nothing was due so far.", order: 4 },
];

const well: Status = {
    holds: () => true,
    tone: "good",
    word: "well",
    says: (one) => (one.provider ? "It answers." : "What is due arrives."),
    order: 3,
};

export const statusOf = (one: Destination): Status => statuses.find((status) => status.holds(one)) ?? well;

export function StatusBadge({ one }: { one: Destination }) {
    const status = statusOf(one);
    return (
        <Badge tone={status.tone} title={status.says(one)}>
            {status.word}
        </Badge>
    );
}

// "tries again in 32 s": only where the breaker is open.
export function TriesAgain({ one }: { one: Destination }) {
    const now = useNow();
    if (one.breaker !== "open" || one.open_until === undefined || one.paused || one.disabled) return null;
    const left = new Date(one.open_until).getTime() - now;
    return <span class="nowrap">{left > 0 ? `tries again in ${roughly(left)}` : "is about to try again"}</span>;
}

export function Age({ since }: { since: string | undefined }) {
    const now = useNow();
    if (since === undefined) return <span class="soft">–</span>;
    return <time dateTime={since}>{roughly(now - new Date(since).getTime())}</time>;
}

const states: Record<DeliveryState, [Tone, string]> = {
    pending: ["accent", "pending"],
    delivered: ["good", "delivered"],
    failed: ["bad", "failed for good"],
    discarded: ["idle", "discarded"],
    unrouted: ["warning", "nobody to tell"],
};

export const DeliveryBadge = ({ state }: { state: DeliveryState }) => <Badge tone={states[state][0]}>{states[state][1]}</Badge>;

export const stateOptions: [string, string][] = [
    ["", "Any"],
    ...(["failed", "pending", "delivered", "discarded"] as const).map((one): [string, string] => [one, states[one][1]]),
];

// To nobody, so to no destination.
export const unroutedOption: [string, string] = ["unrouted", states.unrouted[1]];

const outcomes: Record<Attempt["outcome"], [Tone, string]> = {
    ok: ["good", "arrived"],
    transient: ["warning", "did not arrive"],
    permanent: ["bad", "refused"],
    gone: ["bad", "said it is gone"],
    skipped: ["idle", "not sent"],
    expired: ["bad", "failed for good, too late"],
};

export const OutcomeBadge = ({ attempt }: { attempt: Attempt }) => <Badge tone={outcomes[attempt.outcome][0]}>{outcomes[attempt.outcome][1]}</Badge>;

const changes: Record<string, string> = {
    opened: "The breaker opened",
    half_open: "It was probed",
    closed: "The breaker closed",
    paused: "Paused",
    resumed: "Resumed",
    disabled: "Disabled",
};

// "Paused by ana: they migrate"
export function changeInWords(change: NonNullable<Destination["change"]>): string {
    const by = change.by === undefined || change.by === "effects" ? "" : ` by ${change.by}`;
    return `${changes[change.change ?? ""] ?? change.change}${by}${change.reason === undefined ? "" : `: ${change.reason}`}`;
}

// "lead assigned, contacted; exception opened": many are counted by what they are about.
export function eventsInWords(events: readonly string[]): string {
    if (events.length === 0) return "none; people are told by it";
    const groups = new Map<string, string[]>();
    for (const event of events) {
        const [about = "", what = ""] = event.split(".");
        groups.set(about, [...(groups.get(about) ?? []), what.replaceAll("_", " ")]);
    }
    if (events.length <= 8) return [...groups].map(([about, what]) => `${about} ${what.join(", ")}`).join("; ");
    const names = [...groups.keys()];
    return `${events.length} types, about ${names.length <= 4 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} other things`}`;
}

const meanings: [RegExp, string][] = [
    [/^40[13]$/, "it does not accept who we say we are"],
    [/^404$/, "it does not know that address or record"],
    [/^429$/, "it wants to be asked less often"],
    [/^4\d\d$/, "it does not take what was sent"],
    [/^5\d\d$/, "it is in trouble itself"],
];

// A status of HTTP means something: "the answer was 503: it is in trouble itself".
export function failureInWords(reason: string): string {
    const status = /^the answer was (\d{3})$/.exec(reason)?.[1];
    const meaning = status === undefined ? undefined : meanings.find(([pattern]) => pattern.test(status))?.[1];
    return meaning === undefined ? reason : `${reason}: ${meaning}`;
}

export const eventInWords = (event: string): string => event.replace(/[._]/g, " ");
