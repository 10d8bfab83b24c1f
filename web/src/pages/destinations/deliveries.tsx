// A list of deliveries, and the same with its filters: of one destination, or of all.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { useKeys } from "../../keys";
import { Badge, Button, Empty, Loaded, Section, TableFrame, When } from "../../ui/basics";
import { useCalmRows, type CalmRows } from "../../ui/calm";
import { rowAttributes, useRows, type RowSelection } from "../../ui/rows";
import { SelectField, ShowNews } from "../../ui/select";
import { hrefOfId, query, type Parameters } from "../../url";
import { useEventNames } from "../../words/event-names";
import { purposeWords, targetWords, term } from "../../words/terms";
import { capital } from "../../words/words";
import { filterNames, useDeliveries, type Delivery, type DeliveryFilter, type Destination } from "./data";
import { DeliveryBadge, eventInWords, stateOptions, unroutedOption } from "./words";

export function Subject({ one }: { one: Delivery }) {
    const id = one.lead ?? one.subject;
    if (id === undefined) return <span class="soft">–</span>;
    // Notices are about the source whose records broke the contract.
    const href = hrefOfId(id) ?? (one.purpose === "notice" ? `/sources/${id}` : undefined);
    return href === undefined ? <>{id}</> : <Link href={href}>{id}</Link>;
}

// "the event, lead assigned", "the reminder, to Ben Okafor"
export function What({ one }: { one: Delivery }) {
    const names = useEventNames();
    if (one.purpose === "deliver") return <>{capital(eventInWords(one.event))}</>;
    return (
        <>
            {capital(term(purposeWords, one.purpose).replace(/^the /, ""))}
            {one.target !== undefined && ` to ${targetWords(one.target, names.rep)}`}
        </>
    );
}

function Row({ one, left, withDestination, attributes }: { one: Delivery; left: boolean; withDestination: boolean; attributes: object }) {
    return (
        <tr {...attributes} data-left={left}>
            <td data-label="Delivery" class="nowrap">
                <Link href={`/deliveries/${one.id}`}>{one.id}</Link>
            </td>
            <td data-label="What">
                <What one={one} />
            </td>
            <td data-label="About" class="nowrap">
                <Subject one={one} />
            </td>
            {withDestination && <td data-label="To">{one.destination ?? "nobody"}</td>}
            <td data-label="State" class="nowrap">
                {left ? <Badge>{"not of this list any more"}</Badge> : <DeliveryBadge state={one.state} />}
            </td>
            <td data-label="Attempts" class="number">
                {one.attempts}
            </td>
            <td data-label="Decided" class="nowrap">
                <When at={one.created_at} />
            </td>
            <td data-label="Why not" class="failure-cell" data-none={one.reason === undefined && one.due_at === undefined}>
                {one.reason ?? <span class="soft">–</span>}
                {one.state === "pending" && one.due_at !== undefined && (
                    <div class="small soft">
                        due <When at={one.due_at} />
                    </div>
                )}
            </td>
        </tr>
    );
}

interface DeliveryTableProps {
    rows: Delivery[];
    withDestination: boolean;
    calm?: CalmRows<Delivery>;
    selection?: RowSelection;
}

