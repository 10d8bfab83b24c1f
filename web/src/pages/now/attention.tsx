// What needs somebody, in sentences, the worst first. Empty is the good news.
import { Link } from "wouter-preact";
import type { Answer } from "../../api/types";
import { useNames, type Names } from "../../live/mesh";
import { useTaxonomy, type Taxonomy } from "../../live/taxonomy";
import { Countdown, When, type Tone } from "../../ui/basics";
import { query } from "../../url";
import { counted, listed } from "../../words/words";
import { ruleTitle, useRules, type Rules } from "../alerts/rules";
import { whose } from "../leads/words";

export interface Situation {
    reconciliation: Answer<"/v1/reconciliation">;
    clusters: Answer<"/v1/exceptions/clusters">["clusters"];
    first: Answer<"/v1/exceptions">["exceptions"]; // the most urgent one of each kind, of a few kinds
    late: Answer<"/v1/leads">["leads"]; // open and past a promise, LATE_SHOWN at most
    unowned: Answer<"/v1/leads">["leads"]; // the oldest that is held for a decision
    alerts: Answer<"/v1/alerts">["alerts"];
    surges: Answer<"/v1/surges">["surges"];
    incidents: Answer<"/v1/incidents">["incidents"];
    destinations: Answer<"/v1/destinations">["destinations"];
    pools: Answer<"/v1/pools">["pools"];
}

export const LATE_SHOWN = 20;

interface Words {
    names: Names;
    taxonomy: Taxonomy;
    rules: Rules;
}

interface Matter {
    tone: Tone;
    text: string;
    team?: string | undefined; // whose it is
    who?: string; // or people
    due?: string | null; // the nearest deadline
    since?: string | null;
    href: string;
}

function ofDestinations(destinations: Situation["destinations"]): Matter[] {
    return destinations
        .filter((one) => one.present)
        .flatMap((one): Matter[] => {
            const href = `/destinations/${encodeURIComponent(one.name)}`;
            const waits = one.deliveries.pending > 0 ? `; ${counted(one.deliveries.pending, "delivery waits", "deliveries wait")}` : "";
            if (one.disabled) return [{ tone: "bad", text: `${one.title} said that it is gone${waits}`, team: one.team, href }];
            if (one.breaker !== "closed")
                return [{ tone: "bad", text: `${one.title} does not answer${waits}`, team: one.team, since: one.last_failure_at ?? null, href }];
            if (one.paused) return [{ tone: "warning", text: `${one.title} is paused${waits}`, team: one.team, href }];
            if (one.deliveries.failed > 0)
                return [{ tone: "warning", text: `${counted(one.deliveries.failed, "delivery", "deliveries")} to ${one.title} failed for good`, team: one.team, href: href + "?state=failed" }];
            return [];
        });
}

// One line a rule, whatever it fires for. A surge has a line of its own.
function ofAlerts(found: Situation, words: Words): Matter[] {
    const firing = found.alerts.filter((one) => one.state === "firing" && one.silenced !== true && !(one.rule === "surge" && found.surges.length > 0));
    const rules = [...new Set(firing.map((one) => one.rule))];
    return rules.map((rule) => {
        const own = firing.filter((one) => one.rule === rule);
        const labels = own.flatMap((one) => words.rules.label(one.label)?.text ?? []);
        return {
            tone: own.some((one) => one.urgent) ? "bad" : "warning",
            text: `Alert: ${ruleTitle(rule)}${labels.length === 0 ? "" : ` (${listed(labels)})`}`,
            team: own[0]?.team,
            since: own.map((one) => one.fired_at ?? one.pending_at).sort()[0] ?? null,
            href: "/alerts",
        };
    });
}

