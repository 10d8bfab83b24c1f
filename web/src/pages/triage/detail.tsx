// One exception beside the list: what happened, what to do, whose it is, and everything behind it.
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask, ifMatch } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import type { Taxonomy } from "../../live/taxonomy";
import { Badge, Button, Countdown, Failure, Loaded, Section, When } from "../../ui/basics";
import { useTitle } from "../../ui/title";
import { toast } from "../../ui/toast";
import { resolutionWords, term } from "../../words/terms";
import { capital } from "../../words/words";
import type { Exception } from "./board";
import { Decide } from "./decide";
import { Replay } from "./replay";
import { Services } from "./services";
import { LeadFacts, OwnHistory, Timeline, Why } from "./story";
import { fallbackWords, meanwhile, sentence, subjectWords, type RepName } from "./words";

interface DetailProps {
    id: string;
    me: string;
    rep: RepName;
    taxonomy: Taxonomy;
    back: string; // the list without a detail
    onChanged: (row: Exception) => void;
    onNext: () => void;
    decide: boolean;
    setDecide: (on: boolean) => void;
}

// Claiming and giving up a claim. What the server refuses is shown, with what is true now.
function useClaim(row: Exception | undefined, me: string, refresh: () => void) {
    const [problem, setProblem] = useState<Problem>();
    const write = async (calls: (() => Promise<unknown>)[], done: string): Promise<void> => {
        setProblem(undefined);
        try {
            for (const call of calls) await call();
            toast(done);
        } catch (error) {
            setProblem(asProblem(error));
        }
        refresh();
    };
    const id = row?.id ?? "";
    const claim = () => ask(api.POST("/v1/exceptions/{id}/claim", { params: { path: { id } } }));
    // A claim that changed hands since it was seen is nobody's to give up.
    const release = () => ask(api.POST("/v1/exceptions/{id}/release", { params: { path: { id }, header: ifMatch(row?.version ?? 0) } }));
    return {
        problem,
        claim: () => {
            if (row?.state !== "open" || row.claimed_by === me) return;
            void write([claim], `${id} is yours.`);
        },
        takeOver: () => void write([release, claim], `${id} is yours now.`),
        release: () => void write([release], `${id} is free for others.`),
    };
}

function Resolved({ row, taxonomy, onNext }: { row: Exception; taxonomy: Taxonomy; onNext: () => void }) {
    return (
        <div class="notice good">
            <p>
                <strong>{capital(term(resolutionWords, row.action ?? ""))}</strong> <When at={row.resolved_at} />
                {row.automatic === true ? ", by itself" : row.resolved_by !== undefined ? ` by ${row.resolved_by}` : ""}
                {row.cause !== undefined && row.cause !== "" && `. Cause: ${taxonomy.causeTitle(row.cause)}`}
                {row.remediation !== undefined && row.remediation !== "" && `. “${row.remediation}”`}
            </p>
            <Button onClick={onNext} keys="j">
                Next exception
            </Button>
        </div>
    );
}

function Advice({ row, taxonomy }: { row: Exception; taxonomy: Taxonomy }) {
    const itself = fallbackWords(row, taxonomy);
    if (row.state !== "open") return null;
    return (
        <dl class="advice">
            <div>
                <dt>What to do</dt>
                <dd>{row.recommended ?? "Decide."}</dd>
            </div>
            {itself !== undefined && (
                <div>
                    <dt>
                        By itself {new Date(row.due_at).getTime() > Date.now() ? "in " : ""}
                        <Countdown due={row.due_at} soon={3_600_000} />
                    </dt>
                    <dd>
                        {itself}
                        {row.expired > 0 && <span class="soft small"> Its deadline has passed {row.expired === 1 ? "once" : `${row.expired} times`} already.</span>}
                    </dd>
                </div>
            )}
        </dl>
    );
}

function LeadParts({ row, lead, rep, taxonomy }: { row: Exception; lead: string; rep: RepName; taxonomy: Taxonomy }) {
    const path = { params: { path: { id: lead } } };
    const whole = useQuery(`lead:${lead}`, () => ask(api.GET("/v1/leads/{id}", path)), { about: [lead, "delivery."], atMost: 3000 });
    const events = useQuery(`lead-events:${lead}`, () => ask(api.GET("/v1/leads/{id}/events", path)), { about: [lead], atMost: 2000 });
    const why = useQuery(`lead-why:${lead}`, () => ask(api.GET("/v1/leads/{id}/explanation", path)), { about: [lead], atMost: 5000 });
    return (
        <>
            <Section title="The lead" actions={<Link href={`/leads/${lead}`}>Open {lead}</Link>}>
                <Loaded query={whole}>{(data) => <LeadFacts lead={data} rep={rep} taxonomy={taxonomy} />}</Loaded>
            </Section>
            <Replay row={row} />
            <Section title="What happened, newest first">
                <Loaded query={events}>{(data) => <Timeline events={data.events} />}</Loaded>
            </Section>
            <Section title="Services contacted">
                <Loaded query={whole}>
                    {(data) => <Services deliveries={data.deliveries ?? []} more={data.more_deliveries === true} lead={lead} />}
                </Loaded>
            </Section>
            <Section title="Why it was decided so">
                <Loaded query={why}>{(data) => <Why explanation={data} taxonomy={taxonomy} />}</Loaded>
            </Section>
        </>
    );
}

