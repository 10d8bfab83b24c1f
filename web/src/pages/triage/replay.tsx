// What stands behind an exception that is about a source or about deliveries: dead letters and failed
// deliveries by what is wrong with them, and sending them again.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { useQuery } from "../../live/query";
import { Button, Failure, Loaded, Section, When } from "../../ui/basics";
import { toast } from "../../ui/toast";
import { counted } from "../../words/words";
import { query } from "../../url";
import { replayAll, tallyInWords as lettersInWords, type ReplayBody } from "../dead-letters/replaying";
import { contractName } from "../dead-letters/words";
import type { DeliveryFilter } from "../destinations/data";
import { sendAllAgain, tallyInWords as deliveriesInWords } from "../destinations/sending-again";
import type { Exception } from "./board";

// Runs calls until nothing is left, and says how far it is.
function useReplay() {
    const [busy, setBusy] = useState<string>();
    const [problem, setProblem] = useState<Problem>();
    const run = async (work: (tell: (text: string) => void) => Promise<string>): Promise<void> => {
        setBusy("Working…");
        setProblem(undefined);
        try {
            toast(await work(setBusy));
        } catch (error) {
            setProblem(asProblem(error));
        } finally {
            setBusy(undefined);
        }
    };
    return { busy, problem, run };
}

async function replayLetters(selection: ReplayBody, tell: (text: string) => void): Promise<string> {
    const tally = await replayAll(selection, {
        readAs: undefined,
        dry: false,
        perCall: 500,
        most: Infinity,
        onProgress: (sum) => tell(`${sum.leads + sum.touchpoints} read, ${sum.refused} still refused…`),
        goesOn: () => true,
    });
    if (tally.stopped !== undefined) throw new Error(`${tally.stopped}. Until then: ${lettersInWords(tally, false)}.`);
    return `Replayed: ${lettersInWords(tally, false)}.`;
}

function DeadLetters({ source }: { source: string }) {
    const clusters = useQuery(
        `dead-letter-clusters:${source}`,
        () => ask(api.GET("/v1/dead-letters/clusters", { params: { query: { source } } })),
        { about: ["record.", source], atMost: 2000 },
    );
    const { busy, problem, run } = useReplay();
    return (
        <Section title="Dead letters that wait" actions={<Link href={"/dead-letters" + query({ source })}>All of them</Link>}>
            <Loaded query={clusters}>
                {(data) => (
                    <>
                        {data.clusters.length === 0 && <p class="soft">None waits any more: the exception can be closed.</p>}
                        <ul class="clusters">
                            {data.clusters.map((one) => (
                                <li key={`${one.contract} ${one.violation}`}>
                                    <div>
                                        <strong>{counted(one.count, "record")}</strong>: {one.message}
                                        <div class="soft small">
                                            Read by {contractName(one.contract)}, newest <When at={one.last_at} />
                                        </div>
                                    </div>
                                    <Button disabled={busy !== undefined} onClick={() => void run((tell) => replayLetters(one.replay, tell))}>
                                        Replay {one.count}
                                    </Button>
                                </li>
                            ))}
                        </ul>
                    </>
                )}
            </Loaded>
            {busy !== undefined && <p role="status">{busy}</p>}
            {problem !== undefined && <Failure problem={problem} />}
        </Section>
    );
}

async function replayDeliveries(filter: DeliveryFilter, tell: (text: string) => void): Promise<string> {
    const tally = await sendAllAgain(filter, "sent again from the triage board", (sum) => tell(`${sum.queued} queued…`), () => true);
    if (tally.stopped !== undefined) throw new Error(`${tally.stopped}. Until then: ${deliveriesInWords(tally)}.`);
    return `Done: ${deliveriesInWords(tally)}.`;
}

function FailedDeliveries({ of }: { of: { lead?: string; destination?: string } }) {
    const key = JSON.stringify(of);
    const clusters = useQuery(
        `delivery-clusters:${key}`,
        () => ask(api.GET("/v1/deliveries/clusters", { params: { query: { ...of, state: "failed" } } })),
        { about: ["delivery."], atMost: 2000 },
    );
    const { busy, problem, run } = useReplay();
    return (
        <Section title="Deliveries that failed for good" actions={<Link href={of.lead !== undefined ? `/leads/${of.lead}` : `/destinations/${of.destination}${query({ state: "failed" })}`}>All of them</Link>}>
            <Loaded query={clusters}>
                {(data) => (
                    <>
                        {data.clusters.length === 0 && <p class="soft">None is left: the exception can be closed.</p>}
                        <ul class="clusters">
                            {data.clusters.map((one) => (
                                <li key={`${one.destination} ${one.reason}`}>
                                    <div>
                                        <strong>{counted(one.count, "delivery", "deliveries")}</strong> to{" "}
                                        <Link href={`/destinations/${one.destination}`}>{one.destination}</Link>: {one.reason ?? "no reason was kept"}
                                        <div class="soft small">
                                            newest <When at={one.newest_at} />
                                        </div>
                                    </div>
                                    <Button
                                        disabled={busy !== undefined}
                                        onClick={() => {
                                            const filter = { ...of, destination: one.destination, reason: one.reason, state: "failed" as const };
                                            void run((tell) => replayDeliveries(filter, tell));
                                        }}
                                    >
                                        Send {one.count} again
                                    </Button>
                                </li>
                            ))}
                        </ul>
                    </>
                )}
            </Loaded>
            {busy !== undefined && <p role="status">{busy}</p>}
            {problem !== undefined && <Failure problem={problem} />}
        </Section>
    );
}

export function Replay({ row }: { row: Exception }) {
    if (row.about === "source" && row.source !== undefined) return <DeadLetters source={row.source} />;
    if (row.about === "destination" && row.destination !== undefined) return <FailedDeliveries of={{ destination: row.destination }} />;
    if (row.kind === "delivery_failed" && row.lead !== undefined) return <FailedDeliveries of={{ lead: row.lead }} />;
    return null;
}
