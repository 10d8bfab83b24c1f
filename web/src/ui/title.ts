// The title of the tab: what the page is about, so that it is found among many tabs and in the history.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

function setTitle(text: string): void {
    const title = text === "" ? "Meshline" : `${text} · Meshline`;
    if (document.title !== title) document.title = title;
}

// Undefined: somebody else says it.
export function useTitle(text: string | undefined): void {
    useEffect(() => {
        if (text !== undefined) setTitle(text);
    }, [text]);
}

// The words of a heading, without its badges; they may come later than the page, with what was read.
export function useTitleOf(): RefObject<HTMLHeadingElement> {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        const words = heading.current?.cloneNode(true) as HTMLElement | undefined;
        words?.querySelectorAll(".badge").forEach((badge) => badge.remove());
        setTitle((words?.textContent ?? "").trim().replace(/\s+/g, " "));
    });
    return heading;
}
