// The triage board: what needs a decision, most urgent first, and one of it opened beside the list.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { asProblem } from "../../api/problem";
import { useKeys } from "../../keys";
import { useNames } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { useTaxonomy } from "../../live/taxonomy";
import { Button, count, Empty, Failure, Loading } from "../../ui/basics";
import { ShowNews } from "../../ui/select";
import { toast } from "../../ui/toast";
import { query, useParameters } from "../../url";
import { useBoard, type Exception } from "./board";
import { Bulk, type Choice } from "./bulk";
import { Clusters, filterOf, Filters } from "./clusters";
import { Detail } from "./detail";
import { List } from "./list";
import { useMarks } from "./marks";
import { actionsFor } from "./words";

const sameForAll = <T,>(values: T[]): T | undefined => (values.length > 0 && values.every((one) => one === values[0]) ? values[0] : undefined);

function Nothing({ filtered, resolved }: { filtered: boolean; resolved: boolean }) {
    if (resolved) return <Empty title="Nothing was resolved yet.">What people and fallbacks decide stands here, with cause and remediation.</Empty>;
    return filtered ? (
        <Empty title="Nothing of this kind is open.">
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
    const [, navigate] = useLocation();
    const taxonomy = useTaxonomy();
    const names = useNames();
    const me = useQuery("me", () => ask(api.GET("/v1/me"))).data?.name ?? "";
    const open = params.id?.toUpperCase();
    const [pointed, setPointed] = useState(false);
    const [cursor, setCursor] = useState<string>();
    const [decide, setDecide] = useState(false);
    const [choice, setChoice] = useState<Choice>();
    const filter = filterOf(parameters);
    const question = JSON.stringify(filter);
    const resolved = filter.state === "resolved" || filter.cause !== undefined;
    const board = useBoard(filter, pointed);
    const marks = useMarks(question);
    const clusters = useQuery(
        `exception-clusters:${resolved}:${filter.team ?? ""}`,
        () =>
            ask(
                api.GET("/v1/exceptions/clusters", {
                    params: { query: { state: resolved ? "resolved" : "open", ...(filter.team === undefined ? {} : { team: filter.team }) } },
                }),
            ),
        { about: ["exception.", "lead.excepted"], atMost: 2000 },
    );
    const queueOf = (kind: string): string | undefined => taxonomy.kinds.find((one) => one.kind === kind)?.queue;
    const known = clusters.data?.clusters ?? [];
    // How many rows the filter finds: said by the clusters, unless it asks for more than they tell apart.
    const told = known
        .filter((one) => (filter.kind === undefined || one.kind === filter.kind) && (filter.queue === undefined || queueOf(one.kind) === filter.queue) && (filter.cause === undefined || one.cause === filter.cause))
        .reduce((sum, one) => sum + one.count, 0);
    const tellsAll = filter.claimed_by === undefined && filter.lead === undefined;
    const total = board.more ? Math.max(board.rows.length + 1, tellsAll ? told : 0) : board.rows.length;

    const current = open ?? cursor;
    const place = useRef(0); // of the current row, also when it has left the list
    const at = current === undefined ? -1 : board.ids.indexOf(current);
    if (at >= 0) place.current = at;
    const hrefOf = (id: string): string => `/triage/${id}${query(parameters)}`;
    const list = "/triage" + query(parameters);
    const show = (id: string): void => navigate(hrefOf(id), { replace: open !== undefined });
    const wantsDecision = useRef(false); // the next one that opens is opened to be decided
    const focusRow = useRef(false); // the keys move the focus with the row, so that Enter and Tab go on from there
    const move = (by: number): void => {
        const from = at >= 0 ? at + by : current === undefined ? 0 : place.current + (by > 0 ? 0 : by);
        const id = board.ids[Math.max(0, Math.min(board.ids.length - 1, from))];
        if (id === undefined) return;
        focusRow.current = true;
        if (open !== undefined) show(id);
        else setCursor(id);
    };
    useEffect(() => {
        setDecide(wantsDecision.current);
        wantsDecision.current = false;
        if (open !== undefined) setCursor(open);
    }, [open]);
    useLayoutEffect(() => {
        if (focusRow.current) document.querySelector<HTMLElement>(".triage-row.current a")?.focus({ preventScroll: true });
        focusRow.current = false;
    }, [current, open]);
    // The keys of an open exception, for the row that the list stands at.
    const claimRow = (id: string): void => {
        ask(api.POST("/v1/exceptions/{id}/claim", { params: { path: { id } } }))
            .then(() => toast(`${id} is yours.`))
            .catch((error) => toast(asProblem(error).message, "bad"))
            .finally(() => void board.refresh());
    };
    const decideRow = (id: string): void => {
        wantsDecision.current = true;
        show(id);
    };
    const close = (): void => {
        focusRow.current = true;
        navigate(list);
    };
    const isOpen = (id: string): boolean => board.rows.find((row) => row.id === id)?.state === "open" && !board.left.has(id);
    useKeys([
        { keys: "j", what: "Next exception", run: () => move(1) },
        { keys: "k", what: "Previous exception", run: () => move(-1) },
        { keys: "Enter", what: "Open the exception", run: () => cursor !== undefined && show(cursor) },
        { keys: "Escape", what: "Back to the list", run: () => (decide ? setDecide(false) : close()) },
        { keys: "c", what: "Claim the exception", run: () => cursor !== undefined && isOpen(cursor) && claimRow(cursor) },
        { keys: "r", what: "Resolve the exception", run: () => cursor !== undefined && isOpen(cursor) && decideRow(cursor) },
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
                <Clusters clusters={known} parameters={parameters} taxonomy={taxonomy} />
            </div>
            <section class="triage-list" aria-label="Exceptions" onPointerEnter={(event) => event.pointerType === "mouse" && setPointed(true)} onPointerLeave={() => setPointed(false)}>
                <div class="triage-bar">
                    {!resolved && (
                        <label class="triage-mark">
                            <input
                                type="checkbox"
                                checked={marks.all}
                                disabled={!filtered || total === 0}
                                onChange={(event) => marks.markAll(event.currentTarget.checked)}
                                aria-label={filtered ? "Select all of this cluster" : "Choose a kind or queue to select all of it"}
                                title={filtered ? "Select all of this cluster" : "Choose a kind or queue to select all of it"}
                            />
                        </label>
                    )}
                    <span class="small soft">
                        {marked > 0 ? `${count(marked)} selected` : `${count(total)}${board.more && !tellsAll ? "+" : ""} ${resolved ? "resolved" : "open"}`}
                    </span>
                    <span class="triage-bar-end">
                        <ShowNews count={board.news} onShow={board.showAll} />
                        {marked > 0 && (
                            <>
                                <Button look="quiet" onClick={marks.clear}>
                                    Clear
                                </Button>
                                <Button onClick={startBulk} keys="R">
                                    Resolve {count(marked)}
                                </Button>
                            </>
                        )}
                    </span>
                </div>
                {board.problem !== undefined && <Failure problem={board.problem} retry={() => void board.refresh()} />}
                {board.loading ? (
                    <Loading />
                ) : board.rows.length === 0 ? (
                    <Nothing filtered={filtered} resolved={resolved} />
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
