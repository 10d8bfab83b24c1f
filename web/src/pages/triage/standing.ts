// Where in the list somebody stands: the row that the keys have moved to, or the one that is open.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";

export interface Standing {
    current: string | undefined; // open, or stood at
    cursor: string | undefined; // stood at; stays when what was open is closed
    show: (id: string) => void;
    showToDecide: (id: string) => void;
    move: (by: number) => void;
    close: () => void;
    decide: boolean; // the form is open
    setDecide: (on: boolean) => void;
}

export function useStanding(ids: readonly string[], open: string | undefined, hrefOf: (id: string) => string, list: string): Standing {
    const [, navigate] = useLocation();
    const [cursor, setCursor] = useState<string>();
    const [decide, setDecide] = useState(false);
    const place = useRef(0); // of the current row, also when it has left the list
    const wantsDecision = useRef(false); // the next one that opens is opened to be decided
    const wantsFocus = useRef(false); // the keys move the focus with the row, so that Enter and Tab go on from there
    const current = open ?? cursor;
    const at = current === undefined ? -1 : ids.indexOf(current);
    if (at >= 0) place.current = at;

    // Before the next key: one that follows at once may open the form again.
    useLayoutEffect(() => {
        setDecide(wantsDecision.current);
        wantsDecision.current = false;
        if (open !== undefined) setCursor(open);
    }, [open]);
    useLayoutEffect(() => {
        if (wantsFocus.current) document.querySelector<HTMLElement>(".triage-row.current a")?.focus({ preventScroll: true });
        wantsFocus.current = false;
    }, [current, open]);

    const show = (id: string): void => navigate(hrefOf(id), { replace: open !== undefined });
    return {
        current,
        cursor,
        show,
        showToDecide: (id) => {
            wantsDecision.current = true;
            show(id);
        },
        move: (by) => {
            // The row after one that has left stands in its place.
            const from = at >= 0 ? at + by : current === undefined ? 0 : place.current + Math.min(by, 0);
            const id = ids[Math.max(0, Math.min(ids.length - 1, from))];
            if (id === undefined) return;
            wantsFocus.current = true;
            if (open !== undefined) show(id);
            else setCursor(id);
        },
        close: () => {
            wantsFocus.current = true;
            navigate(list);
        },
        decide,
        setDecide,
    };
}
