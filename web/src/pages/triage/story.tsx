// The lead behind an exception: who it is, its history as a timeline, and why it was decided so.
import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import type { Answer, Schema } from "../../api/types";
import type { Taxonomy } from "../../live/taxonomy";
import { Facts, When } from "../../ui/basics";
import { describeEvent, eventActor } from "../../words/events";
import { dialled, leadAbout, leadEmail, leadMessage, leadName, leadPhone } from "../../words/lead";
import { useEventNames } from "../../words/event-names";
import { placeWords, resolutionWords, term } from "../../words/terms";
import { capital, listed } from "../../words/words";
import type { Exception } from "./board";
import type { RepName } from "./words";

type Lead = Schema<"Lead">;
type Event = Answer<"/v1/leads/{id}/events">["events"][number];
type Explanation = Schema<"Explanation">;

function whereIs(lead: Lead, rep: RepName): string {
    if (lead.owner !== undefined && lead.owner !== null) return `With ${rep(lead.owner)}`;
    return lead.place === "exception" ? "Held for a decision" : capital(term(placeWords, lead.place));
}

export function LeadFacts({ lead, rep, taxonomy }: { lead: Lead; rep: RepName; taxonomy: Taxonomy }) {
    const [email, phone, message] = [leadEmail(lead), leadPhone(lead), leadMessage(lead)];
    const rows: [string, ComponentChildren][] = [
        ["Person", <Link href={`/leads/${lead.id}`}>{leadName(lead)}</Link>],
        ["Company, place", leadAbout(lead) || "–"],
        ["E-mail", email ?? <span class="bad">missing</span>],
        ["Phone", phone === undefined ? <span class="bad">missing</span> : <a href={dialled(phone)}>{phone}</a>],
        ["Class and score", `${lead.class} ${lead.score}`],
        ["Came by", [taxonomy.sourceTitle(lead.source ?? ""), lead.campaign].filter(Boolean).join(", ")],
        ["Where it is", whereIs(lead, rep)],
        ["Came", <When at={lead.captured_at} />],
    ];
    return (
        <>
            <Facts rows={rows} />
            {message !== undefined && <blockquote class="quote">{message}</blockquote>}
        </>
    );
}

// A moment of the timeline: what a lead went through, or the exception itself when it is about no lead.
function Moment({ at, title, detail, tone, actor }: { at: string; title: string; detail?: string | undefined; tone?: string | undefined; actor?: string | undefined }) {
    return (
        <li class={`moment ${tone ?? ""}`}>
            <span class="moment-time small soft">
                <When at={at} />
            </span>
            <div>
                {title}
                {actor !== undefined && actor !== "" && <span class="soft small"> by {actor}</span>}
                {detail !== undefined && detail !== "" && <div class="soft small">{detail}</div>}
            </div>
        </li>
    );
}

export function Timeline({ events }: { events: Event[] }) {
    const names = useEventNames();
    return (
        <ol class="timeline">
            {[...events].reverse().map((event) => {
                const told = describeEvent(event, names);
                return <Moment key={event.id} at={event.time} title={told.title} detail={told.detail} tone={told.tone} actor={eventActor(event)} />;
            })}
        </ol>
    );
}

const happenedWords: Record<string, string> = {
    opened: "The exception was opened",
    claimed: "It was claimed",
    released: "Nobody is at it any more",
    escalated: "Its deadline passed",
    resolved: "It was resolved",
};

export function OwnHistory({ row }: { row: Exception }) {
    return (
        <ol class="timeline">
            {[...(row.history ?? [])].reverse().map((one) => (
                <Moment key={one.seq} at={one.time} title={happenedWords[one.what] ?? one.what} detail={one.what === "resolved" ? term(resolutionWords, one.note) : one.note} actor={one.actor} />
            ))}
        </ol>
    );
}

// The parts of a condition that made the difference: "lead.fit: 94".
function Values({ values }: { values: { expression: string; value: string }[] | undefined }) {
    const plain = (values ?? []).filter((one) => /^[\w.]+$/.test(one.expression) && !one.expression.startsWith("params."));
    if (plain.length === 0) return null;
    return <span class="soft small">{plain.map((one) => `${one.expression} is ${one.value}`).join(", ")}</span>;
}

const routeTarget = (route: Explanation["routes"][number], taxonomy: Taxonomy): string => {
    if (route.pool !== undefined) return `pool ${taxonomy.poolTitle(route.pool)}`;
    if (route.exception !== undefined) return `a decision: ${taxonomy.kindTitle(route.exception).toLowerCase()}`;
    if (route.nurture !== undefined) return `nurture ${route.nurture}`;
    return route.rep ?? route.rep_expression ?? "";
};

export function Why({ explanation, taxonomy }: { explanation: Explanation; taxonomy: Taxonomy }) {
    const matched = explanation.routes.find((one) => one.outcome === "matched");
    // A route may ask for what a lead does not say; that is no mistake of anybody.
    const silent = explanation.routes.flatMap((one) => (one.outcome === "failed" ? (/^no such key: ([\w.]+)$/.exec(one.error ?? "")?.[1] ?? []) : []));
    const failed = explanation.routes.filter((one) => one.outcome === "failed" && !/^no such key: [\w.]+$/.test(one.error ?? ""));
    const before = explanation.routes.length - (matched === undefined ? 0 : 1);
    return (
        <div class="why">
            <p>
                Class <strong>{explanation.class.name}</strong>
                {explanation.class.when !== undefined && (
                    <>
                        {" "}
                        because <code>{explanation.class.when}</code>
                    </>
                )}
                , score <strong>{explanation.score.value}</strong>.
            </p>
            {matched === undefined ? (
                <p>No route matched.</p>
            ) : (
                <p>
                    Route <strong>{matched.route}</strong> took it to {routeTarget(matched, taxonomy)}
                    {matched.when === undefined ? "" : " because "}
                    {matched.when !== undefined && <code>{matched.when}</code>}
                    {before > 0 && `, after ${before} earlier ${before === 1 ? "route" : "routes"} did not match`}. <Values values={matched.values} />
                </p>
            )}
            {silent.length > 0 && <p class="soft small">Some of the earlier routes ask for what this lead does not say: {listed([...new Set(silent)])}.</p>}
            {failed.length > 0 && (
                <ul class="small">
                    {failed.map((one) => (
                        <li key={one.route}>
                            Route {one.route} could not be judged: {one.error}
                        </li>
                    ))}
                </ul>
            )}
            <p class="soft small">
                Decided by release {explanation.release.slice(0, 8)}, {explanation.release_active ? "which is still in force" : "which is no longer in force"}.
            </p>
        </div>
    );
}
