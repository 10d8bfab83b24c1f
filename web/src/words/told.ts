// What an event is told with: reading its data, and small turns of phrase.
import { percent, type Tone } from "../ui/basics";

export interface Told {
    title: string; // one short sentence without a full stop
    detail?: string; // what else it says that matters
    tone?: Tone; // only where something is good or bad
}

// The mesh's names for people, where they are known; without them ids are shown.
export interface EventNames {
    rep: (id: string) => string;
    pool?: (id: string) => string;
    source?: (id: string) => string;
    team?: (id: string) => string;
    kind?: (kind: string) => string; // of an exception
    cause?: (cause: string) => string;
    destination?: (name: string) => string;
}

export type Data = Readonly<Record<string, unknown>>;
export type Teller = (data: Data, names: EventNames) => Told;

export const text = (data: Data, name: string): string | undefined => {
    const value = data[name];
    return typeof value === "string" && value !== "" ? value : undefined;
};
export const number = (data: Data, name: string): number | undefined => {
    const value = data[name];
    return typeof value === "number" ? value : undefined;
};
export const inside = (data: Data, name: string): Data | undefined => {
    const value = data[name];
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Data) : undefined;
};
export const list = (data: Data, name: string): unknown[] => {
    const value = data[name];
    return Array.isArray(value) ? (value as unknown[]) : [];
};

// The name of what a member of the data says, "?" when it says nothing.
export function nameOf(data: Data, member: string, name?: (id: string) => string): string {
    const id = text(data, member);
    return id === undefined ? "?" : (name?.(id) ?? id);
}

// Parts of a detail, those that there are.
export const join = (...parts: (string | false | undefined)[]): string | undefined =>
    parts.filter((part) => part !== undefined && part !== false && part !== "").join(" · ") || undefined;

// A telling; members without a value are left out.
export function told(title: string, detail?: string, tone?: Tone): Told {
    return { title, ...(detail !== undefined && { detail }), ...(tone !== undefined && { tone }) };
}

export const quoted = (said: string | undefined): string | undefined => (said === undefined ? undefined : `“${said}”`);

// Hundredths of a percent.
export const share = (hundredths: number): string => percent(hundredths / 10_000, hundredths % 100 === 0 ? 0 : 1);
