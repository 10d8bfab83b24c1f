// What a component shows of the server: read when it appears, and again when something that it is
// about has changed. Answers are kept by key, so that going back shows at once what was there.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { session } from "../api/session";
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
const RETRY_MS = 4000;
const kept = new Map<string, unknown>();
session.listen(() => kept.clear()); // another person may see other things

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
    const reading = useRef<{ key: string }>(); // whose answer is waited for
    const again = useRef(false);
    const took = useRef(0);
    const loader = useRef(load);
    loader.current = load;
    if (state.current.key !== key)
        state.current = { key, data: key === null ? undefined : (kept.get(key) as T | undefined), problem: undefined };

    const refresh = useCallback((): void => {
        if (state.current.key !== key) return newest.current(); // whoever asks still holds an old one
        if (key === null) return;
        if (reading.current?.key === key) {
            again.current = true;
            return;
        }
        const [mine, began] = [{ key }, Date.now()];
        reading.current = mine;
        again.current = false;
        const finish = (data: T | undefined, problem: Problem | undefined): void => {
            if (reading.current !== mine) return; // another question has been asked meanwhile
            reading.current = undefined;
            took.current = Date.now() - began;
            if (data !== undefined) keep(key, data);
            if (state.current.key !== key) return; // or will be, behind the drawing that is under way
            state.current = { key, data: data ?? state.current.data, problem };
            show((count) => count + 1);
            if (again.current) refresh();
        };
        loader.current().then(
            (data) => finish(data, undefined),
            (error) => finish(undefined, asProblem(error)),
        );
    }, [key]);
    const newest = useRef(refresh);
    newest.current = refresh;

    useEffect(() => {
        refresh();
        return () => {
            reading.current = undefined;
        };
    }, [refresh]);
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
                // What takes the server long is not asked without a rest.
                Math.max(0, last + Math.max(atMost, 2 * took.current) - Date.now()),
            );
        });
        return () => {
            stop();
            clearTimeout(timer);
        };
    }, [refresh, about, atMost]);
    useEffect(() => {
        if (options.every === undefined) return undefined;
        const timer = setInterval(() => !document.hidden && refresh(), options.every);
        return () => clearInterval(timer);
    }, [refresh, options.every]);

    const { data, problem } = state.current;
    useEffect(() => {
        if (problem === undefined || (problem.status !== 0 && problem.status < 500)) return undefined;
        const timer = setTimeout(refresh, RETRY_MS); // a server that is busy tells of no change
        return () => clearTimeout(timer);
    }, [refresh, problem]);
    return { data, problem, loading: data === undefined && problem === undefined && key !== null, refresh };
}
