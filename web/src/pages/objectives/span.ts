// The span that is looked at, out of the address, and the columns that a heatmap of it has. All in the
// time zone of the browser.
import type { Parameters } from "../../url";

export const spans = { today: "Today", "7d": "7 days", "30d": "30 days", custom: "From … to" } as const;
export type SpanName = keyof typeof spans;

export interface Span {
    name: SpanName;
    from: string; // RFC 3339, as the API takes it
    to: string | undefined; // undefined: up to now
    local: { from: string; to: string }; // for the fields
    says: string;
}

export const HOUR = 3_600_000;

function midnight(daysAgo: number): Date {
    const date = new Date();
    date.setHours(0, 0, 0, 0);
    date.setDate(date.getDate() - daysAgo);
    return date;
}

export const two = (value: number): string => String(value).padStart(2, "0");

// As <input type="datetime-local"> has it.
export const toLocal = (date: Date): string =>
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;

const isTime = (text: string | undefined): text is string => text !== undefined && !Number.isNaN(Date.parse(text));

const shortDate = (date: Date): string =>
    date.toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function readSpan(parameters: Parameters): Span {
    const asked = parameters.span;
    if (asked === "custom" && isTime(parameters.from)) {
        const from = new Date(parameters.from);
        const to = isTime(parameters.to) ? new Date(parameters.to) : undefined;
        return {
            name: "custom",
            from: from.toISOString(),
            to: to?.toISOString(),
            local: { from: toLocal(from), to: to === undefined ? "" : toLocal(to) },
            says: `${shortDate(from)} to ${to === undefined ? "now" : shortDate(to)}`,
        };
    }
    const name = asked === "today" || asked === "30d" || asked === "custom" ? asked : "7d";
    const from = midnight(name === "today" ? 0 : name === "30d" ? 29 : 6);
    return {
        name,
        from: from.toISOString(),
        to: undefined,
        local: { from: toLocal(from), to: "" },
        says: name === "today" ? "today" : name === "30d" ? "the last 30 days" : "the last 7 days",
    };
}

export interface Slot {
    from: number; // ms
    to: number;
}

// Hours put together so that there are at most 31 columns; steps of a day begin at midnight also when
// the clocks change.
export function slotsOf(span: Span): Slot[] {
    const begin = new Date(span.from);
    begin.setMinutes(0, 0, 0);
    const end = span.to === undefined ? endOf(span) : new Date(span.to).getTime();
    const hours = Math.max(1, (end - begin.getTime()) / HOUR);
    const step = [1, 2, 3, 4, 6, 12].find((one) => hours / one <= 31);
    const days = step === undefined ? Math.ceil(hours / 24 / 31) : 0;
    const slots: Slot[] = [];
    let at = new Date(begin);
    while (at.getTime() < end && slots.length < 40) {
        const next = new Date(at);
        if (step === undefined) next.setDate(next.getDate() + days);
        else next.setTime(next.getTime() + step * HOUR);
        slots.push({ from: at.getTime(), to: Math.min(next.getTime(), Math.max(end, at.getTime() + HOUR)) });
        at = next;
    }
    return slots;
}

// Of a span that goes up to now: the end of today, so that the columns of a day stand still.
function endOf(span: Span): number {
    if (span.name === "custom") return Math.ceil(Date.now() / HOUR) * HOUR;
    return midnight(-1).getTime();
}

const day = (at: number): string => new Date(at).toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" });
const hour = (at: number): string => new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
const sameDay = (a: number, b: number): boolean => new Date(a).toDateString() === new Date(b).toDateString();

// "Mon 23 Nov, 06:00 to 12:00"; "Mon 23 Nov"
export function slotSays(slot: Slot): string {
    const whole = slot.to - slot.from >= 23 * HOUR;
    if (whole) return slot.to - slot.from <= 25 * HOUR ? day(slot.from) : `${day(slot.from)} to ${day(slot.to - 1)}`;
    return `${day(slot.from)}, ${hour(slot.from)} to ${hour(slot.to)}`;
}

// "14:00 to 15:00"; what is counted by the hour begins at half past where clocks are half an hour off.
export function hourOfDaySays(at: number): string {
    const minutes = two(((-new Date().getTimezoneOffset() % 60) + 60) % 60);
    return `${two(at)}:${minutes} to ${two((at + 1) % 24)}:${minutes}`;
}

// What stands above a column: the hour, or the day of the month where each is a day.
export function slotLabel(slot: Slot): string {
    return slot.to - slot.from >= 23 * HOUR ? String(new Date(slot.from).getDate()) : two(new Date(slot.from).getHours());
}

// The heading that a column begins: its day, or its month.
export function slotGroup(slot: Slot, before: Slot | undefined): string | undefined {
    const date = new Date(slot.from);
    if (slot.to - slot.from >= 23 * HOUR) {
        const begins = before === undefined || new Date(before.from).getMonth() !== date.getMonth();
        return begins ? date.toLocaleDateString(undefined, { month: "long" }) : undefined;
    }
    return before === undefined || !sameDay(slot.from, before.from)
        ? date.toLocaleDateString(undefined, { weekday: "short", day: "numeric" })
        : undefined;
}
