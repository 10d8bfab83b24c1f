// Now: what needs somebody, what comes, how the promises stand, whether the books balance.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Answer } from "../../api/types";
import { useQuery } from "../../live/query";
import { duration, exact, useNow } from "../../time";
import { count, Countdown, Empty, Figure, Loaded, Page, percent, Section, TableFrame, When } from "../../ui/basics";
import { query } from "../../url";
import { objectiveWords, term } from "../../words/terms";
import { capital } from "../../words/words";
import { Attention, LATE_SHOWN, type Situation } from "./attention";
import { Identity } from "./identity";
import { Minutes } from "./minutes";

const HOUR_MS = 3_600_000;

// Promises are counted by whole hours, of the server's clock: the one that runs and the 23 before.
const dayAgo = (): string => new Date((Math.floor(Date.now() / HOUR_MS) - 23) * HOUR_MS).toISOString();

// "yesterday, 21:00"
const sinceWhen = (from: string): string => {
    const date = new Date(from);
    const day = date.toDateString() === new Date().toDateString() ? "" : "yesterday, ";
    return day + date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
};

const KINDS_SHOWN = 4;

// The most urgent exception of each of the kinds whose deadline is nearest: whose it is to decide.
async function firstOfKinds(clusters: Situation["clusters"]): Promise<Situation["first"]> {
    const open = clusters.filter((one) => one.state === "open").sort((a, b) => String(a.next_due_at ?? "~").localeCompare(String(b.next_due_at ?? "~")));
    const kinds = open.slice(0, KINDS_SHOWN).map((one) => one.kind);
    const found = await Promise.all(kinds.map((kind) => ask(api.GET("/v1/exceptions", { params: { query: { kind, limit: 1 } } }))));
    return found.flatMap((one) => one.exceptions);
}

async function readSituation(): Promise<Situation> {
    const open = { params: { query: { open: true } } } as const;
    const [reconciliation, clusters, alerts, surges, incidents, destinations, pools, held, late] = await Promise.all([
        ask(api.GET("/v1/reconciliation")),
        ask(api.GET("/v1/exceptions/clusters")),
        ask(api.GET("/v1/alerts", open)),
        ask(api.GET("/v1/surges", open)),
        ask(api.GET("/v1/incidents", open)),
        ask(api.GET("/v1/destinations")),
        ask(api.GET("/v1/pools")),
        ask(api.GET("/v1/leads", { params: { query: { place: "exception", sort: "oldest", limit: 1 } } })),
        ask(api.GET("/v1/leads", { params: { query: { outcome: "overdue", sort: "due", limit: LATE_SHOWN } } })),
    ]);
    return {
        reconciliation,
        clusters: clusters.clusters,
        first: await firstOfKinds(clusters.clusters),
        unowned: held.leads,
        late: late.leads,
        alerts: alerts.alerts,
        surges: surges.surges,
        incidents: incidents.incidents,
        destinations: destinations.destinations,
        pools: pools.pools,
    };
}

type Objectives = Answer<"/v1/objectives">["objectives"];

// The whole of what was promised in that time, whatever the class.
function shareOf(rows: Objectives, objective: string): { share: number; late: number } | undefined {
    const own = rows.filter((row) => row.objective === objective);
    const met = own.reduce((sum, row) => sum + row.met, 0);
    const late = own.reduce((sum, row) => sum + row.late, 0);
    return met + late === 0 ? undefined : { share: met / (met + late), late };
}

const toneOf = (share: number | null | undefined) => (share == null ? undefined : share >= 0.95 ? "good" : share >= 0.9 ? "warning" : "bad");

