// What needs somebody, in sentences, the worst first. Empty is the good news.
import type { Answer } from "../../api/types";
import { When, type Tone } from "../../ui/basics";
import { capital, counted, listed, plain } from "../../words/words";

export interface Situation {
    reconciliation: Answer<"/v1/reconciliation">;
    clusters: Answer<"/v1/exceptions/clusters">["clusters"];
    alerts: Answer<"/v1/alerts">["alerts"];
    surges: Answer<"/v1/surges">["surges"];
    incidents: Answer<"/v1/incidents">["incidents"];
    destinations: Answer<"/v1/destinations">["destinations"];
    pools: Answer<"/v1/pools">["pools"];
}

interface Matter {
    tone: Tone;
    text: string;
    since?: string | null;
    href: string;
}

function ofDestinations(destinations: Situation["destinations"]): Matter[] {
    return destinations
        .filter((one) => one.present)
        .flatMap((one): Matter[] => {
            const href = `/destinations/${encodeURIComponent(one.name)}`;
            const waits = one.deliveries.pending > 0 ? `; ${counted(one.deliveries.pending, "delivery", "deliveries")} wait` : "";
            if (one.disabled) return [{ tone: "bad", text: `${one.title} said that it is gone${waits}`, href }];
            if (one.breaker !== "closed")
                return [{ tone: "bad", text: `${one.title} does not answer${waits}`, since: one.last_failure_at ?? null, href }];
            if (one.paused) return [{ tone: "warning", text: `${one.title} is paused${waits}`, href }];
            if (one.deliveries.failed > 0)
                return [{ tone: "warning", text: `${counted(one.deliveries.failed, "delivery", "deliveries")} to ${one.title} failed for good`, href: href + "?state=failed" }];
            return [];
        });
}

// One line a rule, whatever it fires for. A surge has a line of its own.
function ofAlerts(found: Situation): Matter[] {
    const firing = found.alerts.filter((one) => one.state === "firing" && one.silenced !== true && !(one.rule === "surge" && found.surges.length > 0));
    const rules = [...new Set(firing.map((one) => one.rule))];
    return rules.map((rule) => {
        const own = firing.filter((one) => one.rule === rule);
        const labels = own.map((one) => one.label).filter((label) => label !== "");
        return {
            tone: own.some((one) => one.urgent) ? "bad" : "warning",
            text: `Alert: ${capital(plain(rule.replaceAll("-", " ")))}${labels.length === 0 ? "" : ` (${listed(labels)})`}`,
            since: own.map((one) => one.fired_at ?? one.pending_at).sort()[0] ?? null,
            href: "/alerts",
        };
    });
}

function ofExceptions(clusters: Situation["clusters"], now: number): Matter[] {
    const open = clusters.filter((one) => one.state === "open");
    const overdue = open.filter((one) => one.next_due_at != null && Date.parse(one.next_due_at) < now);
    const total = open.reduce((sum, one) => sum + one.count, 0);
    if (total === 0) return [];
    const kinds = listed(open.slice(0, 3).map((one) => `${one.count} ${plain(one.kind)}`)) + (open.length > 3 ? " and others" : "");
    const tone = overdue.length > 0 ? "bad" : "warning";
    const late = overdue.length > 0 ? "; the deadline of some has passed" : "";
    return [{ tone, text: `${counted(total, "exception")} to decide: ${kinds}${late}`, href: "/triage" }];
}

function matters(now: number, found: Situation): Matter[] {
    const list: Matter[] = [];
    if (!found.reconciliation.balanced) list.push({ tone: "bad", text: "The books do not balance: stop and look", href: "#identity" });
    for (const one of found.incidents) list.push({ tone: "bad", text: `Incident ${one.id}: ${one.title}`, since: one.opened_at, href: `/incidents/${one.id}` });
    list.push(...ofAlerts(found));
    for (const one of found.surges)
        list.push({ tone: "warning", text: `Surge on the ${one.kind} ${one.name}: ${counted(one.leads, "lead")} so far`, since: one.started_at, href: "/alerts" });
    list.push(...ofDestinations(found.destinations), ...ofExceptions(found.clusters, now));
    for (const one of found.pools)
        if (one.waiting > 0)
            list.push({
                tone: "warning",
                text: `${counted(one.waiting, "lead")} wait for ${one.title}${one.on_duty === 0 ? ", where nobody is on duty" : ""}`,
                since: one.oldest_waiting_at,
                href: `/leads?place=waiting&pool=${encodeURIComponent(one.id)}`,
            });
    const rank: Record<string, number> = { bad: 0, warning: 1 };
    return list.sort((a, b) => (rank[a.tone] ?? 2) - (rank[b.tone] ?? 2));
}

export function Attention({ found, now }: { found: Situation; now: number }) {
    const list = matters(now, found);
    if (list.length === 0)
        return (
            <p class="all-well">
                <span class="dot good" /> Nothing needs you: no open exception, no alert, every destination answers, nobody waits.
            </p>
        );
    return (
        <ul class="matters">
            {list.map((one) => (
                <li key={one.text}>
                    <span class={`dot ${one.tone}`} />
                    <span class="sr-only">{one.tone === "bad" ? "Urgent: " : "Soon: "}</span>
                    <a href={one.href}>{one.text}</a>
                    {one.since != null && (
                        <span class="soft small nowrap">
                            <When at={one.since} />
                        </span>
                    )}
                </li>
            ))}
        </ul>
    );
}
