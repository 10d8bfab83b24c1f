// What the mesh in force calls things: classes in their order with what they promise, and the names
// for people of sources, pools and reps. Read once, and again when a release is activated.
import { useMemo } from "preact/hooks";
import { api, ask } from "../api/client";
import type { Answer, Schema } from "../api/types";
import { capital, plain } from "../words/words";
import { useQuery } from "./query";

export type ObjectiveName = Schema<"Objective">;

// The members of the routing contract that pages read (spec/routing-contract.schema.json has them all).
export interface Contract {
    version: string;
    activated_at?: string;
    mesh: string;
    pipeline: string;
    owner: { name: string; role?: string; email?: string };
    sources: { name: string; title?: string }[];
    classes: ClassTerms[];
    routes: RouteTerms[];
    pools: { id: string; title?: string }[];
    teams?: { id: string; title?: string }[];
    exceptions?: { kind: string; title: string }[];
}

export interface ClassTerms {
    name: string;
    objectives?: Partial<Record<ObjectiveName, string>>; // "5m"
    business?: ObjectiveName[]; // those that run in working hours only
}

export interface RouteTerms {
    name: string;
    group?: string;
    when?: string;
    percent?: number;
    to: {
        pool?: string;
        rep?: string;
        rep_expression?: string;
        exception?: string;
        nurture?: string;
        team?: string;
        within?: string;
        after?: string;
    };
}

export type Rep = Schema<"Rep">;
export type Kind = "class" | "campaign" | "source" | "partner" | "pool" | "rep"; // by which promises are counted
export type NamedKind = Kind | "team" | "exception";

export interface Names {
    contract: Contract | undefined;
    reps: ReadonlyMap<string, Rep>;
    name: (kind: NamedKind, id: string) => string; // "" is nothing: "no campaign"
    classes: string[]; // most urgent first
}

const none: Record<NamedKind, string> = {
    class: "no class",
    campaign: "no campaign",
    source: "no source",
    partner: "no partner",
    pool: "no pool",
    rep: "nobody",
    team: "no team",
    exception: "no exception",
};

export function useNames(): Names {
    const contract = useQuery("routing-contract", () => ask(api.GET("/v1/routing-contract")), { about: ["release."] });
    const reps = useQuery<Answer<"/v1/reps">>("reps", () => ask(api.GET("/v1/reps")), { about: ["release."] });
    return useMemo(() => {
        const terms = contract.data as unknown as Contract | undefined;
        const people = new Map((reps.data?.reps ?? []).map((one) => [one.id, one]));
        const titles: Partial<Record<NamedKind, Map<string, string>>> = {
            source: new Map((terms?.sources ?? []).map((one) => [one.name, one.title ?? one.name])),
            pool: new Map((terms?.pools ?? []).map((one) => [one.id, one.title ?? one.id])),
            team: new Map((terms?.teams ?? []).map((one) => [one.id, one.title ?? capital(plain(one.id))])),
            exception: new Map((terms?.exceptions ?? []).map((one) => [one.kind, one.title])),
            rep: new Map(Array.from(people, ([id, one]) => [id, one.name])),
        };
        return {
            contract: terms,
            reps: people,
            name: (kind, id) => (id === "" ? none[kind] : (titles[kind]?.get(id) ?? id)),
            classes: (terms?.classes ?? []).map((one) => one.name),
        };
    }, [contract.data, reps.data]);
}
