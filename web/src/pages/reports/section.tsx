// A section of a report: a table with links to what it names, or a heatmap; and the query that made it.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Names } from "../../live/mesh";
import type { Taxonomy } from "../../live/taxonomy";
import { exact, took } from "../../time";
import { Button, count, percent, Section, TableFrame } from "../../ui/basics";
import { Heatmap, HeatLegend, type HeatCell, type HeatColumn, type HeatRow } from "../../ui/chart-heatmap";
import { hrefOfId, query } from "../../url";
import { objectiveWords, placeWords, resolutionWords, targetWords, term } from "../../words/terms";
import type { Data } from "../../words/told";
import { capital, plain } from "../../words/words";
import { behind } from "./behind";
import { columnsOf, isLong, isNumber, type Column } from "./columns";

interface ReportSection {
    id: string;
    title: string;
    about: string;
    rows: Data[];
    query: string;
}

export interface Report {
    report: string;
    title: string;
    from: string;
    to: string;
    zone: string;
    as_of: string;
    sections: ReportSection[];
}

export interface Terms {
    names: Names;
    taxonomy: Taxonomy;
    report: Report;
}

const timeIn = (zone: string, microseconds: number): string =>
    new Date(microseconds / 1000).toLocaleString("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

function Text({ column, value, terms }: { column: Column; value: string; terms: Terms }) {
    const { names, taxonomy } = terms;
    switch (column.unit) {
        case "id": {
            const href = hrefOfId(value);
            return href === undefined ? <>{value}</> : <Link href={href}>{value}</Link>;
        }
        case "rep":
        case "person":
            return <>{value.includes(":") ? targetWords(value, (id) => names.name("rep", id)) : names.name("rep", value)}</>;
        case "team":
            return <>{taxonomy.teamTitle(value)}</>;
        case "kind":
            return <Link href={"/triage" + query({ kind: value })}>{taxonomy.kindTitle(value)}</Link>;
        case "pool":
            return <Link href={`/pools/${encodeURIComponent(value)}`}>{names.name("pool", value)}</Link>;
        case "source":
            return <Link href={`/sources/${encodeURIComponent(value)}`}>{names.name("source", value)}</Link>;
        case "campaign":
        case "class":
            return <Link href={"/leads" + query({ [column.unit]: value })}>{value}</Link>;
        case "objective":
            return <>{capital(term(objectiveWords, value))}</>;
        case "promise": // "hot: contacted"
            return <>{value.replace(/\w+$/, (milestone) => term(objectiveWords, milestone))}</>;
        case "code":
            return <>{column.name === "cause" ? taxonomy.causeTitle(value) : column.name === "resolution" ? term(resolutionWords, value) : column.name === "place" ? term(placeWords, value) : plain(value.replace(".", " "))}</>;
        default:
            return <>{value}</>;
    }
}

function Value({ column, value, terms, href }: { column: Column; value: unknown; terms: Terms; href: string | undefined }) {
    if (value === null || value === undefined || value === "") return <span class="soft">–</span>;
    if (typeof value === "number") {
        if (column.unit === "time") return <time title={exact(value / 1000)}>{timeIn(terms.report.zone, value)}</time>;
        if (column.unit === "span") return <>{took(value)}</>;
        if (column.unit === "percent") return <>{value.toFixed(1)} %</>;
        return href === undefined || value === 0 ? <>{count(value)}</> : <Link href={href}>{count(value)}</Link>;
    }
    return <Text column={column} value={String(value)} terms={terms} />;
}

const SHOWN_ROWS = 20;

const look = (column: Column): string =>
    isNumber(column.unit) ? "number nowrap" : column.unit === "time" ? "nowrap" : isLong(column) ? "text-cell long" : column.unit === "id" ? "nowrap" : "text-cell";

function Rows({ section, terms }: { section: ReportSection; terms: Terms }) {
    const [all, setAll] = useState(false);
    const columns = columnsOf(section.id, section.rows);
    const shown = all ? section.rows : section.rows.slice(0, SHOWN_ROWS);
    return (
        <>
            <Table section={section} columns={columns} rows={shown} terms={terms} />
            {shown.length < section.rows.length && (
                <p class="paging">
                    <Button onClick={() => setAll(true)}>Show all {count(section.rows.length)} rows</Button>
                </p>
            )}
        </>
    );
}

function Table({ section, columns, rows, terms }: { section: ReportSection; columns: Column[]; rows: Data[]; terms: Terms }) {
    return (
        <TableFrame label={section.title}>
            <table>
                <thead>
                    <tr>
                        {columns.map((one) => (
                            <th key={one.name} scope="col" class={look(one)}>
                                {one.title}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row, index) => (
                        <tr key={index}>
                            {columns.map((one) => (
                                <td key={one.name} class={look(one)}>
                                    <Value column={one} value={row[one.name]} terms={terms} href={behind(section.id, one.name, row, terms.report)} />
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

// ---- heatmaps: line, bucket, met and late

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

interface Grid {
    columns: HeatColumn[];
    span: (bucket: number) => { turned_from: string; turned_to: string };
}

function gridOf(report: Report, isHours: boolean): Grid {
    const [from, to] = [Date.parse(report.from), Date.parse(report.to)];
    const step = isHours ? HOUR : WEEK;
    const at = (bucket: number): string => new Date(Math.min(from + bucket * step, to)).toISOString();
    const label = (bucket: number): string =>
        isHours
            ? new Date(from + bucket * HOUR).toLocaleTimeString("en-GB", { timeZone: report.zone, hour: "2-digit" })
            : `${bucket * 7 + 1}–${Math.min(bucket * 7 + 7, Math.round((to - from) / (24 * HOUR)))}`;
    const columns = Array.from({ length: Math.ceil((to - from) / step) }, (_, bucket) => ({
        key: String(bucket),
        label: label(bucket),
        says: isHours ? `the hour from ${label(bucket)}:00` : `day ${label(bucket)}`,
    }));
    return { columns, span: (bucket) => ({ turned_from: at(bucket), turned_to: at(bucket + 1) }) };
}

function heatRow(line: string, rows: Data[], grid: Grid): HeatRow {
    const [name = "", objective = ""] = line.split(": ");
    const called = `${name}, ${term(objectiveWords, objective)}`;
    const cells = grid.columns.map((column, bucket): HeatCell => {
        const row = rows.find((one) => one.line === line && one.bucket === bucket);
        const [met, late] = [Number(row?.met ?? 0), Number(row?.late ?? 0)];
        const total = met + late;
        if (total === 0) return { share: null, count: 0, says: `${called}, ${column.says}: nothing turned out` };
        return {
            share: met / total,
            count: total,
            says: `${called}, ${column.says}: ${met} of ${total} in time, ${percent(met / total, 1)}`,
            href: "/leads" + query({ class: name, objective, ...grid.span(bucket), outcome: late > 0 ? "late" : "met" }),
        };
    });
    return { key: line, label: name, note: term(objectiveWords, objective), cells };
}

function Heat({ section, report }: { section: ReportSection; report: Report }) {
    const grid = gridOf(report, section.id === "hours");
    const lines = [...new Set(section.rows.map((row) => String(row.line)))];
    return (
        <>
            <HeatLegend />
            <Heatmap caption={section.title} corner="Class" columns={grid.columns} rows={lines.map((line) => heatRow(line, section.rows, grid))} />
        </>
    );
}

export function ReportPart({ section, terms }: { section: ReportSection; terms: Terms }) {
    const isHeat = section.rows.length > 0 && section.rows[0]?.bucket !== undefined;
    return (
        <Section title={section.title} id={section.id}>
            <p class="soft small report-about">{section.about}</p>
            {section.rows.length === 0 ? (
                <p class="report-none">None.</p>
            ) : isHeat ? (
                <Heat section={section} report={terms.report} />
            ) : (
                <Rows section={section} terms={terms} />
            )}
            <details class="report-query">
                <summary>Query</summary>
                <pre tabIndex={0} role="region" aria-label={`Query of ${section.title}`}>
                    {section.query}
                </pre>
            </details>
        </Section>
    );
}