// One line a kind, those first whose deadline is nearest; what is left over in one.
function ofExceptions({ clusters, first }: Situation, words: Words, now: number): Matter[] {
    const open = clusters.filter((one) => one.state === "open");
    const shown = open.filter((one) => first.some((row) => row.kind === one.kind));
    const rest = open.filter((one) => !shown.includes(one)).reduce((sum, one) => sum + one.count, 0);
    const list = shown.map((one): Matter => {
        const late = one.next_due_at != null && Date.parse(one.next_due_at) < now;
        const title = words.taxonomy.kindTitle(one.kind);
        return {
            tone: late ? "bad" : "warning",
            text: `${counted(one.count, "exception")} to decide: ${title}`,
            team: first.find((row) => row.kind === one.kind)?.team,
            due: one.next_due_at ?? null,
            href: "/triage" + query({ kind: one.kind }),
        };
    });
    if (rest > 0) list.push({ tone: "warning", text: `${counted(rest, "exception")} of other kinds to decide`, href: "/triage" });
    return list;
}

// Open leads past a promise, and who has them.
function ofLate(late: Situation["late"], words: Words): Matter[] {
    if (late.length === 0) return [];
    const owners = [...new Set(late.map((one) => whose(one, words.names, words.taxonomy)))];
    const some = owners.length > 3 ? [...owners.slice(0, 2), "others"] : owners;
    const many = late.length === LATE_SHOWN ? `${LATE_SHOWN} or more open leads` : counted(late.length, "open lead");
    return [{ tone: "bad", text: `${many} past a promise`, who: listed(some), href: "/leads?outcome=overdue&sort=due" }];
}

function ofPools(pools: Situation["pools"]): Matter[] {
    return pools
        .filter((one) => one.waiting > 0)
        .map((one) => ({
            tone: "warning",
            text: `${counted(one.waiting, "lead")} ${one.waiting === 1 ? "waits" : "wait"} for ${one.title}${one.on_duty === 0 ? ", where nobody is on duty" : ""}`,
            team: one.team,
            since: one.oldest_waiting_at,
            href: "/leads" + query({ place: "waiting", pool: one.id }),
        }));
}

function matters(now: number, found: Situation, words: Words): Matter[] {
    const list: Matter[] = [];
    if (!found.reconciliation.balanced) list.push({ tone: "bad", text: "The books do not balance: stop and look", href: "#identity" });
    for (const one of found.incidents) list.push({ tone: "bad", text: `Incident ${one.id}: ${one.title}`, team: one.team, since: one.opened_at, href: `/incidents/${one.id}` });
    list.push(...ofLate(found.late, words), ...ofAlerts(found, words));
    for (const one of found.surges)
        list.push({ tone: "warning", text: `Surge of the ${one.kind} ${one.kind === "source" ? words.taxonomy.sourceTitle(one.name) : one.name}: ${counted(one.leads, "lead")} so far`, since: one.started_at, href: "/alerts" });
    list.push(...ofDestinations(found.destinations), ...ofExceptions(found, words, now), ...ofPools(found.pools));
    const rank: Record<string, number> = { bad: 0, warning: 1 };
    return list.sort((a, b) => (rank[a.tone] ?? 2) - (rank[b.tone] ?? 2));
}

export function Attention({ found, now }: { found: Situation; now: number }) {
    const words = { names: useNames(), taxonomy: useTaxonomy(), rules: useRules() };
    const list = matters(now, found, words);
    if (list.length === 0)
        return (
            <p class="all-well">
                <span class="dot good" /> Nothing needs you: no open exception, no alert, no promise missed, every destination answers, nobody waits.
            </p>
        );
    return (
        <ul class="matters">
            {list.map((one) => (
                <li key={one.text}>
                    <span class={`dot ${one.tone}`} />
                    <span class="sr-only">{one.tone === "bad" ? "Urgent: " : "Soon: "}</span>
                    {one.href.startsWith("#") ? <a href={one.href}>{one.text}</a> : <Link href={one.href}>{one.text}</Link>}
                    {one.since != null && (
                        <span class="soft small nowrap">
                            <When at={one.since} />
                        </span>
                    )}
                    {one.due != null && (
                        <span class="soft small nowrap">
                            first due {Date.parse(one.due) < now ? "" : "in "}
                            <Countdown due={one.due} soon={3_600_000} />
                        </span>
                    )}
                    {(one.who ?? one.team ?? "") !== "" && <span class="matter-team small">{one.who ?? words.taxonomy.teamTitle(one.team ?? "")}</span>}
                </li>
            ))}
        </ul>
    );
}
