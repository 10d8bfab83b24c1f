// What was sent out because of a lead: to whom, how it went, the receipt.
import { Link } from "wouter-preact";
import type { Lead, Schema } from "../../api/types";
import type { Names } from "../../live/mesh";
import type { Taxonomy } from "../../live/taxonomy";
import { took } from "../../time";
import { Badge, Section, TableFrame, When, type Tone } from "../../ui/basics";
import { eventName } from "../../words/events";
import { useEventNames } from "../../words/event-names";
import { deliveryOutcomeWords, deliveryStateWords, purposeWords, targetWords, term } from "../../words/terms";
import { capital, plain } from "../../words/words";

type Delivery = Schema<"Delivery">;

const tones: Record<Delivery["state"], Tone> = { pending: "accent", delivered: "good", failed: "bad", discarded: "idle", unrouted: "idle" };

function what(one: Delivery): string {
    if (one.purpose === "deliver") return capital(plain(eventName(one.event).replace(".", " ")));
    return capital(term(purposeWords, one.purpose));
}

function Receipt({ one }: { one: Delivery }) {
    const last = one.last_attempt;
    if (last === undefined) return <span class="soft">{one.reason ?? (one.state === "pending" ? "not tried yet" : "–")}</span>;
    return (
        <>
            {last.outcome === "ok" ? (last.status !== undefined ? `answered ${last.status}` : "received") : term(deliveryOutcomeWords, last.outcome)}
            {last.took_us !== undefined && ` in ${took(last.took_us)}`}
            {last.cached === true && ", remembered"}
            {one.attempts > 1 && <span class="soft">, attempt {one.attempts}</span>}
            {last.response_id !== undefined && <span class="soft small own-line">receipt {last.response_id}</span>}
            {one.external_id !== undefined && <span class="soft small own-line">there it is {one.external_id}</span>}
            {one.state === "pending" && one.due_at !== undefined && (
                <span class="soft small own-line">
                    next attempt <When at={one.due_at} />
                </span>
            )}
        </>
    );
}

export function Deliveries({ lead, names, taxonomy }: { lead: Lead; names: Names; taxonomy: Taxonomy }) {
    const eventNames = useEventNames();
    const deliveries = lead.deliveries ?? [];
    return (
        <Section title="Deliveries">
            {deliveries.length === 0 ? (
                <p class="soft">Nothing was sent out because of this lead.</p>
            ) : (
                <TableFrame label="Deliveries">
                    <table class="cards">
                        <thead>
                            <tr>
                                <th scope="col">What</th>
                                <th scope="col">To</th>
                                <th scope="col">State</th>
                                <th scope="col">Receipt</th>
                            </tr>
                        </thead>
                        <tbody>
                            {deliveries.map((one) => (
                                <tr key={one.id}>
                                    <td>
                                        <Link href={`/deliveries/${one.id}`}>{what(one)}</Link>
                                        <span class="soft small own-line">
                                            <When at={one.created_at} />
                                        </span>
                                    </td>
                                    <td>
                                        {one.destination !== undefined ? <Link href={`/destinations/${encodeURIComponent(one.destination)}`}>{eventNames.destination(one.destination)}</Link> : <span class="soft">no channel</span>}
                                        {one.target !== undefined && <span class="soft small own-line">{targetWords(one.target, (id) => names.name("rep", id), taxonomy.teamTitle)}</span>}
                                    </td>
                                    <td>
                                        <Badge tone={tones[one.state]}>{term(deliveryStateWords, one.state)}</Badge>
                                    </td>
                                    <td class="whole">
                                        <Receipt one={one} />
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </TableFrame>
            )}
            {lead.more_deliveries === true && <p class="soft small">There are older ones.</p>}
        </Section>
    );
}
