// Destinations: how each fares, the troubled ones first.
import { Link, useLocation } from "wouter-preact";
import { took } from "../../time";
import { Button, count, Empty, Loaded, Page, Section, TableFrame, When } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { rowAttributes, useRows } from "../../ui/rows";
import { SelectField } from "../../ui/select";
import { query, useParameters } from "../../url";
import { PAGE, useDeliveries, useDestinations, useLastHour, type Destination } from "./data";
import { DeliveryTable } from "./deliveries";
import { Age, failureInWords, kindInWords, StatusBadge, statusOf, TriesAgain } from "./words";

const shows: Record<string, (one: Destination) => boolean> = {
    "": (one) => one.present,
    trouble: (one) => one.present && (statusOf(one).order < 3 || one.deliveries.failed > 0),
    all: () => true,
};

const nameOf = (one: Destination): string => one.name;

const worstFirst = (all: Destination[]): Destination[] => [...all].sort((a, b) => statusOf(a).order - statusOf(b).order || a.title.localeCompare(b.title));

function DestinationRow({ one, hour, attributes }: { one: Destination; hour: number | undefined; attributes: object }) {
    const at = (state: string): string => `/destinations/${one.name}` + query({ state });
    const tries = one.breaker === "open";
    return (
        <tr {...attributes}>
            <td class="wide-cell">
                <Link href={`/destinations/${one.name}`} class="row-title">
                    {one.title}
                </Link>
                <div class="soft small">
                    {one.title !== one.name && `${one.name}, `}
                    {kindInWords(one)}
                </div>
            </td>
            <td data-label="State">
                <StatusBadge one={one} />
                {tries && (
                    <div class="small">
                        <TriesAgain one={one} />
                    </div>
                )}
            </td>
            <td data-label="Last hour" class="number">
                {hour === undefined ? <span class="soft">–</span> : <Link href={`/destinations/${one.name}`}>{count(hour)}</Link>}
            </td>
            <td data-label="Pending" class="number">
                {one.deliveries.pending === 0 ? <span class="soft">0</span> : <Link href={at("pending")}>{count(one.deliveries.pending)}</Link>}
            </td>
            <td data-label="Oldest waits" class="number nowrap">
                <Age since={one.oldest_pending_at} />
            </td>
            <td data-label="Failed for good" class="number">
                {one.deliveries.failed === 0 ? <span class="soft">0</span> : <Link href={at("failed")}>{count(one.deliveries.failed)}</Link>}
            </td>
            <td data-label="Typical time" class="number nowrap">
                {took(one.latency?.p50_us)}
            </td>
            <td data-label="Newest failure" class="failure-cell">
                {one.last_failure === undefined ? (
                    <span class="soft">none</span>
                ) : (
                    <>
                        {failureInWords(one.last_failure)}{" "}
                        <span class="soft small nowrap">
                            <When at={one.last_failure_at} />
                        </span>
                    </>
                )}
            </td>
        </tr>
    );
}

const UNTOLD_SHOWN = 5;

function Untold({ all, onShowAll }: { all: boolean; onShowAll: () => void }) {
    const { deliveries } = useDeliveries({ state: "unrouted" }, undefined);
    const found = deliveries.data?.deliveries ?? [];
    const rows = all ? found : found.slice(0, UNTOLD_SHOWN);
    if (rows.length === 0) return null;
    return (
        <Section title="What nobody could be told">
            <p class="soft">No channel leads to these people: give them one in notifications.yaml, or an address in people.yaml, then send again.</p>
            <DeliveryTable rows={rows} withDestination={false} />
            {rows.length < found.length && (
                <Button look="quiet" onClick={onShowAll}>
                    Show {found.length < PAGE ? `all ${found.length}` : `the newest ${PAGE}`}
                </Button>
            )}
        </Section>
    );
}

export function DestinationsPage() {
    const { destinations } = useDestinations();
    const hours = useLastHour();
    const [parameters, change] = useParameters();
    const [, navigate] = useLocation();
    const shown = parameters.show ?? "";
    const fresh = destinations.data === undefined ? undefined : worstFirst(destinations.data.destinations.filter(shows[shown] ?? (() => true)));
    const calm = useCalmRows(fresh, nameOf, shown);
    const rows = calm.rows ?? [];
    const selection = useRows(rows.length, "destination", (index) => {
        const row = rows[index];
        if (row !== undefined) navigate(`/destinations/${row.name}`);
    });
    return (
        <Page title="Destinations" actions={<Link href="/deliveries">All deliveries</Link>}>
            <p class="lead-in soft">
                Systems that are written to, and providers that are asked. Whatever fails waits or is kept here; it never delays a lead.
            </p>
            <Section
                title="All destinations"
                actions={
                    <SelectField
                        label="Show"
                        value={shown}
                        options={[
                            ["", "Those in force"],
                            ["trouble", "In trouble"],
                            ["all", "Former ones too"],
                        ]}
                        onChange={(show) => change({ show })}
                    />
                }
            >
                <Loaded query={destinations}>
                    {() =>
                        rows.length === 0 ? (
                            shown === "trouble" ? (
                                <Empty title="All of them are well." />
                            ) : (
                                <Empty title="Nothing leaves this mesh yet.">
                                    A destination is a file in <code>destinations/</code>. <a href="/docs/destinations">How to write one</a>
                                </Empty>
                            )
                        ) : (
                            <TableFrame label="Destinations">
                                <table class="stacking" {...calm.hold}>
                                    <thead>
                                        <tr>
                                            <th>Destination</th>
                                            <th>State</th>
                                            <th class="number">Last hour</th>
                                            <th class="number">Pending</th>
                                            <th class="number">Oldest waits</th>
                                            <th class="number">Failed for good</th>
                                            <th class="number">Typical time</th>
                                            <th>Newest failure</th>
                                        </tr>
                                    </thead>
                                    <tbody>
                                        {rows.map((one, index) => (
                                            <DestinationRow
                                                key={one.name}
                                                one={one}
                                                hour={hours === undefined ? undefined : (hours.get(one.name) ?? 0)}
                                                attributes={rowAttributes(selection, index)}
                                            />
                                        ))}
                                    </tbody>
                                </table>
                            </TableFrame>
                        )
                    }
                </Loaded>
            </Section>
            <Untold all={parameters.untold === "all"} onShowAll={() => change({ untold: "all" })} />
        </Page>
    );
}
