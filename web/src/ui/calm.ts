// Rows that do not move under the mouse: while somebody is at a list, it keeps its order, what is new
// is counted, and what has left stays, marked, until the list is let go.
import { useRef, useState } from "preact/hooks";
import { usePointing, type Pointing } from "./pointer";

export interface CalmRows<T> {
    rows: T[] | undefined;
    left: ReadonlySet<string>; // ids of rows that are no longer of the list
    news: number; // rows that wait to be shown
    underPointer: boolean; // until the pointer leaves, that is
    showAll: () => void;
    hold: Pointing["on"]; // for the list's element
}

// `question` says what is listed: another one is shown at once. `busy`: hold also without the pointer.
export function useCalmRows<T>(fresh: T[] | undefined, idOf: (row: T) => string, question: string, busy = false): CalmRows<T> {
    const { inside, release, on: hold } = usePointing();
    const [, show] = useState(0);
    const kept = useRef<{ question: string; rows: T[] }>();
    if (fresh !== undefined && (kept.current?.question !== question || !(inside || busy))) kept.current = { question, rows: fresh };
    const showAll = (): void => {
        kept.current = undefined;
        release();
        show((count) => count + 1);
    };
    if (fresh === undefined || kept.current === undefined || kept.current.question !== question)
        return { rows: fresh, left: new Set(), news: 0, underPointer: inside, showAll, hold };
    const newest = new Map(fresh.map((row) => [idOf(row), row]));
    const rows = kept.current.rows.map((row) => newest.get(idOf(row)) ?? row);
    kept.current.rows = rows;
    const shown = new Set(rows.map(idOf));
    return {
        rows,
        left: new Set([...shown].filter((id) => !newest.has(id))),
        news: fresh.filter((row) => !shown.has(idOf(row))).length,
        underPointer: inside && !busy,
        showAll,
        hold,
    };
}
