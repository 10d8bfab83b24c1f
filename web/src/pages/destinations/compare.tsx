// Whether everything that was due there has arrived: by our receipts, and by what is really there.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import { Badge, Button, count, Failure, Loaded, Section } from "../../ui/basics";
import { ReasonDialog } from "../../ui/reason";
import { hrefOfId, query } from "../../url";
import { counted } from "../../words/words";
import { ABOUT, type Destination } from "./data";
import { canList } from "./words";

type Terms = Schema<"DestinationReconciliation">;
type Comparison = Schema<"DestinationComparison">;

const IDS_SHOWN = 8;

function TermLine({ name, terms }: { name: string; terms: Terms }) {
    const at = (state: string): string => `/destinations/${name}` + query({ state });
    const parts: [string, number, string | undefined][] = [
        ["due", terms.due, undefined],
        ["delivered", terms.delivered, at("delivered")],
        ["pending", terms.pending, at("pending")],
        ["failed for good", terms.failed, at("failed")],
        ["discarded", terms.discarded, at("discarded")],
    ];
    return (
        <>
            <p class="identity-line">
                {parts.map(([word, value, href], index) => (
                    <span key={word} class="identity-term">
                        {index > 0 && <span aria-hidden="true">{index === 1 ? "=" : "+"}</span>}
                        <span>
                            <strong>{href === undefined || value === 0 ? count(value) : <Link href={href}>{count(value)}</Link>}</strong>
                            <span class="soft small"> {word}</span>
                        </span>
                    </span>
                ))}
                <Badge tone={terms.balanced ? "good" : "bad"}>{terms.balanced ? "balances" : "does not balance"}</Badge>
            </p>
            {terms.unknown > 0 && (
                <p class="small">
                    Of {counted(terms.unknown, "delivery", "deliveries")} nobody knows whether it arrived: an attempt was never answered.
                    Its receiver tells a repeat by its id.
                </p>
            )}
        </>
    );
}

function Ids({ ids, words, foreign = false }: { ids: readonly string[]; words: string; foreign?: boolean }) {
    return (
        <p class="small">
            {words}:{" "}
            {ids.slice(0, IDS_SHOWN).map((id) => {
                const href = foreign ? undefined : hrefOfId(id);
                return <span key={id}>{href === undefined ? id : <Link href={href}>{id}</Link>} </span>;
            })}
            {ids.length > IDS_SHOWN && "…"}
        </p>
    );
}

function Result({ found, onRepair }: { found: Comparison; onRepair: () => void }) {
    const things = found.compared === "leads" ? ["lead", "leads"] : ["delivery", "deliveries"];
    const well = found.missing === 0 && found.unconfirmed === 0;
    return (
        <div class="comparison" role="status">
            <p>
                {well ? <Badge tone="good">all there</Badge> : <Badge tone="bad">differs</Badge>} We have receipts for{" "}
                <strong>{counted(found.delivered, things[0] ?? "", things[1] ?? "")}</strong>; it has{" "}
                <strong>{counted(found.listed, "record", "records")}</strong>, of which {count(found.matched)} match.
            </p>
            <ul class="reasons">
                {found.missing > 0 && (
                    <li>
                        <strong>{count(found.missing)} missing</strong>: we have a receipt, and they are not there any more.
                        <Ids ids={found.missing_ids} words="Deliveries" />
                        <Button look="primary" onClick={onRepair}>
                            Send {counted(found.missing, "missing one", "missing ones")} again…
                        </Button>
                    </li>
                )}
                {found.unconfirmed > 0 && (
                    <li>
                        <strong>{count(found.unconfirmed)} unconfirmed</strong>: they are there, and no receipt says so yet.
                        {found.unconfirmed_ids !== undefined && <Ids ids={found.unconfirmed_ids} words="These" />}
                    </li>
                )}
                {found.foreign > 0 && (
                    <li>
                        {count(found.foreign)} not from here: it has them from somewhere else.
                        {found.foreign_ids !== undefined && <Ids ids={found.foreign_ids} words="Its own ids" foreign={true} />}
                    </li>
                )}
            </ul>
            {found.queued !== undefined && <p>{counted(found.queued, "delivery was", "deliveries were")} queued again.</p>}
        </div>
    );
}

export function Reconciliation({ destination }: { destination: Destination }) {
    const { name } = destination;
    const terms = useQuery(
        `destination terms ${name}`,
        () => ask(api.GET("/v1/destinations/{name}/reconciliation", { params: { path: { name } } })),
        { about: [...ABOUT, "lead.", name], atMost: 3000 },
    );
    const [found, setFound] = useState<Comparison>();
    const [problem, setProblem] = useState<Problem>();
    const [busy, setBusy] = useState(false);
    const [repairing, setRepairing] = useState(false);
    const compare = async (repair: boolean, reason?: string): Promise<void> => {
        const body = { repair, ...(reason === undefined ? {} : { reason }) };
        setFound(await ask(api.POST("/v1/destinations/{name}/reconciliation", { params: { path: { name } }, body })));
        setProblem(undefined);
    };
    const look = (): void => {
        setBusy(true);
        compare(false)
            .catch((error) => setProblem(asProblem(error)))
            .finally(() => setBusy(false));
    };
    return (
        <Section
            title="Has everything arrived?"
            id="reconciliation"
            actions={
                canList(destination) && (
                    <Button disabled={busy} onClick={look}>
                        {busy ? "Asking it…" : "Compare with what it has"}
                    </Button>
                )
            }
        >
            <Loaded query={terms}>{(data) => <TermLine name={name} terms={data} />}</Loaded>
            {problem !== undefined && <Failure problem={problem} />}
            {found !== undefined && <Result found={found} onRepair={() => setRepairing(true)} />}
            {repairing && found !== undefined && (
                <ReasonDialog
                    title={`Send what ${destination.title} misses`}
                    label="Compare again and send"
                    hint="It is asked anew what it has; what is missing then is queued under the id that it had, up to 1,000 at once."
                    done="What was missing is queued again."
                    submit={(reason) => compare(true, reason)}
                    onClose={() => setRepairing(false)}
                />
            )}
        </Section>
    );
}
