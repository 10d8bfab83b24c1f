// Short confirmations at the edge of the page, read out by screen readers.
import { useEffect, useState } from "preact/hooks";

interface Toast {
    id: number;
    text: string;
    tone: "good" | "bad";
}

const SHOWN_MS = 5000;
let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(to: Toast[]): void {
    toasts = to;
    for (const listener of listeners) listener();
}

export function toast(text: string, tone: "good" | "bad" = "good"): void {
    const id = next++;
    change([...toasts, { id, text, tone }]);
    setTimeout(() => change(toasts.filter((one) => one.id !== id)), SHOWN_MS);
}

export function Toasts() {
    const [, show] = useState(0);
    useEffect(() => {
        const listener = (): void => show((count) => count + 1);
        listeners.add(listener);
        return () => void listeners.delete(listener);
    }, []);
    return (
        <div class="toasts" role="status" aria-live="polite">
            {toasts.map((one) => (
                <p key={one.id} class={`toast ${one.tone}`}>
                    {one.text}
                </p>
            ))}
        </div>
    );
}
