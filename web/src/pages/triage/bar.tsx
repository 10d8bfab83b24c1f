// Above the rows: how many, what is selected, what is new, and deciding what is selected.
import { Button, count } from "../../ui/basics";
import type { Board } from "./board";
import type { Marks } from "./marks";

interface ListBarProps {
    board: Board;
    marks: Marks;
    marked: number;
    total: number;
    exactly: boolean;
    resolved: boolean;
    filtered: boolean; // only what a filter finds can be selected as a whole
    onResolve: () => void;
}

export function ListBar({ board, marks, marked, total, exactly, resolved, filtered, onResolve }: ListBarProps) {
    const selectAll = filtered ? "Select all of this cluster" : "Choose a kind or queue to select all of it";
    return (
        <div class="triage-bar">
            {!resolved && (
                <label class="triage-mark">
                    <input
                        type="checkbox"
                        checked={marks.all}
                        disabled={!filtered || total === 0}
                        onChange={(event) => marks.markAll(event.currentTarget.checked)}
                        aria-label={selectAll}
                        title={selectAll}
                    />
                </label>
            )}
            <span class="small soft">
                {marked > 0 ? `${count(marked)} selected` : `${count(total)}${exactly ? "" : "+"} ${resolved ? "resolved" : "open"}`}
            </span>
            <span class="triage-bar-end">
                {board.news > 0 && (
                    <Button look="quiet" onClick={board.showAll}>
                        {count(board.news)} new: show
                    </Button>
                )}
                {marked > 0 && (
                    <>
                        <Button look="quiet" onClick={marks.clear}>
                            Clear
                        </Button>
                        <Button onClick={onResolve} keys="R">
                            Resolve {count(marked)}…
                        </Button>
                    </>
                )}
            </span>
        </div>
    );
}
