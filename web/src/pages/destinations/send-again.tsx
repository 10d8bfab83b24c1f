// Sends many deliveries again: asks why, then goes on call after call, and tells what became of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { Button, Failure } from "../../ui/basics";
import { Dialog, Field } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { counted } from "../../words/words";
import type { DeliveryFilter } from "./data";

const PER_CALL = 200;

interface Tally {
    tried: number;
    queued: number;
    gone: number;
    unrouted: number;
    failed: number;
    stopped: string | undefined;
    reasons: Map<string, number>;
}

type Page = Awaited<ReturnType<typeof post>>;

const post = (filter: DeliveryFilter, reason: string, after: string | undefined) =>
    ask(api.POST("/v1/deliveries/replay", { body: { filter, reason, limit: PER_CALL, ...(after === undefined ? {} : { after }) } }));

function add(tally: Tally, page: Page): Tally {
    const reasons = new Map(tally.reasons);
    for (const one of page.results)
        if (one.message !== undefined && one.outcome !== "queued") reasons.set(one.message, (reasons.get(one.message) ?? 0) + 1);
    return {
        tried: tally.tried + page.results.length,
        queued: tally.queued + page.queued,
        gone: tally.gone + page.gone,
        unrouted: tally.unrouted + page.unrouted,
        failed: tally.failed + page.failed,
        stopped: page.stopped,
        reasons,
    };
}

function inWords(tally: Tally): string {
    const said = [
        tally.queued > 0 && `${counted(tally.queued, "delivery is", "deliveries are")} queued again`,
        tally.unrouted > 0 && `${counted(tally.unrouted, "has", "have")} nobody to tell`,
        tally.gone > 0 && `${counted(tally.gone, "is", "are")} not there any more`,
        tally.failed > 0 && `${counted(tally.failed, "could", "could")} not be queued`,
    ].filter((one) => one !== false);
    return said.length === 0 ? "there was nothing to send again" : said.join(", ");
}

function Progress({ tally, count, running, onStop }: { tally: Tally; count: number | undefined; running: boolean; onStop: () => void }) {
    const of = Math.max(count ?? 0, tally.tried, 1);
    return (
        <div class="form" role="status">
            <div class="progress-line">
                <progress value={running ? tally.tried : of} max={of} aria-label="Queued again" />
                <span class="nowrap">{tally.tried.toLocaleString("en")} done</span>
                {running && <Button onClick={onStop}>Stop</Button>}
            </div>
            <p class="result-words">{tally.tried === 0 && running ? "Queueing…" : inWords(tally)}.</p>
            {tally.stopped !== undefined && <p class="bad">{tally.stopped}</p>}
            <ul class="reasons">
                {[...tally.reasons].slice(0, 6).map(([message, times]) => (
                    <li key={message}>
                        {times} × {message}
                    </li>
                ))}
            </ul>
        </div>
    );
}

export interface SendAim {
    filter: DeliveryFilter;
    what: string; // "3 that failed because the answer was 422"
    count: number | undefined;
}

export function SendAgainDialog({ aim, onClose }: { aim: SendAim; onClose: () => void }) {
    const [tally, setTally] = useState<Tally>();
    const [running, setRunning] = useState(false);
    const [problem, setProblem] = useState<Problem>();
    const going = useRef(true);
    useEffect(() => () => void (going.current = false), []);
    const run = async (reason: string): Promise<void> => {
        going.current = true;
        setRunning(true);
        setProblem(undefined);
        let sum: Tally = { tried: 0, queued: 0, gone: 0, unrouted: 0, failed: 0, stopped: undefined, reasons: new Map() };
        try {
            let after: string | undefined;
            do {
                const page = await post(aim.filter, reason, after);
                sum = add(sum, page);
                setTally(sum);
                after = page.more && page.stopped === undefined ? page.next : undefined;
            } while (after !== undefined && going.current);
            toast(`Done: ${inWords(sum)}.`, sum.queued > 0 ? "good" : "bad");
        } catch (error) {
            setProblem(asProblem(error));
        } finally {
            setRunning(false);
        }
    };
    const onSubmit = (event: SubmitEvent): void => {
        event.preventDefault();
        void run(String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim());
    };
    return (
        <Dialog title={`Send again: ${aim.what}`} onClose={onClose}>
            {tally !== undefined && <Progress tally={tally} count={aim.count} running={running} onStop={() => (going.current = false)} />}
            {problem !== undefined && <Failure problem={problem} />}
            {tally === undefined ? (
                <form class="form" onSubmit={onSubmit}>
                    <p class="soft">Each is queued under the id that it had, by which its receiver can tell a repeat.</p>
                    <Field label="Why?" hint="It stays in the history of each.">
                        {(attributes) => <textarea {...attributes} autofocus name="reason" required maxLength={2000} />}
                    </Field>
                    <div class="actions">
                        <Button type="submit" look="primary" disabled={running}>
                            {running ? "Working…" : "Send again"}
                        </Button>
                    </div>
                </form>
            ) : (
                !running && (
                    <div class="actions">
                        <Button look="primary" onClick={onClose}>
                            Close
                        </Button>
                    </div>
                )
            )}
        </Dialog>
    );
}
