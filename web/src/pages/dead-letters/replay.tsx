// Replays dead letters: first what would become of them, by each version of the contract; then for good.
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import { useQuery } from "../../live/query";
import { Button, Failure } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { nothingTried, replayAll, tallyInWords, type ReplayBody, type Tally } from "./replaying";
import { deadLetters, Mistake } from "./words";

const DRY_MOST = 2000; // tried in a dry run, at most
const PER_CALL = 100;

export interface ReplayAim {
    body: ReplayBody; // which ones
    what: string; // "those that …", for the heading
    count: number;
    source: string | undefined; // whose versions may read them
}

type Choice = number | undefined; // the version that reads them

// As they come, then by each version that is not in force; none as long as that is not known.
function useChoices(source: string | undefined): Choice[] {
    const found = useQuery(source === undefined ? null : `source ${source}`, () =>
        ask(api.GET("/v1/sources/{source}", { params: { path: { source: source ?? "" } } })),
    );
    if (found.loading) return [];
    const others = (found.data?.versions ?? []).filter((one) => one.declared === true && one.version !== found.data?.active);
    return [undefined, ...others.map((one) => one.version)];
}

// Dry runs one after another: as they came, then by each version.
function useDryRuns(aim: ReplayAim, choices: Choice[]): [Map<Choice, Tally>, Problem | undefined] {
    const [tallies, setTallies] = useState<Map<Choice, Tally>>(new Map());
    const [problem, setProblem] = useState<Problem>();
    const wanted = choices.map((one) => one ?? "now").join(" ");
    useEffect(() => {
        let here = true;
        const run = async (): Promise<void> => {
            for (const readAs of choices) {
                const tally = await replayAll(aim.body, { readAs, dry: true, perCall: 500, most: DRY_MOST, goesOn: () => here });
                if (!here) return;
                setTallies((known) => new Map(known).set(readAs, tally));
            }
        };
        run().catch((error) => here && setProblem(asProblem(error)));
        return () => {
            here = false;
        };
    }, [aim, wanted]);
    return [tallies, problem];
}

function Reasons({ tally }: { tally: Tally }) {
    if (tally.reasons.length === 0) return null;
    return (
        <ul class="reasons">
            {tally.reasons.slice(0, 6).map((one) => (
                <li key={one.message}>
                    <strong>{one.count.toLocaleString("en")} ×</strong> <Mistake message={one.message} pointer={one.pointer} />{" "}
                    <Link href={`/dead-letters/${one.example}`} class="small">
                        {one.example}
                    </Link>
                </li>
            ))}
            {tally.reasons.length > 6 && <li class="soft">and {tally.reasons.length - 6} further kinds of mistakes</li>}
        </ul>
    );
}

function Choices({
    choices,
    tallies,
    chosen,
    onChoose,
}: {
    choices: Choice[];
    tallies: Map<Choice, Tally>;
    chosen: Choice;
    onChoose: (choice: Choice) => void;
}) {
    return (
        <fieldset class="choices">
            <legend>Dry run: nothing has changed yet</legend>
            {choices.map((choice) => {
                const tally = tallies.get(choice);
                return (
                    <label key={choice ?? 0} class={choice === chosen ? "choice chosen" : "choice"}>
                        <input type="radio" name="read_as" checked={choice === chosen} onChange={() => onChoose(choice)} />
                        <span>
                            <span class="choice-name">{choice === undefined ? "Read as the contract says now" : `Read by version ${choice}`}</span>
                            <span class="choice-said">
                                {tally === undefined ? "Trying…" : tallyInWords(tally, true)}
                                {tally?.more === true && ` (of the first ${tally.tried.toLocaleString("en")})`}
                            </span>
                        </span>
                    </label>
                );
            })}
        </fieldset>
    );
}

