// What list and page of incidents share: which promise it is about, how long it lasted, what changed.
import type { Schema } from "../../api/types";
import { duration, relative, useNow } from "../../time";
import { Badge, When } from "../../ui/basics";
import { objectiveWords, term } from "../../words/terms";
import { share } from "../../words/told";

export type Incident = Schema<"Incident">;
export type Item = Exclude<Incident["items"], number>[number];

export const itemsOf = (incident: Incident): Item[] => (typeof incident.items === "number" ? [] : incident.items);

export const IncidentState = ({ incident }: { incident: Incident }) =>
    incident.state === "open" ? <Badge tone="bad">open</Badge> : <Badge>closed</Badge>;

// "First contact of class hot kept for 71 %, used to be 94 %"
export function promiseOf(incident: Incident): string | undefined {
    if (incident.objective === undefined) return undefined;
    const whose = incident.class === undefined ? "" : ` of class ${incident.class}`;
    const kept = incident.attained === undefined ? "" : ` kept for ${share(incident.attained)}`;
    const norm = incident.norm === undefined || incident.norm === 0 ? "" : `, used to be ${share(incident.norm)}`;
    return `${term(objectiveWords, incident.objective)}${whose}${kept}${norm}`;
}

export function Lasted({ incident }: { incident: Incident }) {
    const now = useNow();
    const end = incident.closed_at == null ? now : Date.parse(incident.closed_at);
    return <span class="nowrap">{duration(end - Date.parse(incident.opened_at))}</span>;
}

export const OpenedBy = ({ incident }: { incident: Incident }) => (
    <>
        <When at={incident.opened_at} /> {incident.opened_by === "" ? "by itself" : `by ${incident.opened_by}`}
    </>
);

// What others did since it was read, for somebody whose write was refused.
export function whatChanged(before: Incident, now: Incident): string {
    if (before.state === "open" && now.state === "closed")
        return `${now.closed_by || "Somebody"} closed it ${relative(now.closed_at ?? Date.now(), Date.now())}.`;
    const seen = before.timeline?.length ?? 0;
    const newest = (now.timeline ?? []).slice(seen).filter((one) => one.by !== "").at(-1);
    if (newest === undefined) return "It has changed since you read it.";
    return `${newest.by}, ${relative(newest.time, Date.now())}: ${newest.what}.`;
}
