// The names that the mesh in force has for people, pools, sources, teams and kinds of exceptions, as
// descriptions of events need them.
import { useMemo } from "preact/hooks";
import { useNames as useMeshNames } from "../live/mesh";
import { useTaxonomy } from "../live/taxonomy";
import type { Names } from "./told";

export function useNames(): Names {
    const mesh = useMeshNames();
    const taxonomy = useTaxonomy();
    return useMemo(
        () => ({
            rep: (id) => mesh.name("rep", id),
            pool: (id) => mesh.name("pool", id),
            source: (id) => mesh.name("source", id),
            team: taxonomy.teamTitle,
            kind: taxonomy.kindTitle,
            cause: taxonomy.causeTitle,
        }),
        [mesh, taxonomy],
    );
}
