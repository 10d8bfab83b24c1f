// A table whose cells are shares, for people who look: tone and number in each cell. One cell is in
// the order of the keyboard, arrows move; the sentence of the cell that is pointed at stands below.
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { percent } from "./basics";

export interface HeatCell {
    share: number | null; // null: nothing turned out
    count: number; // of what the share is
    says: string; // the cell in a sentence
    href?: string; // what is behind it
}

export interface HeatColumn {
    key: string;
    label: string; // may be "": not every column needs one
    says: string; // in full
    group?: string; // stands above the first column of the group
}

export interface HeatRow {
    key: string;
    label: string;
    note?: string;
    cells: HeatCell[]; // one for each column
}

const steps: [number, string, string][] = [
    [0.95, "good", "95 % and more"],
    [0.9, "warning", "90 % and more"],
    [0.75, "bad", "75 % and more"],
    [0, "worst", "less than 75 %"],
];

export const heatTone = (share: number): string => steps.find(([least]) => share >= least)?.[1] ?? "worst";

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function HeatLegend() {
    return (
        <p class="heat-legend small soft">
            In time:{" "}
            {steps.map(([, tone, says]) => (
                <span key={tone}>
                    <i class={`heat-swatch ${tone}`} /> {says}
                </span>
            ))}
            <span>
                <i class="heat-swatch" /> nothing due
            </span>
        </p>
    );
}

function groupsOf(columns: HeatColumn[]): { key: string; label: string; span: number }[] {
    const groups: { key: string; label: string; span: number }[] = [];
    for (const column of columns) {
        const last = groups.at(-1);
        if (last !== undefined && (column.group === undefined || column.group === last.label)) last.span++;
        else groups.push({ key: column.key, label: column.group ?? "", span: 1 });
    }
    return groups;
}

interface HeatmapProps {
    caption: string;
    corner: string;
    columns: HeatColumn[];
    rows: HeatRow[];
    newestLast?: boolean; // the last columns are those that matter
    hint?: string; // stands below while no cell is pointed at
}

export function Heatmap({ caption, corner, columns, rows, newestLast = true, hint = "Point at a cell, or move with the arrow keys; press it to see its leads." }: HeatmapProps) {
    const [active, setActive] = useState<[number, number]>([0, newestLast ? columns.length - 1 : 0]);
    const [says, setSays] = useState("");
    const table = useRef<HTMLTableElement>(null);
    const frame = useRef<HTMLDivElement>(null);
    // Where not all fits, what is newest is seen first; else the first that anything is in.
    const first = Math.max(0, columns.findIndex((_, x) => rows.some((one) => one.cells[x]?.share !== null)));
    useEffect(() => {
        const begin = (selector: string): number => table.current?.querySelector<HTMLElement>(selector)?.offsetLeft ?? 0;
        if (frame.current !== null) frame.current.scrollLeft = newestLast ? frame.current.scrollWidth : begin(`tbody td:nth-child(${first + 2})`) - begin("tbody td:nth-child(2)");
    }, [columns.length, newestLast]);
    const [row, column] = [Math.min(active[0], rows.length - 1), Math.min(active[1], columns.length - 1)];
    const go = (event: KeyboardEvent): void => {
        const by: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
        const step = by[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const next: [number, number] = [
            Math.max(0, Math.min(rows.length - 1, row + step[0])),
            Math.max(0, Math.min(columns.length - 1, column + step[1])),
        ];
        setActive(next);
        table.current?.querySelector<HTMLElement>(`[data-cell="${next.join(",")}"]`)?.focus();
    };
    const point = (at: [number, number]): void => {
        setSays(rows[at[0]]?.cells[at[1]]?.says ?? "");
    };
    return (
        <>
            <div class="heat-frame" ref={frame}>
                <table class="heat" ref={table} onKeyDown={go} onMouseLeave={() => setSays("")}>
                    <caption class="sr-only">{caption}</caption>
                    <thead>
                        {columns.some((one) => one.group !== undefined) && (
                            <tr>
                                <td />
                                {groupsOf(columns).map((one) => (
                                    <th key={one.key} colSpan={one.span} scope="colgroup" class="heat-group">
                                        {one.label}
                                    </th>
                                ))}
                            </tr>
                        )}
                        <tr>
                            <th scope="col" class="heat-name">
                                {corner}
                            </th>
                            {columns.map((one) => (
                                <th key={one.key} scope="col" class={one.group !== undefined ? "heat-begin" : ""}>
                                    <span class="sr-only">{one.says}</span>
                                    <span aria-hidden="true" title={one.says}>
                                        {one.label}
                                    </span>
                                </th>
                            ))}
                        </tr>
                    </thead>
                    <tbody>
                        {rows.map((one, y) => (
                            <tr key={one.key}>
                                <th scope="row" class="heat-name">
                                    {one.label}
                                    {one.note !== undefined && <span class="soft small heat-note"> {one.note}</span>}
                                </th>
                                {one.cells.map((cell, x) => (
                                    <td key={columns[x]?.key} class={columns[x]?.group !== undefined ? "heat-begin" : ""}>
                                        <Cell cell={cell} at={[y, x]} inOrder={y === row && x === column} onPoint={point} />
                                    </td>
                                ))}
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            <p class="heat-says small" aria-hidden="true">
                {says === "" ? <span class="soft">{hint}</span> : says}
            </p>
        </>
    );
}

function Cell({ cell, at, inOrder, onPoint }: { cell: HeatCell; at: [number, number]; inOrder: boolean; onPoint: (at: [number, number]) => void }) {
    const common = {
        "data-cell": at.join(","),
        tabIndex: inOrder ? 0 : -1,
        onFocus: () => onPoint(at),
        onMouseEnter: () => onPoint(at),
    };
    if (cell.share === null || cell.href === undefined)
        return (
            <span {...common} role="img" aria-label={cell.says} class={`heat-cell ${cell.share === null ? "" : heatTone(cell.share)}`}>
                <Numbers cell={cell} />
            </span>
        );
    return (
        <Link {...common} href={cell.href} class={`heat-cell ${heatTone(cell.share)}`}>
            <span class="sr-only">{cell.says}</span>
            <span aria-hidden="true" class="heat-numbers">
                <Numbers cell={cell} />
            </span>
        </Link>
    );
}

const Numbers = ({ cell }: { cell: HeatCell }) =>
    cell.share === null ? null : (
        <>
            <b>{percent(Math.floor(cell.share * 100) / 100).replace(" %", "")}</b>
            <small>{short.format(cell.count)}</small>
        </>
    );
