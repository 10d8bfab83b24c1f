// The numbers behind the heatmap: how many in time and late, how long it took; each leads to its leads.
import { Link } from "wouter-preact";
import { took } from "../../time";
import { count, Empty, Section, TableFrame } from "../../ui/basics";
import { heatTone } from "../../ui/chart-heatmap";
import { inTime, kindTitles, leadsBehind, objectiveTitles, type Behind, type Row } from "./counts";
import { HeldThen, promiseOf, type Looked } from "./heat";

// A number of leads, and where they are.
export function Leads({ value, behind }: { value: number; behind: Behind | undefined }) {
    const href = value === 0 || behind === undefined ? undefined : leadsBehind(behind);
    return href === undefined ? <>{count(value)}</> : <Link href={href}>{count(value)}</Link>;
}

function NumbersRow({ row, looked }: { row: Row; looked: Looked }) {
    const { by, span, names } = looked;
    const behind = (outcome: Behind["outcome"]): Behind => ({
        by,
        value: row.value,
        class: row.class,
        objective: row.objective,
        outcome,
        from: span.from,
        to: span.to,
    });
    return (
        <tr>
            <th scope="row" class="row-name">
                {names.name(by, row.value)}
            </th>
            {by !== "class" && <td>{row.class}</td>}
            <td class="nowrap">{promiseOf(names, row.class, row.objective) ?? "–"}</td>
            <td class="number">{row.share === null ? "–" : <span class={`share ${heatTone(row.share)}`}>{inTime(row.share)}</span>}</td>
            <td class="number">
                <Leads value={row.met} behind={behind("met")} />
            </td>
            <td class="number">
                <Leads value={row.late} behind={behind("late")} />
            </td>
            <td class="number">
                <Leads value={row.late_met} behind={behind("late_met")} />
            </td>
            <td class="number">
                <Leads value={row.running ?? 0} behind={behind("running")} />
            </td>
            <td class="number">
                <Leads value={row.void} behind={behind("void")} />
            </td>
            <td class="number nowrap">{took(row.mean_us)}</td>
            <td class="number nowrap">{took(row.p50_us)}</td>
            <td class="number nowrap">{took(row.p90_us)}</td>
            <td class="number nowrap">{took(row.p99_us)}</td>
        </tr>
    );
}

export function NumbersSection({ looked, rows, values }: { looked: Looked; rows: Row[]; values: string[] }) {
    const { by, names } = looked;
    const place = (row: Row): number => values.indexOf(row.value) * 100 + names.classes.indexOf(row.class);
    const sorted = [...rows].sort((a, b) => place(a) - place(b));
    if (sorted.length === 0)
        return (
            <Section title="In numbers">
                <Empty title="Nothing was promised here in this time." />
            </Section>
        );
    const title = `${objectiveTitles[looked.objective]} in numbers, by ${kindTitles[by].toLowerCase()}`;
    return (
        <Section title={title}>
            <TableFrame label={title}>
                <table class="numbers">
                    <thead>
                        <tr>
                            <th scope="col">{kindTitles[by]}</th>
                            {by !== "class" && <th scope="col">Class</th>}
                            <th scope="col">Promised</th>
                            <th scope="col" class="number">
                                In time
                            </th>
                            {["Met", "Late", "Reached late", "Running", "Closed before", "Mean", "p50", "p90", "p99"].map((one) => (
                                <th key={one} scope="col" class="number">
                                    {one}
                                </th>
                            ))}
                        </tr>
                    </thead>
                    <tbody>
                        {sorted.map((row) => (
                            <NumbersRow key={`${row.value} ${row.class}`} row={row} looked={looked} />
                        ))}
                    </tbody>
                </table>
            </TableFrame>
            <HeldThen by={by} />
            <p class="small soft fine-print">
                Counts and the mean are exact; a promise counts in the hour in which it turned out. p50, p90 and p99 (half, nine of ten, 99 of 100 took no longer) come from
                buckets that double from one second to 48 days: each is at most twice and at least half of the true one.
            </p>
        </Section>
    );
}
