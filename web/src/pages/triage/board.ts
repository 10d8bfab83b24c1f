// The rows of the board: read page by page as they come into sight, read anew when exceptions have
// changed, and held still while somebody points at them.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { Query, Schema } from "../../api/types";
import { changes, concerns } from "../../live/changes";

export type Exception = Schema<"Exception">;
export type Filter = Pick<Query<"listExceptions">, "kind" | "queue" | "team" | "state" | "cause" | "claimed" | "lead">;

export interface Board {
    rows: Exception[];
    ids: string[];
    more: boolean; // there are rows that were not read yet
    left: ReadonlySet<string>; // ids of rows that are shown and no longer of the list
    news: number; // rows that wait to be shown
    problem: Problem | undefined;
    loading: boolean; // nothing has been read yet
    reach: (end: number) => void; // rows before this index are to be seen
    showAll: () => void; // what was held back
    refresh: () => Promise<void>; // reads anew, and shows it although the list is held
    put: (row: Exception) => void; // what an answer of ours says about one
}

const FIRST = 100; // rows of the first page, which is to come at once
const PAGE = 500;
const READ_MOST = 1000; // rows of one call
const PACE_MS = 2000; // between two readings because of changes, for each thousand rows

interface State {
    key: string;
    rows: Exception[];
    next: string | undefined;
    fresh: { rows: Exception[]; next: string | undefined } | undefined; // read while the list was held
    left: ReadonlySet<string>;
    problem: Problem | undefined;
    loaded: boolean;
}

const empty = (key: string): State => ({ key, rows: [], next: undefined, fresh: undefined, left: new Set(), problem: undefined, loaded: false });

const read = (filter: Filter, after: string | undefined, limit: number) =>
    ask(api.GET("/v1/exceptions", { params: { query: { ...filter, limit, ...(after === undefined ? {} : { after }) } } }));

// As many rows as are shown, in as few calls as that takes.
async function readAgain(filter: Filter, count: number): Promise<{ rows: Exception[]; next: string | undefined }> {
    const rows: Exception[] = [];
    let next: string | undefined;
    do {
        const page = await read(filter, next, Math.min(READ_MOST, Math.max(FIRST, count - rows.length)));
        rows.push(...page.exceptions);
        next = page.next;
    } while (next !== undefined && rows.length < count);
    return { rows, next };
}

// Shown rows as they are now, without moving any; and those that are not there any more.
function hold(state: State, fresh: Exception[], complete: boolean): Pick<State, "rows" | "left"> {
    const now = new Map(fresh.map((row) => [row.id, row]));
    const lastSeen = state.rows.findLastIndex((row) => now.has(row.id));
    const left = new Set<string>();
    // Behind the last one that was found again, rows may only have moved out of what was read.
    state.rows.forEach((row, index) => {
        if (!now.has(row.id) && (complete || index < lastSeen)) left.add(row.id);
    });
    return { rows: state.rows.map((row) => now.get(row.id) ?? row), left };
}

export function useBoard(filter: Filter, held: boolean): Board {
    const key = JSON.stringify(filter);
    const [, show] = useState(0);
    const state = useRef<State>(empty(key));
    if (state.current.key !== key) state.current = empty(key);
    const reading = useRef<Promise<void>>();
    const isHeld = useRef(held);
    isHeld.current = held;

    // Runs one reading after the other, and drops what came for another filter.
    const readOnce = useCallback(
        (work: (now: State) => Promise<Partial<State>>): Promise<void> => {
            const run = async (): Promise<void> => {
                if (state.current.key !== key) return;
                const changed = await work(state.current).catch((error): Partial<State> => ({ problem: asProblem(error) }));
                if (state.current.key !== key) return;
                state.current = { ...state.current, problem: undefined, ...changed };
                show((count) => count + 1);
            };
            const mine = (reading.current ?? Promise.resolve()).then(run);
            reading.current = mine;
            return mine;
        },
        [key],
    );

    const load = useCallback(
        () =>
            readOnce(async (now) => {
                if (now.loaded && now.next === undefined) return {};
                const page = await read(filter, now.next, now.loaded ? PAGE : FIRST);
                const known = new Set(now.rows.map((row) => row.id));
                return { rows: [...now.rows, ...page.exceptions.filter((row) => !known.has(row.id))], next: page.next, loaded: true };
            }),
        [key],
    );

    const again = useCallback(
        (force: boolean) =>
            readOnce(async (now) => {
                const fresh = await readAgain(filter, now.rows.length);
                if (force || !isHeld.current) return { ...fresh, fresh: undefined, left: new Set<string>(), loaded: true };
                return { ...hold(now, fresh.rows, fresh.next === undefined), fresh, loaded: true };
            }),
        [key],
    );

    useEffect(() => {
        void load();
        let timer: ReturnType<typeof setTimeout> | undefined;
        let last = 0;
        const stop = changes.listen((change) => {
            if (timer !== undefined || !concerns(change, ["exception.", "lead.excepted"])) return;
            const pace = PACE_MS * Math.max(1, Math.ceil(state.current.rows.length / READ_MOST));
            timer = setTimeout(
                () => {
                    timer = undefined;
                    last = Date.now();
                    void again(false);
                },
                Math.max(0, last + pace - Date.now()),
            );
        });
        return () => {
            stop();
            clearTimeout(timer);
        };
    }, [load, again]);

    const showAll = useCallback(() => {
        const fresh = state.current.fresh;
        if (fresh === undefined) return;
        state.current = { ...state.current, ...fresh, fresh: undefined, left: new Set() };
        show((count) => count + 1);
    }, []);
    useEffect(() => {
        if (!held) showAll();
    }, [held, showAll]);

    const asked = useRef(false);
    const now = state.current;
    const shownRows = useRef<{ rows: Exception[]; ids: string[] }>({ rows: [], ids: [] });
    if (shownRows.current.rows !== now.rows) {
        const ids = now.rows.map((row) => row.id);
        // The same rows in the same order are the same list: nothing is to be moved.
        const same = ids.length === shownRows.current.ids.length && ids.every((id, index) => id === shownRows.current.ids[index]);
        shownRows.current = { rows: now.rows, ids: same ? shownRows.current.ids : ids };
    }
    const shown = new Set(shownRows.current.ids);
    return {
        rows: now.rows,
        ids: shownRows.current.ids,
        more: now.next !== undefined,
        left: now.left,
        news: now.fresh === undefined ? 0 : now.fresh.rows.filter((row) => !shown.has(row.id)).length,
        problem: now.problem,
        loading: !now.loaded && now.problem === undefined,
        reach: (end) => {
            if (end < now.rows.length || now.next === undefined || asked.current) return;
            asked.current = true;
            void load().finally(() => (asked.current = false));
        },
        showAll,
        refresh: () => again(true),
        put: (row) => {
            state.current = { ...state.current, rows: state.current.rows.map((one) => (one.id === row.id ? { ...one, ...row } : one)) };
            show((count) => count + 1);
        },
    };
}
