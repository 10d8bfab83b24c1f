// The leads, exceptions and others behind a number of a report.
import { query } from "../../url";
import type { Data } from "../../words/told";

export interface Span {
    from: string;
    to: string;
}

const outcomes: Readonly<Record<string, string>> = { met: "met", late: "late" };
const dimensions: Readonly<Record<string, string>> = {
    "by-class": "class",
    "by-campaign": "campaign",
    "by-source": "source",
    "by-partner": "partner",
    "by-pool": "pool",
    "by-rep": "rep",
};

type Asked = Record<string, string | undefined>;
const turned = (span: Span): Asked => ({ turned_from: span.from, turned_to: span.to });
const leads = (asked: Asked): string => "/leads" + query(asked);

type Row = (row: Readonly<Record<string, string>>, span: Span) => string | undefined;
const columns: Readonly<Record<string, Row>> = {
    "stale-owners.leads": (row) => (row.owner ? leads({ rep: row.owner, late: "true", open: "true" }) : undefined),
    "waiting.waiting": (row) => leads({ place: "waiting", pool: row.pool }),
    "open-exceptions.open": (row) => "/triage" + query({ queue: row.queue }),
    "kinds.open": (row) => "/triage" + query({ kind: row.kind }),
    "surges.leads": (row, span) => (row.kind && row.name ? leads({ [row.kind]: row.name, from: span.from, to: span.to }) : undefined),
    "capacity.came": (row, span) => (row.campaign ? leads({ campaign: row.campaign, from: span.from, to: span.to }) : undefined),
    "capacity.without_owner": (row, span) =>
        row.campaign ? leads({ campaign: row.campaign, objective: "assigned", outcome: "late", ...turned(span) }) : undefined,
    "capacity.waiting": (row) => (row.campaign ? leads({ campaign: row.campaign, place: "waiting" }) : undefined),
};

export function behind(section: string, column: string, row: Data, span: Span): string | undefined {
    const texts = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "string" ? value : ""]));
    const [dimension, outcome] = [dimensions[section], outcomes[column]];
    if (dimension !== undefined && outcome !== undefined)
        return texts.value ? leads({ [dimension]: texts.value, objective: texts.objective, outcome, ...turned(span) }) : undefined;
    return columns[`${section}.${column}`]?.(texts, span);
}

// Of the figures at the top, by what is said above them.
export function behindFigure(what: string, span: Span): string | undefined {
    const promise = /^Promise kept: (\w+)$/.exec(what)?.[1];
    if (promise !== undefined) return leads({ objective: promise, outcome: "late", ...turned(span) });
    const known: Readonly<Record<string, string>> = {
        "Leads that came": leads({ from: span.from, to: span.to }),
        "Alerts that fired": "/alerts",
        "Leads that wait": "/leads?place=waiting",
        "Exceptions that are open": "/triage",
        "Incidents that are open": "/incidents?show=open",
    };
    return known[what];
}
