// The names that the mesh in force has for people, pools, sources, teams, destinations and kinds of
// exceptions, as descriptions of events need them.
import { useMemo } from "preact/hooks";
import { api, ask } from "../api/client";
import { useNames } from "../live/mesh";
import { useQuery } from "../live/query";
import { useTaxonomy } from "../live/taxonomy";
import type { EventNames } from "./told";

export function useEventNames(): Required<EventNames> {
    const mesh = useNames();
    const taxonomy = useTaxonomy();
    const destinations = useQuery("destination-names", () => ask(api.GET("/v1/destinations")), { about: ["release."] });
    return useMemo(
        () => ({
            rep: (id) => mesh.name("rep", id),
            pool: (id) => mesh.name("pool", id),
            source: (id) => mesh.name("source", id),
            team: taxonomy.teamTitle,
            kind: taxonomy.kindTitle,
            cause: taxonomy.causeTitle,
            destination: (name) => destinations.data?.destinations.find((one) => one.name === name)?.title ?? name,
        }),
        [mesh, taxonomy, destinations.data],
    );
}
