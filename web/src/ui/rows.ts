// One selected row of a list, moved by j and k (or the arrows), opened by Enter.
import { useEffect, useState } from "preact/hooks";
import { useKeys } from "../keys";

export interface RowSelection {
    selected: number; // -1: none
    select: (index: number) => void;
}

// `what` names a row for the help: "lead".
export function useRows(count: number, what: string, open: (index: number) => void): RowSelection {
    const [selected, select] = useState(-1);
    useEffect(() => {
        if (selected >= count) select(count - 1);
    }, [count, selected]);
    const move = (by: number): void => select((now) => Math.max(0, Math.min(count - 1, now + by)));
    useKeys([
        { keys: "j", what: `Next ${what}`, run: () => move(1) },
        { keys: "k", what: `Previous ${what}`, run: () => move(-1) },
        { keys: "Enter", what: `Open the ${what}`, run: () => selected >= 0 && open(selected) },
    ]);
    useEffect(() => {
        document.querySelector('[data-row="' + String(selected) + '"]')?.scrollIntoView({ block: "nearest" });
    }, [selected]);
    return { selected, select };
}

// What a row's element needs.
export const rowAttributes = (selection: RowSelection, index: number) => ({
    "data-row": index,
    class: selection.selected === index ? "row selected" : "row",
    "aria-selected": selection.selected === index,
});
