// The triage board: what needs a decision, most urgent first, and one of it opened beside the list.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem } from "../../api/problem";
import { useKeys } from "../../keys";
import { useNames } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { useTaxonomy } from "../../live/taxonomy";
import { Empty, Failure, Loading } from "../../ui/basics";
import { usePointing } from "../../ui/pointer";
import { useTitle } from "../../ui/title";
import { toast } from "../../ui/toast";
import { query, useParameters } from "../../url";
import { useBoard, type Exception } from "./board";
import { ListBar } from "./bar";
import { Bulk, type Choice } from "./bulk";
import { Clusters, filterOf, Filters } from "./clusters";
import { useCounts } from "./counts";
import { Detail } from "./detail";
import { List } from "./list";
import { useMarks } from "./marks";
import { useStanding } from "./standing";
import { actionsFor } from "./words";

const sameForAll = <T,>(values: T[]): T | undefined => (values.length > 0 && values.every((one) => one === values[0]) ? values[0] : undefined);

function nothingOpen(claimed: string | undefined, me: string): string {
    if (claimed === undefined) return "Nothing of this kind is open.";
    if (claimed === "nobody") return "Nothing here waits to be claimed.";
    return claimed === me ? "Nothing here is claimed by you." : `Nothing here is claimed by ${claimed}.`;
}

function Nothing({ filtered, claimed, resolved, me }: { filtered: boolean; claimed: string | undefined; resolved: boolean; me: string }) {
    if (resolved) return <Empty title="Nothing was resolved yet.">What people and fallbacks decide stands here, with cause and remediation.</Empty>;
    return filtered ? (
        <Empty title={nothingOpen(claimed, me)}>
            <Link href="/triage">Show everything that is open</Link>
        </Empty>
    ) : (
        <Empty title="Nothing waits for a decision.">
            Every lead is where the rules put it. New exceptions appear here by themselves; <Link href="/triage?state=resolved">see what was decided</Link>.
        </Empty>
    );
}

export function TriagePage({ params }: { params: Record<string, string> }) {
    const [parameters, change] = useParameters();
    const taxonomy = useTaxonomy();
    const names = useNames();
    const me = useQuery("me", () => ask(api.GET("/v1/me"))).data?.name ?? "";
    const open = params.id?.toUpperCase();
    useTitle(open === undefined ? "Triage board" : `Exception ${open}`);
    const pointing = usePointing();
    const [choice, setChoice] = useState<Choice>();
    const filter = filterOf(parameters);
    const question = JSON.stringify(filter);
    const resolved = filter.state === "resolved" || filter.cause !== undefined;
    const board = useBoard(filter, pointing.inside);
    const marks = useMarks(question);
    const { clusters, total, exactly } = useCounts(filter, board);

    const hrefOf = (id: string): string => `/triage/${id}${query(parameters)}`;
    const list = "/triage" + query(parameters);
    const { current, cursor, show, move, close, decide, setDecide, showToDecide } = useStanding(board.ids, open, hrefOf, list);
    // The keys of an open exception, for the row that the list stands at.
    const claimRow = (id: string): void => {
        ask(api.POST("/v1/exceptions/{id}/claim", { params: { path: { id } } }))
            .then(() => toast(`${id} is yours.`))
            .catch((error) => toast(asProblem(error).message, "bad"))
            .finally(() => void board.refresh());
    };
    const isOpen = (id: string): boolean => board.rows.find((row) => row.id === id)?.state === "open" && !board.left.has(id);
    useKeys([
        { keys: "j", what: "Next exception", run: () => move(1) },
        { keys: "k", what: "Previous exception", run: () => move(-1) },
        { keys: "Enter", what: "Open the exception", run: () => cursor !== undefined && show(cursor) },
        { keys: "Escape", what: "Back to the list", run: () => (decide ? setDecide(false) : close()) },
        { keys: "c", what: "Claim the exception", run: () => cursor !== undefined && isOpen(cursor) && claimRow(cursor) },
        { keys: "r", what: "Resolve the exception", run: () => cursor !== undefined && isOpen(cursor) && showToDecide(cursor) },
        { keys: "x", what: "Select the exception", run: () => current !== undefined && isOpen(current) && marks.mark(current, !marks.has(current)) },
        { keys: "X", what: "Select all of the cluster", run: () => filtered && marks.markAll(!marks.all) },
        { keys: "R", what: "Resolve what is selected", run: () => startBulk() },
    ]);

    const filtered = Object.keys(filter).some((name) => name !== "state" && name !== "cause") && !resolved;
    const marked = marks.all ? total : marks.ids.size;
    const startBulk = (): void => {
        if (marked === 0) return;
        const { state: _state, cause: _cause, ...which } = filter;
        setChoice(marks.all ? { filter: which, count: total } : { ids: [...marks.ids] });
    };
    const chosenRows = board.rows.filter((row) => marks.has(row.id));
    const onChanged = (row: Exception): void => {
        board.put(row);
        if (row.state !== "open" && !resolved && board.ids.includes(row.id)) void board.refresh();
    };
    return (
        <div class={open === undefined ? "triage" : "triage with-detail"}>
            <div class="triage-board">
                <header class="triage-top">
                    <h1>Triage board</h1>
                    <Filters parameters={parameters} taxonomy={taxonomy} me={me} change={change} />
                </header>
                <Clusters clusters={clusters} parameters={parameters} taxonomy={taxonomy} />
            </div>
            <section class="triage-list" aria-label="Exceptions" {...pointing.on}>
                <ListBar board={board} marks={marks} marked={marked} total={total} exactly={exactly} resolved={resolved} filtered={filtered} onResolve={startBulk} />
                {board.problem !== undefined && <Failure problem={board.problem} retry={() => void board.refresh()} />}
                {board.loading ? (
                    <Loading />
                ) : board.rows.length === 0 ? (
                    <Nothing filtered={filtered} claimed={filter.claimed} resolved={resolved} me={me} />
                ) : (
                    <List board={board} total={total} current={current} context={{ taxonomy, me, marked: marks.has, onMark: marks.mark, hrefOf, question: query(parameters) }} />
                )}
            </section>
            {open !== undefined ? (
                <Detail
                    id={open}
                    me={me}
                    rep={(id) => names.name("rep", id)}
                    taxonomy={taxonomy}
                    back={list}
                    onChanged={onChanged}
                    onNext={() => move(1)}
                    decide={decide}
                    setDecide={setDecide}
                />
            ) : (
                <div class="triage-detail triage-none">
                    <Empty title="Open one to see what happened.">
                        <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>c</kbd> claims, <kbd>r</kbd> resolves, <kbd>x</kbd> selects.
                    </Empty>
                </div>
            )}
            {choice !== undefined && (
                <Bulk
                    choice={choice}
                    kind={filter.kind ?? sameForAll(chosenRows.map((row) => row.kind))}
                    actions={sharedActions(chosenRows)}
                    others={[...new Set(chosenRows.flatMap((row) => (row.claimed_by !== undefined && row.claimed_by !== me ? [row.claimed_by] : [])))]}
                    me={me}
                    taxonomy={taxonomy}
                    onClose={(changed) => {
                        setChoice(undefined);
                        if (!changed) return;
                        marks.clear();
                        void board.refresh();
                    }}
                />
            )}
        </div>
    );
}

// What every one of them allows; leads are merged one by one only.
function sharedActions(rows: Exception[]): string[] {
    const all = ["assign", "requeue", "retry", "disqualify", "dismiss"];
    const allowed = rows.map(actionsFor);
    return all.filter((action) => allowed.every((one) => one.includes(action)));
}
