// A dialog that sends many deliveries again: asks why, and tells what became of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import { Button, Failure } from "../../ui/basics";
import { Dialog, Field } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import type { DeliveryFilter } from "./data";
import { sendAllAgain, tallyInWords, type Tally } from "./sending-again";

function Progress({ tally, count, running, onStop }: { tally: Tally; count: number | undefined; running: boolean; onStop: () => void }) {
    const of = Math.max(count ?? 0, tally.tried, 1);
    return (
        <div class="form" role="status">
            <div class="progress-line">
                <progress value={running ? tally.tried : of} max={of} aria-label="Queued again" />
                <span class="nowrap">{tally.tried.toLocaleString("en")} done</span>
                {running && <Button onClick={onStop}>Stop</Button>}
            </div>
            <p class="result-words">{tally.tried === 0 && running ? "Queueing…" : tallyInWords(tally)}.</p>
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
        try {
            const sum = await sendAllAgain(aim.filter, reason, setTally, () => going.current);
            toast(`Done: ${tallyInWords(sum)}.`, sum.queued > 0 ? "good" : "bad");
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
