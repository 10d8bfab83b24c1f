// The rules of alerts.yaml in words: what each measures, its values with units, and what lies behind it.
import { useMemo } from "preact/hooks";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import { duration, spanInWords } from "../../time";
import { query } from "../../url";
import { objectiveWords, term } from "../../words/terms";
import { share } from "../../words/told";
import { capital, counted, plain } from "../../words/words";

export type Alert = Schema<"Alert">;

export interface Rule {
    name: string;
    metric: string;
    over: number; // in the unit of the alert's value
    window?: string;
    for?: string;
    objective?: string;
    class?: string;
    team?: string;
    page: boolean;
    incident: boolean;
}

interface Behind {
    text: string;
    href: string;
}

interface Metric {
    value: (value: number) => string; // "4.8 %"
    says: string; // after the value: "of its records broke their contract"
    kind?: string; // of the exceptions that come of it
    behind: (label: string, rule: Rule) => Behind;
}

const late = (label: string): Behind => ({
    text: "Leads that missed a promise",
    href: "/leads" + query({ late: "true", open: "true", class: label }),
});
const waiting: Behind = { text: "Leads that wait", href: "/leads?place=waiting&sort=oldest" };

// The names are those of spec/config/alerts.schema.json.
const metrics: Readonly<Record<string, Metric>> = {
    enrichment_timeout_rate: {
        value: share,
        says: "of enrichments did not answer in time",
        kind: "enrichment_timeout",
        behind: () => ({ text: "Providers", href: "/destinations" }),
    },
    surge: {
        value: () => "",
        says: "far more leads than usual",
        behind: () => ({ text: "The surge", href: "#surges" }),
    },
    unassigned_backlog: { value: (value) => counted(value, "lead"), says: "wait for somebody", behind: () => waiting },
    oldest_unassigned: { value: (value) => duration(value / 1000), says: "is how long the oldest lead waits", behind: () => waiting },
    unassigned_late: {
        value: (value) => counted(value, "lead"),
        says: "had no owner in time",
        behind: (label) => ({ ...late(label), href: "/leads" + query({ objective: "assigned", outcome: "late", class: label }) }),
    },
    late_rate: { value: share, says: "came late", behind: late },
    late_count: { value: (value) => counted(value, "lead"), says: "came late", behind: late },
    burn_rate: {
        value: (value) => `${(value / 100).toFixed(1)} times`,
        says: "as many promises missed as the target allows",
        behind: late,
    },
    dead_letter_rate: {
        value: share,
        says: "of its records broke their contract",
        kind: "contract_violation",
        behind: (label) => ({ text: "Dead letters", href: "/dead-letters" + query({ source: label }) }),
    },
    delivery_failures: {
        value: (value) => counted(value, "delivery", "deliveries"),
        says: "failed for good",
        kind: "delivery_failed",
        behind: () => ({ text: "Destinations", href: "/destinations" }),
    },
    open_exceptions: { value: (value) => counted(value, "exception"), says: "are open", behind: () => ({ text: "Triage", href: "/triage" }) },
};

export interface Told {
    title: string; // "Dead letters"
    measured: string; // "4.8 % of its records broke their contract"; "" when the rule has left the policy
    limit: string; // "fires above 2 %"
    behind?: Behind;
    kind?: string;
}

export const ruleTitle = (name: string): string => capital(plain(name));

export function tellAlert(alert: Alert, rule: Rule | undefined): Told {
    const metric = rule === undefined ? undefined : metrics[rule.metric];
    if (rule === undefined || metric === undefined) return { title: ruleTitle(alert.rule), measured: "", limit: "" };
    const promise = rule.objective === undefined ? "" : ` (${term(objectiveWords, rule.objective)})`;
    const over = metric.value(rule.over);
    return {
        title: ruleTitle(alert.rule),
        measured: capital(`${metric.value(alert.value)} ${metric.says}${promise}`.trim()),
        limit: over === "" ? "" : `fires above ${over}${rule.window === undefined ? "" : ` within ${spanInWords(rule.window)}`}`,
        behind: metric.behind(alert.label, rule),
        ...(metric.kind !== undefined && { kind: metric.kind }),
    };
}

interface Contract {
    alerts?: Rule[];
    classes?: { name: string }[];
    sources?: { name: string; title?: string }[];
}

export interface Rules {
    list: Rule[];
    of: (alert: Alert) => Rule | undefined;
    label: (label: string) => { text: string; href: string } | undefined; // undefined: about everything
}

export function useRules(): Rules {
    const contract = useQuery("routing-contract", () => ask(api.GET("/v1/routing-contract")), { about: ["release."] });
    return useMemo(() => {
        const said = (contract.data ?? {}) as unknown as Contract;
        const list = said.alerts ?? [];
        const sources = new Map((said.sources ?? []).map((one) => [one.name, one.title ?? one.name]));
        const classes = new Set((said.classes ?? []).map((one) => one.name));
        return {
            list,
            of: (alert) => list.find((one) => one.name === alert.rule),
            label: (label) => {
                if (label === "") return undefined;
                if (classes.has(label)) return { text: `class ${label}`, href: "/leads" + query({ class: label }) };
                const source = sources.get(label);
                if (source !== undefined) return { text: source, href: `/sources/${encodeURIComponent(label)}` };
                return { text: `campaign ${label}`, href: "/leads" + query({ campaign: label }) };
            },
        };
    }, [contract.data]);
}

