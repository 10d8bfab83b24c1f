// What there is, by queue and kind, and the filters of the board. Each is a link.
import { Link } from "wouter-preact";
import type { Schema } from "../../api/types";
import type { Taxonomy } from "../../live/taxonomy";
import { count, Countdown } from "../../ui/basics";
import { SelectField } from "../../ui/select";
import { query, type Parameters } from "../../url";
import { plain } from "../../words/words";
import type { Filter } from "./board";

type Cluster = Schema<"ExceptionCluster">;

// The parameters of the page that filter the list.
const filterNames = ["kind", "queue", "team", "claimed", "lead", "state", "cause"] as const;

export function filterOf(parameters: Parameters): Filter {
    const filter: Record<string, string> = {};
    for (const name of filterNames) if (parameters[name] !== undefined) filter[name] = parameters[name];
    return filter as Filter;
}

function Chip({ href, on, title, children, due }: { href: string; on: boolean; title: string; children: number; due?: string | null | undefined }) {
    return (
        <Link href={href} class={on ? "chip on" : "chip"} aria-current={on ? "true" : undefined}>
            <span class="chip-count">{count(children)}</span>
            <span>
                {title}
                {due !== undefined && due !== null && (
                    <span class="chip-due small">
                        <Countdown due={due} soon={3_600_000} />
                    </span>
                )}
            </span>
        </Link>
    );
}

// Clusters by the queue that they are in, the queue with the nearest deadline first; undefined: those whose
// exceptions are in several, as after a release that moved their kind.
function byQueue(clusters: Cluster[]): [string | undefined, Cluster[]][] {
    const queues = new Map<string | undefined, Cluster[]>();
    const soonest = [...clusters].sort((a, b) => ((a.next_due_at ?? "~") < (b.next_due_at ?? "~") ? -1 : 1));
    for (const cluster of soonest) queues.set(cluster.queue, [...(queues.get(cluster.queue) ?? []), cluster]);
    return [...queues];
}

function byKind(clusters: Cluster[]): [string, Cluster[]][] {
    const kinds = new Map<string, Cluster[]>();
    for (const cluster of clusters) kinds.set(cluster.kind, [...(kinds.get(cluster.kind) ?? []), cluster]);
    return [...kinds];
}

// What ended by itself has no cause to be found by.
function CauseChip({ cluster, to, parameters, taxonomy }: { cluster: Cluster; to: (change: Parameters) => string; parameters: Parameters; taxonomy: Taxonomy }) {
    const { kind, cause } = cluster;
    if (cause === undefined || cause === "") return null;
    return (
        <Chip href={to({ kind, cause })} on={parameters.kind === kind && parameters.cause === cause} title={taxonomy.causeTitle(cause)}>
            {cluster.count}
        </Chip>
    );
}

function QueueLink({ queue, on, href }: { queue: string | undefined; on: boolean; href: string }) {
    if (queue === undefined || queue === "") return <span class="chip-queue small soft">{queue === "" ? "no queue" : "several queues"}</span>;
    return (
        <Link class="chip-queue small soft" href={href} aria-current={on ? "true" : undefined}>
            {plain(queue)}
        </Link>
    );
}

export function Clusters({ clusters, parameters, taxonomy }: { clusters: Cluster[]; parameters: Parameters; taxonomy: Taxonomy }) {
    const resolved = parameters.state === "resolved";
    const total = clusters.reduce((sum, one) => sum + one.count, 0);
    const to = (change: Parameters): string => "/triage" + query({ ...parameters, kind: "", queue: "", cause: "", ...change });
    const all = parameters.kind === undefined && parameters.queue === undefined && parameters.cause === undefined;
    return (
        <nav class="chips" aria-label="Exceptions by queue and kind">
            <div class="chip-group">
                <span class="chip-queue small soft">{resolved ? "Resolved" : "Open"}</span>
                <Chip href={to({})} on={all} title="All">
                    {total}
                </Chip>
            </div>
            {resolved
                ? byKind(clusters).map(([kind, causes]) => (
                      <div class="chip-group" key={kind}>
                          <span class="chip-queue small soft">{taxonomy.kindTitle(kind)}</span>
                          <Chip href={to({ kind })} on={parameters.kind === kind && parameters.cause === undefined} title="all">
                              {causes.reduce((sum, one) => sum + one.count, 0)}
                          </Chip>
                          {causes.map((one) => (
                              <CauseChip key={one.cause} cluster={one} to={to} parameters={parameters} taxonomy={taxonomy} />
                          ))}
                      </div>
                  ))
                : byQueue(clusters).map(([queue, kinds]) => (
                      <div class="chip-group" key={queue}>
                          <QueueLink queue={queue} on={parameters.queue === queue} href={to({ queue: queue ?? "" })} />
                          {kinds.map((one) => (
                              <Chip key={one.kind} href={to({ kind: one.kind })} on={parameters.kind === one.kind} title={taxonomy.kindTitle(one.kind)} due={one.next_due_at}>
                                  {one.count}
                              </Chip>
                          ))}
                      </div>
                  ))}
        </nav>
    );
}

export function Filters({
    parameters,
    taxonomy,
    me,
    change,
}: {
    parameters: Parameters;
    taxonomy: Taxonomy;
    me: string;
    change: (change: Record<string, string | undefined>) => void;
}) {
    return (
        <div class="filters triage-filters">
            <SelectField
                label="State"
                value={parameters.state ?? "open"}
                options={[
                    ["open", "Open"],
                    ["resolved", "Resolved"],
                ]}
                onChange={(state) => change({ state: state === "open" ? "" : state, cause: "", kind: "", queue: "" })}
            />
            <SelectField
                label="Team"
                value={parameters.team ?? ""}
                options={[["", "Any"], ...taxonomy.teams.map((one) => [one.name, one.title] as const)]}
                onChange={(team) => change({ team })}
            />
            <SelectField
                label="Claims"
                value={parameters.claimed ?? ""}
                options={[["", "Any"], ["nobody", "Unclaimed"], ...(me === "" ? [] : [[me, "Mine"] as const])]}
                onChange={(claimed) => change({ claimed })}
            />
            {parameters.lead !== undefined && (
                <button type="button" class="chip on" onClick={() => change({ lead: "" })}>
                    Lead {parameters.lead} <span aria-hidden="true">✕</span>
                    <span class="sr-only">: show all leads</span>
                </button>
            )}
        </div>
    );
}