function Promises({ rows, from }: { rows: Objectives; from: string }) {
    const objectives = ["enriched", "assigned", "contacted", "qualified"].filter((one) => rows.some((row) => row.objective === one));
    const classes = [...new Set(rows.map((row) => row.class))];
    if (rows.length === 0) return <Empty title="No promise has turned out yet.">Classes promise, such as contacted within 5 minutes; send a lead and look again.</Empty>;
    return (
        <TableFrame label="Promises by class">
            <table class="promises">
                <thead>
                    <tr>
                        <th scope="col">Class</th>
                        {objectives.map((one) => (
                            <th scope="col" class="number" key={one}>
                                {capital(term(objectiveWords, one))}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {classes.map((name) => (
                        <tr key={name}>
                            <th scope="row">{name}</th>
                            {objectives.map((objective) => {
                                const row = rows.find((one) => one.class === name && one.objective === objective);
                                if (row === undefined || row.met + row.late === 0) return <td class="number soft" key={objective}>{row?.running ? `${count(row.running)} running` : "–"}</td>;
                                const share = row.met / (row.met + row.late);
                                return (
                                    <td class="number" key={objective}>
                                        <Link class={`strong ${toneOf(share) ?? ""}`} href={"/objectives" + query({ objective, class: name, span: "custom", from })} title={`${row.met} in time, ${row.late} late, ${row.running ?? 0} running`}>
                                            {percent(share, share > 0.99 && share < 1 ? 1 : 0)}
                                        </Link>
                                        <div class="soft small">{row.late > 0 ? `${count(row.late)} late` : `of ${count(row.met)}`}</div>
                                    </td>
                                );
                            })}
                        </tr>
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

function Destinations({ list }: { list: Situation["destinations"] }) {
    const shown = list.filter((one) => one.present);
    if (shown.length === 0)
        return (
            <Empty title="Nothing leaves this mesh yet.">
                <a href="/docs/destinations">Add a destination</a> to tell other systems and people.
            </Empty>
        );
    return (
        <ul class="plain-list">
            {shown.map((one) => {
                const bad = one.disabled || one.breaker !== "closed";
                return (
                    <li key={one.name}>
                        <span class={`dot ${bad ? "bad" : one.paused ? "warning" : "good"}`} />
                        <Link href={`/destinations/${encodeURIComponent(one.name)}`}>{one.title}</Link>
                        <span class="soft small">
                            {bad ? "does not answer" : one.paused ? "paused" : one.provider ? "answers" : `${count(one.deliveries.delivered)} delivered`}
                            {one.deliveries.pending > 0 && `, ${count(one.deliveries.pending)} waiting`}
                            {one.oldest_pending_at !== undefined && one.deliveries.pending > 0 && (
                                <>
                                    , oldest <When at={one.oldest_pending_at} />
                                </>
                            )}
                        </span>
                    </li>
                );
            })}
        </ul>
    );
}

// How long ago, in a figure.
function Age({ at }: { at: string }) {
    return (
        <time dateTime={at} title={exact(at)}>
            {duration(useNow() - Date.parse(at))}
        </time>
    );
}

// The lead that has been without an owner for longest: in the queue of a pool, or before a person.
function LongestWait({ found }: { found: Situation | undefined }) {
    const label = "Oldest without an owner";
    const pools = (found?.pools ?? []).flatMap((one) => (one.oldest_waiting_at == null ? [] : [{ at: one.oldest_waiting_at, note: `waits for ${one.title}`, place: "waiting" }]));
    const held = (found?.unowned ?? []).flatMap((one) => (one.captured_at == null ? [] : [{ at: one.captured_at, note: "held for a decision", place: "exception" }]));
    const oldest = [...pools, ...held].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0];
    if (found === undefined) return <Figure label={label} value="–" note="reading" />;
    if (oldest === undefined) return <Figure label={label} value="nobody" tone="good" href="/leads?place=waiting&sort=oldest" note="no open lead waits for one" />;
    const all = found.reconciliation.waiting + found.reconciliation.in_exception;
    return <Figure label={label} value={<Age at={oldest.at} />} tone="warning" href={"/leads" + query({ place: oldest.place, sort: "oldest" })} note={`${oldest.note}; ${count(all)} without one`} />;
}

export function NowPage() {
    const now = useNow();
    const live = { about: ["lead.", "record.", "exception.", "alert.", "surge.", "incident.", "destination.", "delivery.failed", "rep.", "release."], atMost: 2000 };
    const situation = useQuery("now", readSituation, live);
    const activity = useQuery("now/activity", () => ask(api.GET("/v1/activity", { params: { query: { minutes: 60 } } })), { about: ["lead.", "record."], atMost: 3000, every: 15_000 });
    const objectives = useQuery(
        "now/objectives",
        () => ask(api.GET("/v1/objectives", { params: { query: { by: "class", from: dayAgo() } } })),
        { about: ["lead."], atMost: 3000 },
    );
    const urgent = useQuery("now/urgent", () => ask(api.GET("/v1/exceptions", { params: { query: { limit: 1 } } })), { about: ["exception."], atMost: 2000 });
    const minutes = activity.data?.minutes ?? [];
    const last = minutes[minutes.length - 2]; // the newest whole one
    const rows = objectives.data?.objectives ?? [];
    const since = objectives.data?.from;
    const contacted = shareOf(rows, "contacted");
    const first = urgent.data?.exceptions[0];
    return (
        <Page title="Now">
            <div class="figures">
                <Figure label="Leads in the last minute" value={last === undefined ? "–" : count(last.accepted)} href="/leads" note={last !== undefined && last.refused > 0 ? `${count(last.refused)} refused` : "none refused"} />
                <Figure
                    label={since === undefined ? "Contacted in time" : `Contacted in time since ${sinceWhen(since)}`}
                    value={contacted === undefined ? "–" : percent(contacted.share, contacted.share > 0.9 && contacted.share < 1 ? 1 : 0)}
                    tone={toneOf(contacted?.share)}
                    href={"/objectives" + query({ objective: "contacted", span: since && "custom", from: since })}
                    note={contacted === undefined ? "nothing due yet" : `${count(contacted.late)} late`}
                />
                <LongestWait found={situation.data} />
                <Figure
                    label="Next exception due"
                    value={first === undefined ? "none open" : <Countdown due={first.due_at} />}
                    href="/triage"
                    note={`${count((situation.data?.clusters ?? []).reduce((sum, one) => sum + (one.state === "open" ? one.count : 0), 0))} open`}
                />
            </div>
            <Section title="What needs somebody">
                <Loaded query={situation}>{(found) => <Attention found={found} now={now} />}</Loaded>
            </Section>
            <div class="columns">
                <Section title="The last hour">
                    <Loaded query={activity}>{(found) => <Minutes activity={found} />}</Loaded>
                </Section>
                <Section title={since === undefined ? "Promises" : `Promises since ${sinceWhen(since)}`} actions={<Link href="/objectives">All objectives</Link>}>
                    <Loaded query={objectives}>{(found) => <Promises rows={found.objectives} from={found.from} />}</Loaded>
                </Section>
            </div>
            <Section title="Is anything lost?" id="identity">
                <Loaded query={situation}>{(found) => <Identity found={found.reconciliation} />}</Loaded>
            </Section>
            <Section title="Destinations" actions={<Link href="/destinations">All destinations</Link>}>
                <Loaded query={situation}>{(found) => <Destinations list={found.destinations} />}</Loaded>
            </Section>
        </Page>
    );
}
