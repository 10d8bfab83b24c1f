// The keyboard: one listener, and a list of what is bound now, which `?` shows. "g t" is g, then t.
import { useLayoutEffect, useRef } from "preact/hooks";

interface KeyBinding {
    keys: string; // as in KeyboardEvent.key, several apart by a blank
    what: string; // for the help: "Next exception"
    run: (event: KeyboardEvent) => void;
}

const SEQUENCE_MS = 1200;
let bindings: KeyBinding[] = [];
let pressed: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

const isTyping = (target: EventTarget | null): boolean =>
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));

// In a dialog only its own keys count; the browser brings Escape there.
const isBehindDialog = (): boolean => document.querySelector("dialog[open]") !== null;

function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target) || isBehindDialog()) return;
    // What a focused link or button does with these is its own.
    if ((event.key === "Enter" || event.key === " ") && event.target instanceof Element && event.target.closest("a, button, summary"))
        return;
    clearTimeout(timer);
    pressed = [...pressed, event.key].slice(-2);
    timer = setTimeout(() => (pressed = []), SEQUENCE_MS);
    const found =
        bindings.findLast((one) => one.keys === pressed.join(" ")) ?? bindings.findLast((one) => one.keys === event.key);
    if (found === undefined) return;
    event.preventDefault();
    pressed = [];
    found.run(event);
}

export function startKeys(): void {
    document.addEventListener("keydown", onKey);
}

// Binds keys as long as the component is there, from the moment it can be seen: somebody may press the next
// key before the browser has drawn. Those bound last go first.
export function useKeys(own: KeyBinding[]): void {
    const newest = useRef(own);
    newest.current = own;
    const names = own.map((one) => one.keys + "=" + one.what).join("|");
    useLayoutEffect(() => {
        const mine = newest.current.map((one, index) => ({
            keys: one.keys,
            what: one.what,
            run: (event: KeyboardEvent) => newest.current[index]?.run(event),
        }));
        bindings = [...bindings, ...mine];
        return () => {
            bindings = bindings.filter((one) => !mine.includes(one));
        };
    }, [names]);
}

// What is bound now, without doubles.
export function boundKeys(): { keys: string; what: string }[] {
    const seen = new Map<string, string>();
    for (const one of bindings) seen.set(one.keys, one.what);
    return Array.from(seen, ([keys, what]) => ({ keys, what }));
}
