// The sources by name, for pages that show them.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import { ABOUT } from "../dead-letters/words";

export type Source = Schema<"Source">;
export type Version = Source["versions"][number];

export function useSources() {
    const sources = useQuery("sources", () => ask(api.GET("/v1/sources")), { about: [...ABOUT, "source.", "release."], atMost: 2000 });
    const all = sources.data?.sources ?? [];
    const nameOf = (id: string): string => all.find((one) => one.id === id)?.title ?? id;
    return { sources, nameOf, ids: all.map((one) => one.id) };
}

export interface Counts {
    accepted: number;
    refused: number;
}

export const sumOf = (versions: readonly Version[]): Counts =>
    versions.reduce((sum, one) => ({ accepted: sum.accepted + one.accepted, refused: sum.refused + one.refused }), { accepted: 0, refused: 0 });

// Of all that came, the share that broke the contract; undefined where nothing came.
export function violationRate({ accepted, refused }: Counts): number | undefined {
    return accepted + refused === 0 ? undefined : refused / (accepted + refused);
}
