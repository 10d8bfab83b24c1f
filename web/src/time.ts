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
