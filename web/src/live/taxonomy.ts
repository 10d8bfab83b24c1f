// What the mesh in force has to say about exceptions: their kinds, the causes that people may put them
// down to, and the teams that decide.
import { useMemo } from "preact/hooks";
import { api, ask } from "../api/client";
import { capital, plain } from "../words/words";
import { useQuery } from "./query";

export interface KindTerms {
    kind: string;
    title: string;
    queue: string;
    team?: string;
    recommended: string;
}
export interface Named {
    name: string;
    title: string;
}

export interface Taxonomy {
    kinds: KindTerms[];
    kindTitle: (kind: string) => string;
    causes: Named[]; // none: every word will do
    causeTitle: (cause: string) => string;
    teams: Named[]; // teams of people, and owners of the mesh that kinds name
    teamTitle: (team: string) => string;
    pools: Named[];
    poolTitle: (pool: string) => string;
    sourceTitle: (source: string) => string;
}

interface Contract {
    exceptions?: KindTerms[];
    causes?: { name: string; title?: string }[];
    teams?: { id: string; title?: string }[];
    pools?: { id: string; title?: string }[];
    sources?: { name: string; title?: string }[];
}

const named = (list: { id?: string; name?: string; title?: string }[] | undefined): Named[] =>
    (list ?? []).map((one) => {
        const name = one.id ?? one.name ?? "";
        return { name, title: one.title ?? capital(plain(name)) };
    });

const titles = (list: Named[]): ((name: string) => string) => {
    const byName = new Map(list.map((one) => [one.name, one.title]));
    return (name) => byName.get(name) ?? plain(name);
};

export function useTaxonomy(): Taxonomy {
    const contract = useQuery("routing-contract", () => ask(api.GET("/v1/routing-contract")), { about: ["release."] });
    return useMemo(() => {
        const said = (contract.data ?? {}) as unknown as Contract;
        const kinds = said.exceptions ?? [];
        const teams = named(said.teams);
        for (const kind of kinds)
            if (kind.team !== undefined && !teams.some((one) => one.name === kind.team)) teams.push({ name: kind.team, title: capital(plain(kind.team)) });
        const [causes, pools] = [named(said.causes), named(said.pools)];
        const kindTitles = new Map(kinds.map((one) => [one.kind, one.title]));
        return {
            kinds,
            kindTitle: (kind) => kindTitles.get(kind) ?? capital(plain(kind)),
            causes,
            causeTitle: titles(causes),
            teams,
            teamTitle: titles(teams),
            pools,
            poolTitle: titles(pools),
            sourceTitle: titles(named(said.sources)),
        };
    }, [contract.data]);
}
