// How many exceptions there are by kind, and how many rows a filter finds.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import type { Taxonomy } from "../../live/taxonomy";
import type { Board, Filter } from "./board";

export interface Counts {
    clusters: Schema<"ExceptionCluster">[];
    total: number; // rows of the list, read or not
    exactly: boolean; // else there are at least so many
}

export function useCounts(filter: Filter, board: Board, taxonomy: Taxonomy): Counts {
    const state = filter.state === "resolved" || filter.cause !== undefined ? "resolved" : "open";
    const team = filter.team === undefined ? {} : { team: filter.team };
    const answer = useQuery(
        `exception-clusters:${state}:${filter.team ?? ""}`,
        () => ask(api.GET("/v1/exceptions/clusters", { params: { query: { state, ...team } } })),
        { about: ["exception.", "lead.excepted"], atMost: 2000 },
    );
    const clusters = answer.data?.clusters ?? [];
    const queueOf = (kind: string): string | undefined => taxonomy.kinds.find((one) => one.kind === kind)?.queue;
    const told = clusters
        .filter((one) => filter.kind === undefined || one.kind === filter.kind)
        .filter((one) => filter.cause === undefined || one.cause === filter.cause)
        .filter((one) => filter.queue === undefined || queueOf(one.kind) === filter.queue)
        .reduce((sum, one) => sum + one.count, 0);
    // Clusters do not tell who has claimed something, nor about which lead it is.
    const tellsAll = filter.claimed_by === undefined && filter.lead === undefined;
    return {
        clusters,
        total: board.more ? Math.max(board.rows.length + 1, tellsAll ? told : 0) : board.rows.length,
        exactly: !board.more || tellsAll,
    };
}
