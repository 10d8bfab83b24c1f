// What a list of leads can be filtered by: the parameters of its address are those of the call.
import type { Query } from "../../api/types";
import type { Parameters } from "../../url";
import { objectiveWords, placeWords, stateWords } from "../../words/terms";

type LeadsQuery = Query<"listLeads">;
export type Options = readonly (readonly [string, string])[]; // value and what is read

export interface FilterRow {
    name: keyof LeadsQuery & string;
    label: string;
    often?: boolean; // always in sight
    options?: Options; // known beforehand; of the others the mesh knows some, and any text will do
    kind?: "date" | "text" | "flag";
}

const outcomes: Options = [
    ["met", "kept in time"],
    ["late", "missed"],
    ["late_met", "missed, reached since"],
    ["overdue", "overdue now"],
    ["running", "running"],
    ["void", "closed before it was due"],
];

export const filterRows: FilterRow[] = [
    { name: "place", label: "Where it is", often: true, options: Object.entries(placeWords) },
    { name: "class", label: "Class", often: true },
    { name: "rep", label: "Owner", often: true },
    { name: "outcome", label: "Promise turned out", often: true, options: outcomes },
    { name: "objective", label: "Promise of", options: Object.entries(objectiveWords) },
    { name: "late", label: "Promises", kind: "flag", options: [["true", "missed at least one"], ["false", "missed none"]] },
    { name: "open", label: "Open or closed", kind: "flag", options: [["true", "open"], ["false", "closed"]] },
    { name: "state", label: "State", options: Object.entries(stateWords) },
    { name: "source", label: "Source" },
    { name: "campaign", label: "Campaign", kind: "text" },
    { name: "partner", label: "Partner", kind: "text" },
    { name: "pool", label: "Pool" },
    { name: "route", label: "Route" },
    { name: "from", label: "Captured from", kind: "date" },
    { name: "to", label: "Captured before", kind: "date" },
    { name: "turned_from", label: "Turned out from", kind: "date" },
    { name: "turned_to", label: "Turned out before", kind: "date" },
];

export const sorts: Options = [
    ["", "Newest first"],
    ["oldest", "Oldest first"],
    ["due", "Most pressing"],
];

// The call's query of an address; what it does not know is left out.
export function leadsQuery(parameters: Parameters): LeadsQuery {
    const asked: Record<string, string | boolean | number> = {};
    for (const row of filterRows) {
        const value = parameters[row.name];
        if (value !== undefined && value !== "") asked[row.name] = row.kind === "flag" ? value === "true" : value;
    }
    for (const name of ["q", "sort", "email"] as const) {
        const value = parameters[name]?.trim();
        if (value !== undefined && value !== "") asked[name] = value;
    }
    return asked as LeadsQuery;
}

// How many filters narrow the list, apart from the search and the order.
export const filtersIn = (parameters: Parameters): FilterRow[] => filterRows.filter((row) => (parameters[row.name] ?? "") !== "");
