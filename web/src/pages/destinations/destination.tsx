// One destination: whether it takes what is due, why not, what waits, and sending it again.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { took } from "../../time";
import { Button, count, Facts, Figure, Loaded, Page, Section, TableFrame, When } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { ReasonDialog } from "../../ui/reason";
import { query, useParameters } from "../../url";
import { Reconciliation } from "./compare";
import { ABOUT, filterOf, useDestination, type DeliveryCluster, type DeliveryFilter, type Destination } from "./data";
import { DeliveryList } from "./deliveries";
import { SendAgainDialog, type SendAim } from "./send-again";
import { Age, changeInWords, DeliveryBadge, eventsInWords, failureInWords, kindInWords, StatusBadge, statusOf, TriesAgain } from "./words";

function Standing({ one }: { one: Destination }) {
    const status = statusOf(one);
    return (
        <Section title="How it fares">
            <p>
                <strong class={status.tone}>{status.says(one)}</strong>{" "}
                {one.breaker === "open" && (
                    <>
                        It <TriesAgain one={one} />.
                    </>
                )}
            </p>
            {one.change !== undefined && (
                <p>
                    {changeInWords(one.change)}{" "}
                    <span class="soft small">
                        <When at={one.change.at} />
                    </span>
                </p>
            )}
            {one.last_failure !== undefined && (
                <p>
                    Newest failure: {failureInWords(one.last_failure)}{" "}
                    <span class="soft small">
                        <When at={one.last_failure_at} />
                    </span>
                </p>
            )}
        </Section>
    );
}

function Numbers({ one }: { one: Destination }) {
    const at = (state: string): string => `/destinations/${one.name}` + query({ state }) + "#deliveries";
    const { pending, delivered, failed } = one.deliveries;
    return (
        <div class="figures">
            <Figure
                label="Pending"
                value={count(pending)}
                href={at("pending")}
                note={
                    pending === 0 ? (
                        "nothing waits"
                    ) : (
                        <>
                            the oldest waits <Age since={one.oldest_pending_at} />
                        </>
                    )
                }
            />
            <Figure
                label="Failed for good"
                value={count(failed)}
                href={at("failed")}
                note={failed === 0 ? "none" : "wait for a person"}
                {...(failed > 0 ? { tone: "bad" as const } : {})}
            />
            <Figure
                label={one.provider ? "Answered" : "Delivered"}
                value={count(delivered)}
                href={at("delivered")}
                note={`${count(one.attempts_today ?? 0)} attempts today`}
            />
            <Figure
                label="Typical time"
                value={took(one.latency?.p50_us)}
                note={one.latency === undefined ? "nothing arrived yet" : `slowest of 100: ${took(one.latency.p99_us)}`}
            />
        </div>
    );
}

