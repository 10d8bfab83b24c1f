// Which services were contacted about a lead: what for, how often, how long it took, what came of it.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import { took } from "../../time";
import { Badge, Button, Loaded, TableFrame, When, type Tone } from "../../ui/basics";
import { useEventNames } from "../../words/event-names";
import { deliveryOutcomeWords, deliveryStateWords, purposeWords, targetWords, term } from "../../words/terms";
import { counted } from "../../words/words";

type Delivery = Schema<"Delivery">;
type Names = ReturnType<typeof useEventNames>;

const tones: Record<string, Tone> = { delivered: "good", failed: "bad", pending: "warning" };

function Attempts({ delivery, names }: { delivery: Delivery; names: Names }) {
    const whole = useQuery(`delivery:${delivery.id}`, () => ask(api.GET("/v1/deliveries/{id}", { params: { path: { id: delivery.id } } })), {
        about: [delivery.id],
    });
    return (
        <Loaded query={whole}>
            {(data) => (
                <ol class="attempts small">
                    {(data.receipts ?? []).map((one) => (
                        <li key={one.attempt}>
                            {one.started_at !== undefined && <When at={one.started_at} />} {names.destination(data.destination ?? "")} {term(deliveryOutcomeWords, one.outcome)}
                            {one.status !== undefined && ` (${one.status})`}
                            {one.took_us !== undefined && `, ${took(one.took_us)}`}
                            {one.cached === true && ", from what is remembered"}
                            {one.excerpt !== undefined && one.excerpt !== "" && <code class="excerpt">{one.excerpt}</code>}
                        </li>
                    ))}
                    {(data.receipts ?? []).length === 0 && <li>It has not been tried yet.</li>}
                </ol>
            )}
        </Loaded>
    );
}

function ServiceRow({ delivery, names }: { delivery: Delivery; names: Names }) {
    const [open, setOpen] = useState(false);
    const last = delivery.last_attempt;
    return (
        <>
            <tr>
                <td>
                    <Link href={`/deliveries/${delivery.id}`}>{names.destination(delivery.destination ?? "")}</Link>
                    <div class="soft small">
                        {term(purposeWords, delivery.purpose)}
                        {delivery.target !== undefined && ` to ${targetWords(delivery.target, names.rep, names.team)}`}
                    </div>
                </td>
                <td>
                    <Badge tone={tones[delivery.state] ?? "idle"}>{term(deliveryStateWords, delivery.state)}</Badge>
                    {delivery.reason !== undefined && delivery.state !== "delivered" && <div class="small">{delivery.reason}</div>}
                </td>
                <td class="number">
                    {delivery.attempts === 0 ? (
                        <span class="soft">none</span>
                    ) : (
                        <Button look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
                            {delivery.attempts}
                            <span class="sr-only"> attempts: show each</span>
                        </Button>
                    )}
                </td>
                <td class="number nowrap">{last?.took_us === undefined ? "–" : took(last.took_us)}</td>
                <td class="nowrap">
                    <When at={last?.started_at ?? delivery.created_at} />
                </td>
            </tr>
            {open && (
                <tr>
                    <td colSpan={5}>
                        <Attempts delivery={delivery} names={names} />
                    </td>
                </tr>
            )}
        </>
    );
}

export function Services({ deliveries, more, lead }: { deliveries: Delivery[]; more: boolean; lead: string }) {
    const names = useEventNames();
    const contacted = deliveries.filter((one) => one.destination !== undefined);
    const untold = deliveries.length - contacted.length;
    return (
        <>
            {contacted.length === 0 ? (
                <p class="soft">No service was contacted about this lead.</p>
            ) : (
                <TableFrame label="Services contacted">
                    <table>
                        <thead>
                            <tr>
                                <th>Service</th>
                                <th>Came of it</th>
                                <th class="number">Attempts</th>
                                <th class="number">Took</th>
                                <th>When</th>
                            </tr>
                        </thead>
                        <tbody>
                            {contacted.map((one) => (
                                <ServiceRow key={one.id} delivery={one} names={names} />
                            ))}
                        </tbody>
                    </table>
                </TableFrame>
            )}
            {untold > 0 && <p class="soft small">{counted(untold, "note")} could not be told to anybody: no channel is declared for them.</p>}
            {more && (
                <p class="small">
                    <Link href={`/leads/${lead}`}>All that was sent about this lead</Link>
                </p>
            )}
        </>
    );
}
