// Names of reps by their ids, read once and again when a release or a rep changes.
import { useMemo } from "preact/hooks";
import { api, ask } from "../api/client";
import { useQuery } from "../live/query";
import type { Names } from "./told";

export function useNames(): Names {
    const reps = useQuery("reps-names", () => ask(api.GET("/v1/reps")), { about: ["release."] });
    return useMemo(() => {
        const byId = new Map((reps.data?.reps ?? []).map((one) => [one.id, one.name]));
        return { rep: (id: string) => byId.get(id) || id };
    }, [reps.data]);
}