function Reasons({ name, onSend }: { name: string; onSend: (aim: SendAim) => void }) {
    const clusters = useQuery(
        `delivery clusters ${name}`,
        () => ask(api.GET("/v1/deliveries/clusters", { params: { query: { destination: name } } })),
        { about: ABOUT, atMost: 2000 },
    );
    const listOf = (one: DeliveryCluster): string =>
        `/destinations/${name}` + query({ state: one.state, reason: one.reason }) + "#deliveries";
    const idOf = (one: DeliveryCluster): string => `${one.state} ${one.reason}`;
    const calm = useCalmRows(clusters.data?.clusters, idOf, name);
    if (calm.rows === undefined || calm.rows.length === 0) return null;
    return (
        <Section title="Why something has not arrived">
            <TableFrame label="Reasons">
                <table class="stacking" {...calm.hold}>
                    <thead>
                        <tr>
                            <th>Reason</th>
                            <th>State</th>
                            <th class="number">Deliveries</th>
                            <th>Oldest</th>
                            <th>Newest</th>
                            <th>
                                <span class="sr-only">What to do</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {calm.rows.map((one) => (
                            <tr key={idOf(one)} data-left={calm.left.has(idOf(one))}>
                                <td class="wide-cell">{one.reason === undefined ? "no reason is known" : failureInWords(one.reason)}</td>
                                <td data-label="State">
                                    <DeliveryBadge state={one.state} />
                                </td>
                                <td data-label="Deliveries" class="number">
                                    {calm.left.has(idOf(one)) ? "none left" : <Link href={listOf(one)}>{count(one.count)}</Link>}
                                </td>
                                <td data-label="Oldest" class="nowrap">
                                    <When at={one.oldest_at} />
                                </td>
                                <td data-label="Newest" class="nowrap">
                                    <When at={one.newest_at} />
                                </td>
                                <td class="row-actions">
                                    <Button
                                        disabled={calm.left.has(idOf(one))}
                                        onClick={() =>
                                            onSend({
                                                filter: { destination: name, state: one.state, ...(one.reason === undefined ? {} : { reason: one.reason }) },
                                                what: `${count(one.count)} ${one.state}, because ${one.reason ?? "of an unknown reason"}`,
                                                count: one.count,
                                            })
                                        }
                                    >
                                        Send again…
                                    </Button>
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </TableFrame>
        </Section>
    );
}

function limitsInWords(one: Destination): string {
    const said = [one.rate !== undefined && `${one.rate} a second`, one.per_day !== undefined && `${count(one.per_day)} a day`];
    return said.filter((limit) => limit !== false).join(", ") || "none";
}

function About({ one }: { one: Destination }) {
    return (
        <Section title="About">
            <Facts
                rows={[
                    ["Name", <code>{one.name}</code>],
                    ["Kind", kindInWords(one)],
                    ["Owner", one.owner ?? <span class="soft">nobody is named</span>],
                    ["Who decides about failures", one.team ?? <span class="soft">nobody is named</span>],
                    ...(one.provider ? [] : ([["Events", eventsInWords(one.events ?? [])]] as [string, string][])),
                    ...(one.when === undefined ? [] : ([["Only when", <code>{one.when}</code>]] as [string, JSX.Element][])),
                    ["At once", `${one.concurrency ?? "–"} attempts, ${one.under_way ?? 0} under way`],
                    ["Limits", limitsInWords(one)],
                    ...(one.two_way === true ? ([["Two-way", "what people change over there comes back"]] as [string, string][]) : []),
                ]}
            />
        </Section>
    );
}

type Switch = "pause" | "resume";

interface SwitchProps {
    one: Destination;
    chosen: Switch | undefined; // the dialog that is open
    choose: (to: Switch | undefined) => void;
    onDone: () => void;
}

function PauseOrResume({ one, chosen, choose, onDone }: SwitchProps) {
    const held = one.paused || one.disabled || one.breaker !== "closed";
    const path = { params: { path: { name: one.name } } };
    const both = [
        ...(held ? [{ name: "resume" as const, label: one.paused || one.disabled ? "Resume…" : "Try again now…" }] : []),
        ...(one.paused ? [] : [{ name: "pause" as const, label: "Pause…" }]),
    ];
    const close = (): void => {
        choose(undefined);
        onDone();
    };
    return (
        <>
            {both.map(({ name, label }) => (
                <Button
                    key={name}
                    look={name === "resume" ? "primary" : "plain"}
                    onClick={() => choose(name)}
                >
                    {label}
                </Button>
            ))}
            {chosen === "pause" && (
                <ReasonDialog
                    title={`Pause ${one.title}`}
                    label="Pause it"
                    hint="Nothing is sent until somebody resumes it; what is due waits, and its time runs anew then."
                    done={`${one.title} is paused.`}
                    submit={(reason) => ask(api.POST("/v1/destinations/{name}/pause", { ...path, body: { reason } }))}
                    onClose={close}
                />
            )}
            {chosen === "resume" && (
                <ReasonDialog
                    title={`Resume ${one.title}`}
                    label="Resume it"
                    optional={true}
                    hint={`${count(one.deliveries.pending)} pending are sent at once, within its limits.`}
                    done={`${one.title} is sent what is due.`}
                    submit={(reason) => ask(api.POST("/v1/destinations/{name}/resume", { ...path, body: reason === "" ? {} : { reason } }))}
                    onClose={close}
                />
            )}
        </>
    );
}

export function DestinationPage({ params }: { params: Record<string, string> }) {
    const name = params.name ?? "";
    const destination = useDestination(name);
    const [parameters, change] = useParameters();
    const [aim, setAim] = useState<SendAim>();
    const [switching, setSwitching] = useState<Switch>();
    const one = destination.data;
    useKeys([
        {
            keys: "p",
            what: one?.paused === true ? "Resume the destination" : "Pause the destination",
            run: () => one?.present === true && setSwitching(one.paused ? "resume" : "pause"),
        },
    ]);
    const sendAll = (filter: DeliveryFilter): void => {
        const known = filter.reason === undefined && filter.purpose === undefined && filter.state !== undefined && filter.state !== "unrouted";
        const count = known ? one?.deliveries[filter.state as "failed"] : undefined;
        setAim({ filter, what: `all ${filter.state ?? ""} that the list selects`, count });
    };
    return (
        <Page
            title={
                <>
                    {one?.title ?? name} {one !== undefined && <StatusBadge one={one} />}
                </>
            }
            actions={
                one?.present === true && (
                    <PauseOrResume one={one} chosen={switching} choose={setSwitching} onDone={destination.refresh} />
                )
            }
        >
            <Loaded query={destination}>
                {(data) => (
                    <>
                        <Numbers one={data} />
                        <Standing one={data} />
                        <Reasons name={name} onSend={setAim} />
                        <Reconciliation destination={data} />
                        <DeliveryList
                            at={`/destinations/${name}`}
                            filter={filterOf(name, parameters)}
                            parameters={parameters}
                            change={change}
                            onReplay={sendAll}
                        />
                        <About one={data} />
                    </>
                )}
            </Loaded>
            <p class="small">
                <Link href="/destinations">All destinations</Link>, <Link href="/deliveries">all deliveries</Link>
            </p>
            {aim !== undefined && (
                <SendAgainDialog
                    aim={aim}
                    onClose={() => {
                        setAim(undefined);
                        destination.refresh();
                    }}
                />
            )}
        </Page>
    );
}
