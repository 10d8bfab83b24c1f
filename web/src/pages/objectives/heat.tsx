// When promises are kept and when not: what is looked at by columns of time, or by hour of the day.
import type { Kind, Names, ObjectiveName } from "../../live/mesh";
import { spanInWords } from "../../time";
import { counted } from "../../words/words";
import { Empty, Section } from "../../ui/basics";
import { HeatLegend, Heatmap, type HeatCell, type HeatColumn } from "../../ui/chart-heatmap";
import { Choice } from "../../ui/choice";
import { inTime, kindTitles, leadsBehind, objectiveTitles, shareOf, sumByHourOfDay, sumBySlot, turned, type Counts, type Row } from "./counts";
import { hourOfDaySays, HOUR, slotGroup, slotLabel, slotsOf, slotSays, two, type Slot, type Span } from "./span";

export interface Looked {
    by: Kind;
    objective: ObjectiveName;
    class: string | undefined;
    span: Span;
    names: Names;
}

const columnChoices = { time: "In order", hour: "By hour of day" } as const;
export type Columns = keyof typeof columnChoices;

function says(counts: Counts, name: string, looked: Looked, when: string): string {
    const all = turned(counts);
    const start = `${name}, ${objectiveTitles[looked.objective].toLowerCase()}, ${when}: `;
    if (all === 0) return start + "nothing turned out";
    const parts = [`${inTime(shareOf(counts))} in time`, `${counts.met} of ${all}`];
    if (counts.late > 0) parts.push(`${counts.late} late${counts.lateMet > 0 ? `, ${counts.lateMet} of them reached after all` : ""}`);
    if (counts.voided > 0) parts.push(`${counts.voided} closed before`);
    return start + parts.join("; ");
}

// `slot` is the one time that the counts are of; undefined where they are of several.
function cellOf(counts: Counts, value: string, looked: Looked, when: string, slot: Slot | undefined): HeatCell {
    const { by, objective, names } = looked;
    return {
        share: shareOf(counts),
        count: turned(counts),
        says: says(counts, names.name(by, value), looked, when),
        href:
            slot &&
            leadsBehind({
                by,
                value,
                class: looked.class,
                objective,
                outcome: counts.late > 0 ? "late" : "met",
                from: new Date(slot.from).toISOString(),
                to: new Date(slot.to).toISOString(),
            }),
    };
}

interface Picture {
    columns: HeatColumn[];
    cells: Map<string, HeatCell[]>;
}

function inOrder(rows: Row[], looked: Looked): Picture {
    const slots = slotsOf(looked.span);
    const columns = slots.map((slot, index) => ({ key: String(slot.from), label: slotLabel(slot), says: slotSays(slot), group: slotGroup(slot, slots[index - 1]) }));
    const cells = Array.from(sumBySlot(rows, slots), ([value, sums]): [string, HeatCell[]] => [
        value,
        sums.map((counts, index) => cellOf(counts, value, looked, columns[index]?.says ?? "", slots[index])),
    ]);
    return { columns, cells: new Map(cells) };
}

// Leads are found by one time from and to, so several days in one cell have no list.
function byHourOfDay(rows: Row[], looked: Looked): Picture {
    const columns = Array.from({ length: 24 }, (_, hour) => ({ key: String(hour), label: two(hour), says: hourOfDaySays(hour) }));
    const cells = Array.from(sumByHourOfDay(rows), ([value, sums]): [string, HeatCell[]] => [
        value,
        sums.map(({ counts, hours }, hour) => {
            const [first] = hours;
            const only = hours.size === 1 && first !== undefined ? { from: first, to: first + HOUR } : undefined;
            const when = only !== undefined ? slotSays(only) : hours.size === 0 ? hourOfDaySays(hour) : `${hourOfDaySays(hour)} on ${counted(hours.size, "day")}`;
            return cellOf(counts, value, looked, when, only);
        }),
    ]);
    return { columns, cells: new Map(cells) };
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const hints: Record<Columns, string> = {
    time: `Point at a cell, or move with the arrow keys; press it to see its leads. Times of ${zone}.`,
    hour: `All days of this time summed, hours of ${zone}. A cell of a single day leads to its leads; for one of several choose “${columnChoices.time}”.`,
};

interface HeatProps {
    looked: Looked;
    rows: Row[];
    values: string[];
    columns: Columns;
    choose: (columns: Columns) => void;
}

export function HeatSection({ looked, rows, values, columns, choose }: HeatProps) {
    const { by, objective, names, span } = looked;
    const picture = columns === "hour" ? byHourOfDay(rows, looked) : inOrder(rows, looked);
    const shown = values.flatMap((value) => {
        const cells = picture.cells.get(value);
        return cells === undefined ? [] : [{ key: value, label: names.name(by, value), note: by === "class" ? promiseOf(names, value, objective) : undefined, cells }];
    });
    const title = `${objectiveTitles[objective]} in time, by ${kindTitles[by].toLowerCase()}${columns === "hour" ? " and hour of the day" : ""}`;
    return (
        <Section title={title} actions={<Choice label="Columns" value={columns} options={columnChoices} onChange={choose} />}>
            {shown.length === 0 ? (
                <Empty title="No promise turned out in this time.">Choose a longer span, or another promise.</Empty>
            ) : (
                <>
                    <HeatLegend />
                    <Heatmap
                        key={columns}
                        caption={`${title}, ${span.says}: percent in time and how many turned out`}
                        corner={kindTitles[by]}
                        columns={picture.columns}
                        rows={shown}
                        newestLast={columns === "time"}
                        hint={hints[columns]}
                    />
                    <HeldThen by={by} />
                </>
            )}
        </Section>
    );
}

// Pools and reps change hands: what is counted of them is not what the list of leads has now.
export function HeldThen({ by }: { by: Kind }) {
    if (by !== "pool" && by !== "rep") return null;
    return (
        <p class="small soft fine-print">
            Counted for the {by} that had the lead when its promise turned out. The links lead to the leads that the {by} has now: without those that have gone on
            since, and with those that came from others.
        </p>
    );
}

// "within 5 min", "within 4 h of working time"
export function promiseOf(names: Names, className: string, objective: ObjectiveName): string | undefined {
    const terms = names.contract?.classes.find((one) => one.name === className);
    const within = terms?.objectives?.[objective];
    if (within === undefined) return undefined;
    return `${spanInWords(within)}${terms?.business?.includes(objective) === true ? " of work" : ""}`;
}
