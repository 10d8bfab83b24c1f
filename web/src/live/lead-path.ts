// The lead path of the newest minutes. Drawing it takes the server long where there are many leads, so
// everybody who asks shares what was drawn a moment ago, and a page does not insist on the newest event:
// it asks again after a while when its picture does not show it yet.
import { useEffect, useRef } from "preact/hooks";
import { api, ask } from "../api/client";
import type { Schema } from "../api/types";
import { changes, concerns } from "./changes";
import { useQuery, type QueryState } from "./query";

const AT_MOST_MS = 4000;

// `about`: what changes it, and `every`, as for useQuery.
export function useLeadPath(minutes: number, { about, every }: { about?: readonly string[]; every: number }): QueryState<Schema<"LeadPath">> {
    const read = useQuery(
        `lead path ${minutes}`,
        () => ask(api.GET("/v1/lead-path", { params: { query: { minutes }, header: { "Min-Seq": 0 } } })),
        { ...(about === undefined ? {} : { about }), atMost: AT_MOST_MS, every },
    );
    const told = useRef(0); // the newest event that it is to show
    const names = (about ?? []).join(" ");
    useEffect(
        () =>
            changes.listen((change) => {
                if (names !== "" && concerns(change, names.split(" "))) told.current = change.seq;
            }),
        [names],
    );
    const { data, refresh } = read;
    useEffect(() => {
        if (data === undefined || data.seq >= told.current) return undefined;
        const timer = setTimeout(refresh, AT_MOST_MS);
        return () => clearTimeout(timer);
    }, [data, refresh]);
    return read;
}
