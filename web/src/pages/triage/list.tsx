// The rows of the board.
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { Link } from "wouter-preact";
import type { Taxonomy } from "../../live/taxonomy";
import { Badge, Countdown, When } from "../../ui/basics";
import { VirtualRows } from "../../ui/virtual";
import { resolutionWords, term } from "../../words/terms";
import type { Board, Exception } from "./board";
import { subjectWords } from "./words";

const ROW_PX = 64;

interface RowContext {
    taxonomy: Taxonomy;
    me: string;
    marked: (id: string) => boolean;
    onMark: (id: string, on: boolean) => void;
    hrefOf: (id: string) => string;
    question: string; // what is listed: the links of rows carry it
}

interface RowProps {
    row: Exception;
    current: boolean;
    left: boolean;
    marked: boolean;
}

function Claim({ row, me }: { row: Exception; me: string }) {
    if (row.claimed_by === undefined) return null;
    return row.claimed_by === me ? <Badge tone="accent">you</Badge> : <Badge title={`${row.claimed_by} is at it`}>{row.claimed_by}</Badge>;
}

// What tells one lead from another in a list.
function particulars(row: Exception, taxonomy: Taxonomy): string {
    const { summary } = row;
    if (summary === undefined) return taxonomy.teamTitle(row.team);
    const source = taxonomy.sourceTitle(summary.source ?? "");
    return [`${summary.class} ${summary.score}`, source, summary.campaign, summary.partner].filter(Boolean).join(" · ");
}

function Row({ row, current, left, marked, context }: RowProps & { context: RowContext }) {
    const { taxonomy, me } = context;
    const about = subjectWords(row, taxonomy);
    return (
        <div class={`triage-row${current ? " current" : ""}${left ? " gone" : ""}`}>
            {row.state === "open" && (
                <label class="triage-mark">
                    <input
                        type="checkbox"
                        checked={marked}
                        disabled={left}
                        onChange={(event) => context.onMark(row.id, event.currentTarget.checked)}
                        aria-label={`Select ${row.id}, ${about}`}
                    />
                </label>
            )}
            <Link href={context.hrefOf(row.id)} class="triage-link" aria-current={current ? "true" : undefined}>
                <span class="triage-line">
                    <strong class="triage-about">{about}</strong>
                    {left ? (
                        <span class="soft nowrap">decided or moved</span>
                    ) : row.state === "open" ? (
                        <Countdown due={row.due_at} soon={3_600_000} />
                    ) : (
                        <span class="soft nowrap">
                            <When at={row.resolved_at} />
                        </span>
                    )}
                </span>
                <span class="triage-line small">
                    <span class="triage-about">
                        {taxonomy.kindTitle(row.kind)} <span class="soft">· {particulars(row, taxonomy)}</span>
                    </span>
                    {row.state === "open" ? (
                        <Claim row={row} me={me} />
                    ) : (
                        <Badge tone={row.automatic === true ? "idle" : "good"}>{term(resolutionWords, row.action ?? "")}</Badge>
                    )}
                </span>
            </Link>
        </div>
    );
}

const CACHE_MOST = 400;

// Rows that are as they were are not made anew while the list scrolls.
function useRowMaker(context: RowContext): (props: RowProps) => JSX.Element {
    const newest = useRef(context);
    newest.current = context;
    const { taxonomy, me, question } = context;
    const made = useMemo(() => new Map<string, { props: RowProps; element: JSX.Element }>(), [taxonomy, me, question]);
    const stable = useMemo<RowContext>(
        () => ({ ...newest.current, onMark: (id, on) => newest.current.onMark(id, on), hrefOf: newest.current.hrefOf }),
        [made],
    );
    return (props) => {
        const kept = made.get(props.row.id);
        if (kept !== undefined && kept.props.row === props.row && kept.props.current === props.current && kept.props.left === props.left && kept.props.marked === props.marked)
            return kept.element;
        const element = <Row {...props} context={stable} />;
        if (made.size > CACHE_MOST) made.clear();
        made.set(props.row.id, { props, element });
        return element;
    };
}

export function List({ board, total, current, context }: { board: Board; total: number; current: string | undefined; context: RowContext }) {
    const make = useRowMaker(context);
    return (
        <VirtualRows ids={board.ids} total={total} height={ROW_PX} label="Exceptions, most urgent first" current={current} onReach={board.reach}>
            {(index) => {
                const row = board.rows[index];
                if (row === undefined) return <p class="triage-row soft triage-unread">Loading…</p>;
                return make({ row, current: row.id === current, left: board.left.has(row.id), marked: context.marked(row.id) });
            }}
        </VirtualRows>
    );
}
