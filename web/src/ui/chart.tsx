// Small charts without a library: a bar, a bar of parts with its legend.
// Each says in words or numbers what it shows.
import type { ComponentChildren } from "preact";
import { count, type Tone } from "./basics";

// How much of what there may be: load of capacity. `says` for those who do not see it.
export function Meter({ value, of, says, tone }: { value: number; of: number; says: string; tone?: Tone }) {
    const share = of > 0 ? Math.min(1, value / of) : value > 0 ? 1 : 0;
    const found = tone ?? (share >= 1 ? "bad" : share >= 0.85 ? "warning" : "good");
    return (
        <span class="meter" role="img" aria-label={says} title={says}>
            <i class={`meter-fill ${found}`} style={{ width: `${100 * share}%` }} />
        </span>
    );
}

// A number with a bar behind it, for columns that are compared at a glance.
export function BarCell({ value, most, children }: { value: number; most: number; children?: ComponentChildren }) {
    return (
        <span class="bar-cell">
            <i style={{ width: `${most > 0 ? (100 * value) / most : 0}%` }} />
            <b>{children ?? count(value)}</b>
        </span>
    );
}

interface Part {
    name: string;
    value: number;
    says: string; // "3 min 2 s"
}

// Parts of a whole, side by side. The colour is the place of the part in the list.
export function StackedBar({ parts, label }: { parts: Part[]; label: string }) {
    const whole = parts.reduce((sum, one) => sum + one.value, 0);
    const text = parts
        .filter((one) => one.value > 0)
        .map((one) => `${one.name} ${one.says}`)
        .join(", ");
    return (
        <div class="stack" role="img" aria-label={`${label}: ${text === "" ? "nothing" : text}`}>
            {parts.map(
                (one, index) =>
                    one.value > 0 && (
                        <i key={one.name} class={`chart-${index + 1}`} style={{ flexGrow: one.value / whole }} title={`${one.name}: ${one.says}`} />
                    ),
            )}
        </div>
    );
}

export function StackLegend({ names }: { names: string[] }) {
    return (
        <ul class="stack-legend small">
            {names.map((name, index) => (
                <li key={name}>
                    <i class={`chart-${index + 1}`} /> {name}
                </li>
            ))}
        </ul>
    );
}
