// How many exceptions there are by kind, and how many rows a filter finds.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import type { Board, Filter } from "./board";

export interface Counts {
    clusters: Schema<"ExceptionCluster">[];
    total: number; // rows of the list, read or not
    exactly: boolean; // else there are at least so many
}

export function useCounts(filter: Filter, board: Board): Counts {
    const state = filter.state === "resolved" || filter.cause !== undefined ? "resolved" : "open";
    const narrowed = {
        ...(filter.team === undefined ? {} : { team: filter.team }),
        ...(filter.claimed === undefined ? {} : { claimed: filter.claimed }),
    };
    const answer = useQuery(
        `exception-clusters:${state}:${JSON.stringify(narrowed)}`,
        () => ask(api.GET("/v1/exceptions/clusters", { params: { query: { state, ...narrowed } } })),
        { about: ["exception.", "lead.excepted"], atMost: 2000 },
    );
    const clusters = answer.data?.clusters ?? [];
    const told = clusters
        .filter((one) => filter.kind === undefined || one.kind === filter.kind)
        .filter((one) => filter.cause === undefined || one.cause === filter.cause)
        .filter((one) => filter.queue === undefined || one.queue === filter.queue)
        .reduce((sum, one) => sum + one.count, 0);
    // Clusters do not tell about which lead something is, nor how many of those in several queues are in one.
    const tellsAll = filter.lead === undefined && (filter.queue === undefined || clusters.every((one) => one.queue !== undefined));
    return {
        clusters,
        total: board.more ? Math.max(board.rows.length + 1, tellsAll ? told : 0) : board.rows.length,
        exactly: !board.more || tellsAll,
    };
}
