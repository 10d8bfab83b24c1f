// Deciding one exception. What somebody else does meanwhile is shown above what was typed, which stays.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, ask, ifMatch } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { Taxonomy } from "../../live/taxonomy";
import { Button, Failure, When } from "../../ui/basics";
import { toast } from "../../ui/toast";
import { resolutionWords, term } from "../../words/terms";
import type { Exception } from "./board";
import { bodyOf, emptyDraft, ResolutionFields, type Draft } from "./resolution";
import { actionsFor } from "./words";

const drafts = new Map<string, Draft>(); // what was typed and not sent, as long as the tab lives

// "disqualified, cause: Nobody who would buy. “…”"
function Outcome({ row, taxonomy }: { row: Exception; taxonomy: Taxonomy }) {
    return (
        <>
            : {term(resolutionWords, row.action ?? "")}
            {row.cause !== undefined && row.cause !== "" && `, cause: ${taxonomy.causeTitle(row.cause)}`}
            {row.remediation !== undefined && row.remediation !== "" && `. “${row.remediation}”`}
        </>
    );
}

// What others did since `version`.
export function Meanwhile({ row, since, me, taxonomy }: { row: Exception; since: number; me: string; taxonomy: Taxonomy }) {
    const news = (row.history ?? []).filter((one) => one.seq > since && one.actor !== me);
    if (news.length === 0) return null;
    return (
        <div class="notice warning" role="alert">
            {news.map((one) => (
                <p key={one.seq}>
                    <strong>{one.actor === "" ? "Meshline" : one.actor}</strong> {one.what} this <When at={one.time} />
                    {one.what === "resolved" ? <Outcome row={row} taxonomy={taxonomy} /> : one.note !== "" && `: “${one.note}”`}
                </p>
            ))}
        </div>
    );
}

interface DecideProps {
    row: Exception;
    me: string;
    taxonomy: Taxonomy;
    onClose: () => void;
    onDone: (said: string) => void;
    onConflict: () => void; // read it anew
}

export function Decide({ row, me, taxonomy, onClose, onDone, onConflict }: DecideProps) {
    const [draft, setDraft] = useState<Draft>(() => drafts.get(row.id) ?? emptyDraft);
    const [problem, setProblem] = useState<Problem>();
    const [busy, setBusy] = useState(false);
    const since = useRef(row.version); // what the person saw when they began
    const [stale, setStale] = useState(false); // the server said so: what is shown now is to be confirmed
    const form = useRef<HTMLFormElement>(null);
    // At once: what is typed after `r` is meant for the form, not for the page.
    useLayoutEffect(() => form.current?.querySelector("select")?.focus(), []);
    const change = (changed: Partial<Draft>): void => {
        const next = { ...draft, ...changed };
        drafts.set(row.id, next);
        setDraft(next);
    };
    const submit = async (event: SubmitEvent): Promise<void> => {
        event.preventDefault();
        setBusy(true);
        setProblem(undefined);
        try {
            const answer = await ask(
                api.POST("/v1/exceptions/{id}/resolve", {
                    params: { path: { id: row.id }, header: ifMatch(row.version) },
                    body: bodyOf(draft),
                }),
            );
            drafts.delete(row.id);
            const owner = answer.owner !== undefined && draft.action !== "disqualify" ? ` Owner: ${answer.owner}.` : "";
            toast(`${row.id} is decided: ${term(resolutionWords, draft.action)}.${owner}`);
            onDone(draft.action);
        } catch (error) {
            const said = asProblem(error);
            setProblem(said);
            setStale(said.isConflict);
            if (said.isConflict) onConflict();
        } finally {
            setBusy(false);
        }
    };
    const over = row.state !== "open";
    const changed = (row.history ?? []).some((one) => one.seq > since.current && one.actor !== me);
    return (
        <section class="section triage-decide" aria-labelledby="decide-title">
            <header class="section-head">
                <h2 id="decide-title">{over ? "It is decided already" : "Decide"}</h2>
                <Button look="quiet" onClick={onClose} aria-label="Close the form; what you typed is kept">
                    ✕
                </Button>
            </header>
            {!over && row.claimed_by !== undefined && row.claimed_by !== me && (
                <p class="notice warning">
                    <strong>{row.claimed_by}</strong> is at it. Ask before you decide: your decision ends the claim.
                </p>
            )}
            <Meanwhile row={row} since={since.current} me={me} taxonomy={taxonomy} />
            <form ref={form} class="form" onSubmit={(event) => void submit(event)} onKeyDown={(event) => event.key === "Escape" && onClose()}>
                <ResolutionFields actions={actionsFor(row)} kind={row.kind} draft={draft} onChange={change} taxonomy={taxonomy} />
                {problem !== undefined && !(stale && changed) && <Failure problem={problem} />}
                <div class="actions">
                    <Button type="submit" look="primary" disabled={busy || over}>
                        {busy ? "Working…" : changed && !over ? "Resolve all the same" : "Resolve"}
                    </Button>
                    {over ? (
                        <span class="soft small">Nothing of yours was written. What you typed stays here, to copy.</span>
                    ) : (
                        <span class="soft small">Recorded under {me}.</span>
                    )}
                </div>
            </form>
        </section>
    );
}
