// When promises are kept and when not: what is looked at by columns of time.
import type { Kind, Names, ObjectiveName } from "../../live/mesh";
import { spanInWords } from "../../time";
import { Section } from "../../ui/basics";
import { Empty } from "../../ui/basics";
import { HeatLegend, Heatmap, type HeatCell, type HeatRow } from "../../ui/chart-heatmap";
import { inTime, kindTitles, leadsBehind, objectiveTitles, shareOf, sumBySlot, turned, type Counts, type Row } from "./counts";
import { slotGroup, slotLabel, slotsOf, slotSays, type Slot, type Span } from "./span";

export interface Looked {
    by: Kind;
    objective: ObjectiveName;
    class: string | undefined;
    span: Span;
    names: Names;
}

function says(counts: Counts, name: string, looked: Looked, slot: Slot): string {
    const all = turned(counts);
    const start = `${name}, ${objectiveTitles[looked.objective].toLowerCase()}, ${slotSays(slot)}: `;
    if (all === 0) return start + "nothing turned out";
    const parts = [`${inTime(shareOf(counts))} in time`, `${counts.met} of ${all}`];
    if (counts.late > 0) parts.push(`${counts.late} late${counts.lateMet > 0 ? `, ${counts.lateMet} of them reached after all` : ""}`);
    if (counts.voided > 0) parts.push(`${counts.voided} closed before`);
    return start + parts.join("; ");
}

export function HeatSection({ looked, rows, values }: { looked: Looked; rows: Row[]; values: string[] }) {
    const { by, objective, names, span } = looked;
    const slots = slotsOf(span);
    const sums = sumBySlot(rows, slots);
    const cell = (counts: Counts, value: string, slot: Slot): HeatCell => ({
        share: shareOf(counts),
        count: turned(counts),
        says: says(counts, names.name(by, value), looked, slot),
        href: leadsBehind({
            by,
            value,
            class: looked.class,
            objective,
            outcome: counts.late > 0 ? "late" : "met",
            from: new Date(slot.from).toISOString(),
            to: new Date(slot.to).toISOString(),
        }),
    });
    const shown: HeatRow[] = values
        .filter((value) => sums.has(value))
        .map((value) => ({
            key: value,
            label: names.name(by, value),
            note: by === "class" ? promiseOf(names, value, objective) : undefined,
            cells: (sums.get(value) ?? []).map((counts, index) => cell(counts, value, slots[index] as Slot)),
        }));
    const title = `${objectiveTitles[objective]} in time, by ${kindTitles[by].toLowerCase()}`;
    return (
        <Section title={title} actions={<HeatLegend />}>
            {shown.length === 0 ? (
                <Empty title="No promise turned out in this time.">Choose a longer span, or another promise.</Empty>
            ) : (
                <Heatmap
                    caption={`${title}, ${span.says}: percent in time and how many turned out`}
                    corner={kindTitles[by]}
                    columns={slots.map((slot, index) => ({
                        key: String(slot.from),
                        label: slotLabel(slot),
                        says: slotSays(slot),
                        group: slotGroup(slot, slots[index - 1]),
                    }))}
                    rows={shown}
                />
            )}
        </Section>
    );
}

// "within 5 min", "within 4 h of working time"
export function promiseOf(names: Names, className: string, objective: ObjectiveName): string | undefined {
    const terms = names.contract?.classes.find((one) => one.name === className);
    const within = terms?.objectives?.[objective];
    if (within === undefined) return undefined;
    return `${spanInWords(within)}${terms?.business?.includes(objective) === true ? " of work" : ""}`;
}