function Actions({ row, me, claim, decide, setDecide }: { row: Exception; me: string; claim: ReturnType<typeof useClaim>; decide: boolean; setDecide: (on: boolean) => void }) {
    if (row.state !== "open") return null;
    return (
        <div class="actions">
            {row.claimed_by === undefined && (
                <Button onClick={claim.claim} keys="c">
                    Claim
                </Button>
            )}
            {row.claimed_by === me && <Button onClick={claim.release}>Release</Button>}
            {row.claimed_by !== undefined && row.claimed_by !== me && <Button onClick={claim.takeOver}>Take over from {row.claimed_by}</Button>}
            <Button look="primary" onClick={() => setDecide(true)} aria-expanded={decide} keys="r">
                Resolve
            </Button>
        </div>
    );
}

function Opened({ row, who, props, refresh }: { row: Exception; who: string; props: DetailProps; refresh: () => void }) {
    const { me, rep, taxonomy, decide, setDecide } = props;
    const claim = useClaim(row, me, refresh);
    useTitle(`${who}: ${taxonomy.kindTitle(row.kind)}`);
    useKeys([
        { keys: "c", what: "Claim the exception", run: claim.claim },
        { keys: "r", what: "Resolve the exception", run: () => row.state === "open" && setDecide(true) },
    ]);
    return (
        <>
            <header class="triage-head">
                <div class="triage-title">
                    <h2>{who}</h2>
                    <p class="soft">
                        {taxonomy.kindTitle(row.kind)} · {row.id} · {row.team === "" ? "no team" : taxonomy.teamTitle(row.team)}{" "}
                        {row.claimed_by !== undefined && row.state === "open" && (
                            <Badge tone={row.claimed_by === me ? "accent" : "warning"}>{row.claimed_by === me ? "claimed by you" : `${row.claimed_by} is at it`}</Badge>
                        )}
                    </p>
                </div>
                <Actions row={row} me={me} claim={claim} decide={decide} setDecide={setDecide} />
            </header>
            {claim.problem !== undefined && <Failure problem={claim.problem} />}
            <p class="triage-sentence">
                {sentence(row, who, taxonomy)} {meanwhile(row, rep, taxonomy)} <span class="soft">Opened <When at={row.opened_at} />.</span>
            </p>
            {row.context !== undefined && row.context !== "" && row.about === "lead" && row.kind !== "enrichment_timeout" && <blockquote class="quote">{row.context}</blockquote>}
            {row.state !== "open" && !decide && <Resolved row={row} taxonomy={taxonomy} onNext={props.onNext} />}
            <Advice row={row} taxonomy={taxonomy} />
            {decide && (
                <Decide
                    key={row.id}
                    row={row}
                    me={me}
                    taxonomy={taxonomy}
                    onClose={() => setDecide(false)}
                    onDone={() => {
                        setDecide(false);
                        refresh();
                    }}
                    onConflict={refresh}
                />
            )}
            {row.lead !== undefined ? (
                <LeadParts key={row.lead} row={row} lead={row.lead} rep={rep} taxonomy={taxonomy} />
            ) : (
                <>
                    <Replay row={row} />
                    <Section title="What happened, newest first">
                        <OwnHistory row={row} />
                    </Section>
                </>
            )}
            <details class="raw">
                <summary>Raw</summary>
                <pre tabIndex={0}>{JSON.stringify(row, null, 2)}</pre>
            </details>
        </>
    );
}

export function Detail(props: DetailProps) {
    const { id, taxonomy, back, onChanged } = props;
    const exception = useQuery(`exception:${id}`, () => ask(api.GET("/v1/exceptions/{id}", { params: { path: { id } } })), { about: [id] });
    const row = exception.data;
    useEffect(() => {
        if (row !== undefined) onChanged(row);
    }, [row]);
    return (
        <article class="triage-detail" aria-label={`Exception ${id}`}>
            <Link href={back} class="button quiet triage-back">
                ← All exceptions
            </Link>
            <Loaded query={exception}>
                {(data) => <Opened key={data.id} row={data} who={subjectWords(data, taxonomy)} props={props} refresh={exception.refresh} />}
            </Loaded>
        </article>
    );
}
