// Counts of promises put together: by what is looked at, by column of time.
import type { Answer } from "../../api/types";
import type { Kind, ObjectiveName } from "../../live/mesh";
import { query } from "../../url";
import type { Slot, Span } from "./span";

export type Row = Answer<"/v1/objectives">["objectives"][number];

export interface Counts {
    met: number;
    late: number;
    lateMet: number;
    voided: number;
    running: number;
}

export const objectives: readonly ObjectiveName[] = ["assigned", "contacted", "qualified", "enriched"];

export const objectiveTitles: Record<ObjectiveName, string> = {
    assigned: "First owner",
    contacted: "First contact",
    qualified: "Outcome",
    enriched: "Enrichment",
};

// The choices of "by".
export const kindTitles: Record<Kind, string> = {
    class: "Class",
    campaign: "Campaign",
    source: "Source",
    partner: "Partner",
    pool: "Pool",
    rep: "Rep",
};

export const noCounts = (): Counts => ({ met: 0, late: 0, lateMet: 0, voided: 0, running: 0 });

export function add(to: Counts, row: Row): Counts {
    to.met += row.met;
    to.late += row.late;
    to.lateMet += row.late_met;
    to.voided += row.void;
    to.running += row.running ?? 0;
    return to;
}

export const turned = (counts: Counts): number => counts.met + counts.late;
export const shareOf = (counts: Counts): number | null => (turned(counts) === 0 ? null : counts.met / turned(counts));

// 99.6 % is not 100 %: rounded down, so that all in time means all.
export function inTime(share: number | null): string {
    if (share === null) return "–";
    const tenths = Math.floor(share * 1000 + 1e-9) / 10;
    return `${tenths >= 99 && tenths < 100 ? tenths.toFixed(1) : Math.floor(tenths)} %`;
}

export function sumBy(rows: Row[], key: (row: Row) => string): Map<string, Counts> {
    const sums = new Map<string, Counts>();
    for (const row of rows) {
        const at = key(row);
        sums.set(at, add(sums.get(at) ?? noCounts(), row));
    }
    return sums;
}

// Per value, one for each slot.
export function sumBySlot(rows: Row[], slots: Slot[]): Map<string, Counts[]> {
    const sums = new Map<string, Counts[]>();
    for (const row of rows) {
        if (row.hour === undefined) continue;
        // Where clocks are half an hour off, a span begins within the first hour that is counted.
        const at = Math.max(Date.parse(row.hour), slots[0]?.from ?? 0);
        const index = slots.findIndex((slot) => at >= slot.from && at < slot.to);
        if (index < 0) continue;
        const found = sums.get(row.value) ?? slots.map(noCounts);
        sums.set(row.value, found);
        const counts = found[index];
        if (counts !== undefined) add(counts, row);
    }
    return sums;
}

// The counts of an hour of the day, all days summed, and the hours that they are of.
export interface Folded {
    counts: Counts;
    hours: Set<number>; // ms; those in which something turned out
}

// Per value, one for each hour of the day, in the time zone of the browser.
export function sumByHourOfDay(rows: Row[]): Map<string, Folded[]> {
    const sums = new Map<string, Folded[]>();
    for (const row of rows) {
        if (row.hour === undefined) continue;
        const found = sums.get(row.value) ?? Array.from({ length: 24 }, () => ({ counts: noCounts(), hours: new Set<number>() }));
        sums.set(row.value, found);
        const folded = found[new Date(row.hour).getHours()];
        if (folded === undefined) continue;
        add(folded.counts, row);
        if (row.met + row.late > 0) folded.hours.add(Date.parse(row.hour));
    }
    return sums;
}

export interface Behind {
    by: Kind;
    value?: string;
    class?: string;
    objective?: ObjectiveName;
    outcome?: "met" | "late" | "late_met" | "overdue" | "running" | "void";
    from?: string;
    to?: string;
}

// The leads behind a number; undefined when no filter tells them: those without a campaign, say.
export function leadsBehind({ by, value, objective, outcome, from, to, ...rest }: Behind): string | undefined {
    if (value === "" || value === "(others)") return undefined;
    const overTime = outcome !== "running" && outcome !== "overdue";
    return (
        "/leads" +
        query({
            ...(value === undefined ? {} : { [by]: value }),
            ...(by === "class" ? {} : { class: rest.class }),
            objective,
            outcome,
            turned_from: overTime ? from : undefined,
            turned_to: overTime ? to : undefined,
        })
    );
}

export const spanQuery = (span: Span): { from: string; to?: string } => ({
    from: span.from,
    ...(span.to === undefined ? {} : { to: span.to }),
});