export function DeliveryTable({ rows, withDestination, calm, selection }: DeliveryTableProps) {
    return (
        <TableFrame label="Deliveries">
            <table class="stacking" {...calm?.hold}>
                <thead>
                    <tr>
                        <th>Delivery</th>
                        <th>What</th>
                        <th>About</th>
                        {withDestination && <th>To</th>}
                        <th>State</th>
                        <th class="number">Attempts</th>
                        <th>Decided</th>
                        <th>Why it has not arrived</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map((one, index) => (
                        <Row
                            key={one.id}
                            one={one}
                            left={calm?.left.has(one.id) === true}
                            withDestination={withDestination}
                            attributes={selection === undefined ? {} : rowAttributes(selection, index)}
                        />
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

const purposeOptions: [string, string][] = [
    ["", "Any"],
    ...Object.entries(purposeWords).map(([name, words]): [string, string] => [name, words.replace(/^the /, "")]),
];

type Change = (to: Record<string, string | undefined>) => void;

// What was followed from elsewhere: it is not chosen, only taken away.
function Said({ children, onDrop }: { children: ComponentChildren; onDrop: () => void }) {
    return (
        <p class="filter-said">
            {children}
            <Button look="quiet" onClick={onDrop}>
                Show all
            </Button>
        </p>
    );
}

function Filters({ destinations, parameters, change }: { destinations: Destination[] | undefined; parameters: Parameters; change: Change }) {
    const choose = (name: string) => (value: string | undefined) => change({ [name]: value, before: undefined });
    return (
        <div class="filters">
            {destinations !== undefined && (
                <SelectField
                    label="Destination"
                    value={parameters.destination ?? ""}
                    options={[["", "Any"], ...destinations.map((one): [string, string] => [one.name, one.title])]}
                    onChange={choose("destination")}
                />
            )}
            <SelectField
                label="State"
                value={parameters.state ?? ""}
                options={destinations === undefined ? stateOptions : [...stateOptions, unroutedOption]}
                onChange={choose("state")}
            />
            <SelectField label="Purpose" value={parameters.purpose ?? ""} options={purposeOptions} onChange={choose("purpose")} />
            {parameters.reason !== undefined && <Said onDrop={() => choose("reason")(undefined)}>Only those where {parameters.reason}</Said>}
            {parameters.lead !== undefined && <Said onDrop={() => choose("lead")(undefined)}>Only those about {parameters.lead}</Said>}
        </div>
    );
}

export function DeliveryList({
    at,
    filter,
    destinations,
    parameters,
    change,
    onReplay,
}: {
    at: string; // the address of the page
    filter: DeliveryFilter;
    destinations?: Destination[]; // to choose from; none: it is the list of one
    parameters: Parameters;
    change: Change;
    onReplay: (filter: DeliveryFilter) => void;
}) {
    const [, navigate] = useLocation();
    const [all, filtered] = [destinations !== undefined, filterNames.some((one) => parameters[one] !== undefined)];
    const { key, deliveries } = useDeliveries(filter, parameters.before);
    const [busy, setBusy] = useState(false);
    const calm = useCalmRows(deliveries.data?.deliveries, (one) => one.id, key, busy);
    const rows = calm.rows ?? [];
    const selection = useRows(rows.length, "delivery", (index) => {
        const row = rows[index];
        if (row !== undefined) navigate(`/deliveries/${row.id}`);
    });
    if (busy !== selection.selected >= 0) setBusy(selection.selected >= 0);
    useKeys([{ keys: "Escape", what: "Select nothing", run: () => selection.select(-1) }]);
    const showAll = (): void => {
        selection.select(-1); // else the list would be held for it
        calm.showAll();
    };
    const next = deliveries.data?.next;
    const there = deliveries.data !== undefined;
    // Numbers elsewhere in the page lead here.
    useEffect(() => {
        if (there && window.location.hash === "#deliveries") document.getElementById("deliveries")?.scrollIntoView();
    }, [key, there]);
    const here = (to: Record<string, string | undefined>): string => at + query({ ...parameters, ...to });
    const canReplay = rows.length > 0 && filter.state !== undefined && filter.state !== "unrouted";
    return (
        <Section
            title="Deliveries"
            id="deliveries"
            actions={
                <>
                    <ShowNews count={calm.news} onShow={showAll} underPointer={calm.underPointer} />
                    {canReplay && <Button onClick={() => onReplay(filter)}>Send all of these again…</Button>}
                </>
            }
        >
            <Filters destinations={destinations} parameters={parameters} change={change} />
            <Loaded query={deliveries}>
                {() => (
                    <>
                        {rows.length === 0 ? (
                            <Empty title="No delivery is like that.">
                                {filtered && <Link href={at}>Show all of them</Link>}
                            </Empty>
                        ) : (
                            <DeliveryTable rows={rows} withDestination={all} calm={calm} selection={selection} />
                        )}
                        <nav class="actions paging" aria-label="Pages of the list">
                            {parameters.before !== undefined && <Link href={here({ before: undefined })}>Newest</Link>}
                            {next !== undefined && <Link href={here({ before: next })}>Older ones</Link>}
                        </nav>
                    </>
                )}
            </Loaded>
        </Section>
    );
}
