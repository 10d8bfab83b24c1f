// Times for people: relative in the page, exact on hover. All components tick together.
import { useEffect, useState } from "preact/hooks";

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

// Renders the component once a second.
export function useNow(): number {
    const [now, setNow] = useState(Date.now);
    useEffect(() => {
        const listener = (): void => setNow(Date.now());
        listeners.add(listener);
        timer ??= setInterval(() => listeners.forEach((one) => one()), 1000);
        return () => {
            listeners.delete(listener);
            if (listeners.size > 0) return;
            clearInterval(timer);
            timer = undefined;
        };
    }, []);
    return now;
}

const units: [string, number][] = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
];

// "4 min 12 s": the two largest units that there are; "0 s" for less than one.
export function duration(milliseconds: number): string {
    let left = Math.floor(Math.abs(milliseconds) / 1000);
    const parts: string[] = [];
    for (const [name, seconds] of units) {
        const count = Math.floor(left / seconds);
        left -= count * seconds;
        if (count > 0) parts.push(`${count} ${name}`);
        if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
    }
    return parts.join(" ") || "0 s";
}

// "4 min": the largest unit only.
export const roughly = (milliseconds: number): string => duration(milliseconds).split(" ").slice(0, 2).join(" ");

export const exact = (at: string | number): string =>
    new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });

// "3 min ago", "in 2 h"
export function relative(at: string | number, now: number): string {
    const away = new Date(at).getTime() - now;
    if (Math.abs(away) < 1000) return "now";
    return away < 0 ? `${roughly(away)} ago` : `in ${roughly(away)}`;
}

// A clock time of today, else with its date.
export function clock(at: string | undefined): string | undefined {
    if (at === undefined) return undefined;
    const date = new Date(at);
    const today = date.toDateString() === new Date().toDateString();
    return date.toLocaleString(undefined, {
        ...(today ? {} : { day: "numeric", month: "short" }),
        hour: "2-digit",
        minute: "2-digit",
    });
}

// How long something took: "< 1 ms", "4.2 ms", "310 ms", "3.1 s", then as a duration.
export function took(microseconds: number | undefined): string {
    if (microseconds === undefined) return "–";
    if (microseconds === 0) return "0 s";
    if (microseconds < 1000) return "< 1 ms";
    if (microseconds < 10_000) return `${(microseconds / 1000).toFixed(1)} ms`;
    if (microseconds < 1_000_000) return `${Math.round(microseconds / 1000)} ms`;
    if (microseconds < 10_000_000) return `${(microseconds / 1_000_000).toFixed(1)} s`;
    return duration(microseconds / 1000);
}

// "5m" as a mesh writes it: "5 min".
export function spanInWords(text: string): string {
    const names: Record<string, string> = { s: "s", m: "min", h: "h", d: "d", w: "weeks" };
    return text.replace(/(\d+)([smhdw])/g, (_, number: string, unit: string) => `${number} ${names[unit] ?? unit} `).trim();
}
