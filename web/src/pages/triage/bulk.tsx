// Deciding many at once: one action, cause and remediation for all; progress over several calls; what
// could not be is named.
import { useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { Taxonomy } from "../../live/taxonomy";
import { Button, Failure } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { counted } from "../../words/words";
import type { Filter } from "./board";
import { bodyOf, emptyDraft, ResolutionFields, type Draft } from "./resolution";

// Which ones: those that were marked, or all of a filter.
export type Choice = { ids: string[] } | { filter: Pick<Filter, "kind" | "queue" | "team" | "claimed" | "lead">; count: number };

interface Progress {
    resolved: number;
    gone: number;
    failed: { id: string; message: string }[];
    tried: number;
    state: "running" | "done" | "stopped";
    why?: string; // it stopped
}

const CALL = 250; // of one call, so that progress is seen

const sizeOf = (choice: Choice): number => ("ids" in choice ? choice.ids.length : choice.count);

// One call after the other; `tell` gets how far it is, `go` says whether to go on.
async function resolveAll(choice: Choice, draft: Draft, tell: (progress: Progress) => void, go: () => boolean): Promise<void> {
    const progress: Progress = { resolved: 0, gone: 0, failed: [], tried: 0, state: "running" };
    let rest = "ids" in choice ? choice.ids : [];
    let after: string | undefined;
    for (;;) {
        const which = "ids" in choice ? { ids: rest.slice(0, CALL) } : { ...choice.filter, limit: CALL, ...(after === undefined ? {} : { after }) };
        const answer = await ask(api.POST("/v1/exceptions/resolve", { body: { ...which, ...bodyOf(draft) } }));
        progress.resolved += answer.resolved;
        progress.gone += answer.gone;
        progress.tried += answer.results.length;
        for (const one of answer.results) if (one.outcome === "failed") progress.failed.push({ id: one.exception, message: one.message ?? "" });
        rest = rest.slice(answer.results.length);
        after = answer.next;
        const more = "ids" in choice ? rest.length > 0 : answer.more;
        if (answer.stopped !== undefined) Object.assign(progress, { state: "stopped", why: answer.stopped });
        else if (!more) progress.state = "done";
        else if (!go() || answer.results.length === 0) Object.assign(progress, { state: "stopped", why: "You stopped it; the rest is as it was." });
        tell({ ...progress, failed: [...progress.failed] });
        if (progress.state !== "running") return;
    }
}

function Results({ progress, size }: { progress: Progress; size: number }) {
    return (
        <div class="bulk-results" role="status">
            <progress max={Math.max(size, progress.tried)} value={progress.tried} aria-label="Exceptions tried" />
            <p>
                <strong>{counted(progress.resolved, "exception")} resolved</strong>
                {progress.gone > 0 && `, ${progress.gone} had been decided by others before`}
                {progress.failed.length > 0 && `, ${progress.failed.length} could not be and stay open`}
                {progress.state === "running" ? ` of ${size}…` : "."}
            </p>
            {progress.why !== undefined && <p class="warning">{progress.why}</p>}
            {progress.failed.length > 0 && (
                <ul class="bulk-failed small">
                    {progress.failed.slice(0, 200).map((one) => (
                        <li key={one.id}>
                            <Link href={`/triage/${one.id}`}>{one.id}</Link>: {one.message}
                        </li>
                    ))}
                    {progress.failed.length > 200 && <li>and {progress.failed.length - 200} more, which stay in the list</li>}
                </ul>
            )}
        </div>
    );
}

interface BulkProps {
    choice: Choice;
    kind: string | undefined; // when all are of one
    actions: string[];
    others: string[]; // who has claimed some of them
    me: string;
    taxonomy: Taxonomy;
    onClose: (changed: boolean) => void;
}

export function Bulk({ choice, kind, actions, others, me, taxonomy, onClose }: BulkProps) {
    const [draft, setDraft] = useState<Draft>(emptyDraft);
    const [progress, setProgress] = useState<Progress>();
    const [problem, setProblem] = useState<Problem>();
    const going = useRef(false);
    const size = sizeOf(choice);
    const running = progress?.state === "running";
    const submit = async (event: SubmitEvent): Promise<void> => {
        event.preventDefault();
        going.current = true;
        setProblem(undefined);
        setProgress({ resolved: 0, gone: 0, failed: [], tried: 0, state: "running" });
        await resolveAll(choice, draft, setProgress, () => going.current).catch((error) => {
            setProblem(asProblem(error));
            setProgress((now) => (now === undefined || now.tried === 0 ? undefined : { ...now, state: "stopped" }));
        });
    };
    const close = (): void => {
        going.current = false;
        onClose(progress !== undefined);
    };
    return (
        <Dialog title={`Resolve ${counted(size, "exception")}`} onClose={close}>
            <form class="form" onSubmit={(event) => void submit(event)}>
                {progress === undefined && (
                    <>
                        {kind !== undefined && <p>All are “{taxonomy.kindTitle(kind)}”. Each is decided on its own, with the same cause and remediation.</p>}
                        {others.length > 0 && <p class="notice warning">Some are claimed by {others.join(", ")}: they will be decided as well.</p>}
                        <ResolutionFields actions={actions} kind={kind} draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} taxonomy={taxonomy} />
                    </>
                )}
                {progress !== undefined && <Results progress={progress} size={size} />}
                {problem !== undefined && <Failure problem={problem} />}
                <div class="actions">
                    {progress === undefined && (
                        <Button type="submit" look="primary">
                            Resolve {counted(size, "exception")}
                        </Button>
                    )}
                    {running && <Button onClick={() => (going.current = false)}>Stop after this call</Button>}
                    {progress !== undefined && !running && (
                        <Button look="primary" onClick={close}>
                            Back to the list
                        </Button>
                    )}
                    {progress === undefined && <span class="soft small">Recorded under {me}.</span>}
                </div>
            </form>
        </Dialog>
    );
}
