// What a component shows of the server: read when it appears, and again when something that it is
// about has changed. Answers are kept by key, so that going back shows at once what was there.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { changes, concerns } from "./changes";

export interface QueryState<T> {
    data: T | undefined; // the newest that was read, also while it is read anew
    problem: Problem | undefined; // of the newest attempt
    loading: boolean; // there is nothing to show yet
    refresh: () => void;
}

export interface QueryOptions {
    about?: readonly string[]; // event types by their beginning, or subjects; none: only when asked
    every?: number; // ms: also as time passes
    atMost?: number; // ms between two readings because of changes; 1000 unless said
}

const KEPT = 60;
const kept = new Map<string, unknown>();

function keep(key: string, data: unknown): void {
    kept.delete(key);
    kept.set(key, data);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
}

// `key` says what is read; another key is another question. `null`: nothing is to be read.
export function useQuery<T>(key: string | null, load: () => Promise<T>, options: QueryOptions = {}): QueryState<T> {
    const [, show] = useState(0);
    const state = useRef<{ key: string | null; data: T | undefined; problem: Problem | undefined }>({
        key: null,
        data: undefined,
        problem: undefined,
    });
    const reading = useRef(false);
    const again = useRef(false);
    const loader = useRef(load);
    loader.current = load;
    if (state.current.key !== key)
        state.current = { key, data: key === null ? undefined : (kept.get(key) as T | undefined), problem: undefined };

    const refresh = useCallback(() => {
        if (key === null) return;
        if (reading.current) {
            again.current = true;
            return;
        }
        reading.current = true;
        const finish = (data: T | undefined, problem: Problem | undefined): void => {
            reading.current = false;
            if (state.current.key === key) {
                if (data !== undefined) keep(key, data);
                state.current = { key, data: data ?? state.current.data, problem };
                show((count) => count + 1);
            }
            if (again.current) {
                again.current = false;
                refreshNow.current();
            }
        };
        loader.current().then(
            (data) => finish(data, undefined),
            (error) => finish(undefined, asProblem(error)),
        );
    }, [key]);
    const refreshNow = useRef(refresh);
    refreshNow.current = refresh;

    useEffect(refresh, [refresh]);
    const about = (options.about ?? []).join(" ");
    const atMost = options.atMost ?? 1000;
    useEffect(() => {
        let timer: ReturnType<typeof setTimeout> | undefined;
        let last = 0;
        const stop = changes.listen((change) => {
            if (timer !== undefined || about === "" || !concerns(change, about.split(" "))) return;
            timer = setTimeout(
                () => {
                    timer = undefined;
                    last = Date.now();
                    refresh();
                },
                Math.max(0, last + atMost - Date.now()),
            );
        });
        return () => {
            stop();
            clearTimeout(timer);
        };
    }, [refresh, about, atMost]);
    useEffect(() => {
        if (options.every === undefined) return undefined;
        const timer = setInterval(refresh, options.every);
        return () => clearInterval(timer);
    }, [refresh, options.every]);

    const { data, problem } = state.current;
    return { data, problem, loading: data === undefined && problem === undefined && key !== null, refresh };
}
