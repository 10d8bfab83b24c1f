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
