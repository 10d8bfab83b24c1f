// One delivery: what was sent about whom, every attempt, sending it again, giving it up.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { took } from "../../time";
import { Button, Empty, Facts, Loaded, Page, Section, TableFrame, When } from "../../ui/basics";
import { ReasonDialog } from "../../ui/reason";
import { leadAbout, leadName } from "../../words/lead";
import { useDestinations, type Attempt, type Delivery } from "./data";
import { Subject, What } from "./deliveries";
import { DeliveryBadge, failureInWords, OutcomeBadge } from "./words";

function Excerpt({ text }: { text: string }) {
    try {
        return <pre tabIndex={0}>{JSON.stringify(JSON.parse(text), null, 2)}</pre>;
    } catch {
        return <pre tabIndex={0}>{text}</pre>;
    }
}

// Some receipts are of no attempt: it failed for good because its time was over.
const wasTried = (attempt: Attempt): boolean => attempt.started_at !== undefined;
const settledAt = (attempt: Attempt): string | undefined => (typeof attempt["at"] === "string" ? attempt["at"] : undefined);
const reasonOf = (attempt: Attempt): string | undefined => (typeof attempt["reason"] === "string" ? attempt["reason"] : undefined);

function Attempts({ all }: { all: Attempt[] }) {
    if (all.length === 0) return <Empty title="It was not tried yet." />;
    return (
        <TableFrame label="Attempts">
            <table class="stacking">
                <thead>
                    <tr>
                        <th>Attempt</th>
                        <th>When</th>
                        <th>Outcome</th>
                        <th class="number">Status</th>
                        <th class="number">Took</th>
                        <th>What was answered</th>
                    </tr>
                </thead>
                <tbody>
                    {all.map((one, index) => (
                        <tr key={index}>
                            <td data-label="Attempt">{wasTried(one) ? one.attempt : <span class="soft">–</span>}</td>
                            <td data-label="When" class="nowrap">
                                <When at={one.started_at ?? settledAt(one)} />
                            </td>
                            <td data-label="Outcome">
                                <OutcomeBadge attempt={one} />
                                {one.cached === true && <div class="small soft">from the cache, nobody was asked</div>}
                                {one.outcome !== "ok" && reasonOf(one) !== undefined && <div class="small">{reasonOf(one)}</div>}
                            </td>
                            <td data-label="Status" class="number">
                                {one.status ?? <span class="soft">{wasTried(one) ? "no answer" : "–"}</span>}
                            </td>
                            <td data-label="Took" class="number nowrap">
                                {took(wasTried(one) ? one.took_us : undefined)}
                            </td>
                            <td class="wide-cell">
                                {one.response_id !== undefined && <div>It calls it {one.response_id}</div>}
                                {one.excerpt !== undefined && one.excerpt !== "" ? (
                                    <Excerpt text={one.excerpt} />
                                ) : (
                                    one.response_id === undefined && <span class="soft">–</span>
                                )}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

// Who the lead is, for those that are about one.
function Person({ id }: { id: string }) {
    const lead = useQuery(`lead ${id}`, () => ask(api.GET("/v1/leads/{id}", { params: { path: { id } } })), { about: [id] });
    if (lead.data === undefined) return <Link href={`/leads/${id}`}>{id}</Link>;
    const about = leadAbout(lead.data);
    return (
        <>
            <Link href={`/leads/${id}`}>{leadName(lead.data)}</Link> <span class="soft">{about === "" ? id : `${id}, ${about}`}</span>
        </>
    );
}

function Story({ one, titleOf }: { one: Delivery; titleOf: (name: string) => string }) {
    return (
        <Section title="What was to be sent">
            <Facts
                rows={[
                    ["What", <What one={one} />],
                    ["About", one.lead === undefined ? <Subject one={one} /> : <Person id={one.lead} />],
                    ["To", one.destination === undefined ? "nobody could be told" : <Link href={`/destinations/${one.destination}`}>{titleOf(one.destination)}</Link>],
                    ["Decided", <When at={one.created_at} />],
                    one.state === "pending" ? ["Next attempt", <When at={one.due_at} />] : ["Settled", <When at={one.settled_at} />],
                    ["Its id over there", one.external_id ?? <span class="soft">none is known</span>],
                    ...(one.reason === undefined ? [] : ([["Why it has not arrived", <strong>{failureInWords(one.reason)}</strong>]] as [string, JSX.Element][])),
                ]}
            />
        </Section>
    );
}

type Doing = "retry" | "discard";

export function DeliveryPage({ params }: { params: Record<string, string> }) {
    const id = params.id ?? "";
    const delivery = useQuery(`delivery ${id}`, () => ask(api.GET("/v1/deliveries/{id}", { params: { path: { id } } })), { about: [id] });
    const { titleOf } = useDestinations();
    const [doing, setDoing] = useState<Doing>();
    const one = delivery.data;
    const canDiscard = one?.state === "pending" || one?.state === "failed";
    useKeys([
        { keys: "r", what: "Send it again", run: () => one !== undefined && setDoing("retry") },
        { keys: "d", what: "Discard it", run: () => canDiscard && setDoing("discard") },
    ]);
    const close = (): void => {
        setDoing(undefined);
        delivery.refresh();
    };
    const path = { params: { path: { id } } };
    return (
        <Page
            title={
                <>
                    Delivery {id} {one !== undefined && <DeliveryBadge state={one.state} />}
                </>
            }
            actions={
                one !== undefined && (
                    <>
                        <Button look={one.state === "failed" ? "primary" : "plain"} keys="r" onClick={() => setDoing("retry")}>
                            Send again…
                        </Button>
                        {canDiscard && (
                            <Button look="danger" keys="d" onClick={() => setDoing("discard")}>
                                Discard…
                            </Button>
                        )}
                    </>
                )
            }
        >
            <Loaded query={delivery}>
                {(data) => (
                    <>
                        <Story one={data} titleOf={titleOf} />
                        <Section title={data.attempts === 1 ? "One attempt" : `${data.attempts} attempts`}>
                            <Attempts all={data.receipts ?? []} />
                        </Section>
                        <details class="raw">
                            <summary>Raw</summary>
                            <pre tabIndex={0}>{JSON.stringify(data, null, 2)}</pre>
                        </details>
                    </>
                )}
            </Loaded>
            {doing === "retry" && (
                <ReasonDialog
                    title={`Send ${id} again`}
                    label="Send it again"
                    hint="It goes under the id that it has, by which its receiver can tell a repeat."
                    done={`${id} is due now.`}
                    submit={(reason) => ask(api.POST("/v1/deliveries/{id}/retry", { ...path, body: { reason } }))}
                    onClose={close}
                />
            )}
            {doing === "discard" && (
                <ReasonDialog
                    title={`Discard ${id}`}
                    label="Discard it"
                    look="danger"
                    hint="It will not be sent. What was sent before, and this reason, stay."
                    done={`${id} is discarded.`}
                    submit={(reason) => ask(api.POST("/v1/deliveries/{id}/discard", { ...path, body: { reason } }))}
                    onClose={close}
                />
            )}
        </Page>
    );
}
