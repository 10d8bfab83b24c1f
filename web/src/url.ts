// The state of a list lives in the address: filters, what is selected. So every list can be linked.
import { useMemo } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";

export type Parameters = Record<string, string>;

// What stands behind the `?`, and a way to change it: undefined or "" takes a parameter out.
export function useParameters(): [Parameters, (change: Record<string, string | undefined>) => void] {
    const search = useSearch();
    const [path, navigate] = useLocation();
    const parameters = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
    const change = (changed: Record<string, string | undefined>): void => {
        navigate(path + query({ ...parameters, ...changed }), { replace: true });
    };
    return [parameters, change];
}

// "?a=b", or "" without any.
export function query(parameters: Record<string, string | number | boolean | undefined>): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters))
        if (value !== undefined && value !== "") search.set(name, String(value));
    const text = search.toString();
    return text === "" ? "" : "?" + text;
}

// Where an id leads: what events, timelines and reports name as L12, X45, A7, or by a name.
const pagesOfIds: Readonly<Record<string, string>> = {
    L: "/leads/",
    X: "/triage/",
    D: "/dead-letters/",
    M: "/deliveries/",
    I: "/incidents/",
};

// Undefined: it has no page of its own.
export function hrefOfId(id: string): string | undefined {
    if (/^[ASZ][1-9]\d*$/.test(id)) return `/alerts#${id}`;
    const [letter, rest] = [id.charAt(0), id.slice(1)];
    const page = pagesOfIds[letter];
    return page !== undefined && /^[1-9]\d*$/.test(rest) ? page + id : undefined;
}
