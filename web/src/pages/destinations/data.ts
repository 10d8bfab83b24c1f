// Destinations and deliveries, as the pages ask for them.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useLeadPath } from "../../live/lead-path";
import { useQuery } from "../../live/query";
import type { Parameters } from "../../url";

export type Destination = Schema<"Destination">;
export type Delivery = Schema<"Delivery">;
export type Attempt = Schema<"DeliveryAttempt">;
export type DeliveryCluster = Schema<"DeliveryCluster">;
export type DeliveryState = Schema<"DeliveryState">;
type DeliveryPurpose = Schema<"DeliveryPurpose">;

export const ABOUT = ["delivery.", "destination.", "release."];

export function useDestinations() {
    const destinations = useQuery("destinations", () => ask(api.GET("/v1/destinations")), { about: [...ABOUT, "lead."], atMost: 2000, every: 15_000 });
    const all = destinations.data?.destinations ?? [];
    const titleOf = (name: string): string => all.find((one) => one.name === name)?.title ?? name;
    return { destinations, titleOf };
}

export const useDestination = (name: string) =>
    useQuery(`destination ${name}`, () => ask(api.GET("/v1/destinations/{name}", { params: { path: { name } } })), {
        about: [...ABOUT, "lead.", name],
        atMost: 2000,
        every: 15_000,
    });

// What was to be sent to each in the last hour; undefined where that cannot be said.
export function useLastHour(): Map<string, number> | undefined {
    const path = useLeadPath(60, { every: 15_000 });
    if (path.data === undefined) return undefined;
    const sent = path.data.nodes.filter((node) => node.kind === "destination" || node.kind === "provider");
    return new Map(sent.map((node) => [node.name, node.count]));
}

export const PAGE = 50;

export interface DeliveryFilter {
    destination?: string;
    state?: DeliveryState;
    purpose?: DeliveryPurpose;
    reason?: string;
    lead?: string;
}

export const filterNames = ["destination", "state", "purpose", "reason", "lead"] as const;

// What the address of a page selects, of one destination or of those that it names.
export function filterOf(destination: string | undefined, parameters: Parameters): DeliveryFilter {
    const { state, purpose, reason, lead } = parameters;
    return {
        ...(destination === undefined ? {} : { destination }),
        ...(state === undefined ? {} : { state: state as DeliveryState }),
        ...(purpose === undefined ? {} : { purpose: purpose as DeliveryPurpose }),
        ...(reason === undefined ? {} : { reason }),
        ...(lead === undefined ? {} : { lead }),
    };
}

export function useDeliveries(filter: DeliveryFilter, before: string | undefined) {
    const asked = { ...filter, limit: PAGE, ...(before === undefined ? {} : { before }) };
    const key = `deliveries ${JSON.stringify(asked)}`;
    const deliveries = useQuery(key, () => ask(api.GET("/v1/deliveries", { params: { query: asked } })), { about: [...ABOUT, "lead."], atMost: 2000 });
    return { key, deliveries };
}