function Results({ tally, count, running, onStop }: { tally: Tally; count: number; running: boolean; onStop: () => void }) {
    const of = Math.max(count, tally.tried);
    return (
        <div class="form" role="status">
            <div class="progress-line">
                <progress value={running ? tally.tried : of} max={of} aria-label="Replayed" />
                <span class="nowrap">
                    {tally.tried.toLocaleString("en")} of {of.toLocaleString("en")}
                </span>
                {running && <Button onClick={onStop}>Stop</Button>}
            </div>
            <p class="result-words">
                {tally.tried === 0 && running ? "Replaying…" : tallyInWords(tally, false)}
                {!running && tally.more && "; the others stay open"}.
            </p>
            {tally.stopped !== undefined && <p class="bad">{tally.stopped}</p>}
            {tally.made.length > 0 && (
                <p class="small">
                    Leads:{" "}
                    {tally.made.map((one) => (
                        <span key={one.letter}>
                            <Link href={`/leads/${one.lead}`}>{one.lead}</Link>{" "}
                        </span>
                    ))}
                    {tally.leads + tally.touchpoints > tally.made.length && "…"}
                </p>
            )}
            <Reasons tally={tally} />
        </div>
    );
}

export function ReplayDialog({ aim, onClose, onDone }: { aim: ReplayAim; onClose: () => void; onDone?: () => void }) {
    const choices = useChoices(aim.source);
    const [dry, dryProblem] = useDryRuns(aim, choices);
    const [chosen, setChosen] = useState<Choice>(undefined);
    const [result, setResult] = useState<Tally>();
    const [running, setRunning] = useState(false);
    const [problem, setProblem] = useState<Problem>();
    const going = useRef(true);
    useEffect(() => () => void (going.current = false), []);
    const expected = dry.get(chosen);
    const changes = (tally: Tally | undefined): boolean => tally !== undefined && tally.leads + tally.touchpoints + tally.skipped > 0;
    const some = changes(expected);
    const better = choices.find((one) => changes(dry.get(one)));

    const run = async (): Promise<void> => {
        going.current = true;
        setRunning(true);
        setProblem(undefined);
        setResult(nothingTried());
        try {
            const tally = await replayAll(aim.body, {
                readAs: chosen,
                dry: false,
                perCall: PER_CALL,
                most: Infinity,
                onProgress: setResult,
                goesOn: () => going.current,
            });
            toast(`Replayed: ${tallyInWords(tally, false)}.`, tally.leads + tally.touchpoints > 0 ? "good" : "bad");
        } catch (error) {
            setProblem(asProblem(error));
        } finally {
            setRunning(false);
            onDone?.();
        }
    };
    return (
        <Dialog title={`Replay ${aim.what}`} onClose={onClose}>
            {result === undefined ? (
                <div class="form">
                    <p class="soft">
                        Each goes through the front door again, keeps the time when it first came, and cannot become a second lead.
                    </p>
                    <Choices choices={choices} tallies={dry} chosen={chosen} onChoose={setChosen} />
                    {expected !== undefined && <Reasons tally={expected} />}
                    {dryProblem !== undefined && <Failure problem={dryProblem} />}
                    <div class="actions">
                        <Button look="primary" disabled={!some} onClick={() => void run()}>
                            Replay {deadLetters(aim.count)}
                        </Button>
                        {expected !== undefined && !some && (
                            <span class="soft">
                                {better === undefined
                                    ? "It would change nothing: mend the mapping or the contract first."
                                    : "It would change nothing this way."}
                            </span>
                        )}
                    </div>
                </div>
            ) : (
                <div class="form">
                    <Results tally={result} count={aim.count} running={running} onStop={() => (going.current = false)} />
                    {problem !== undefined && <Failure problem={problem} retry={() => void run()} />}
                    {!running && (
                        <div class="actions">
                            <Button look="primary" onClick={onClose}>
                                Close
                            </Button>
                        </div>
                    )}
                </div>
            )}
        </Dialog>
    );
}
