// The rows of the board.
import { Link } from "wouter-preact";
import type { Taxonomy } from "../../live/taxonomy";
import { Badge, Countdown, When } from "../../ui/basics";
import { VirtualRows } from "../../ui/virtual";
import { resolutionWords, term } from "../../words/terms";
import type { Board, Exception } from "./board";
import { useWho } from "./lead-names";
import { subjectWords } from "./words";

const ROW_PX = 64;

interface RowContext {
    taxonomy: Taxonomy;
    me: string;
    marked: (id: string) => boolean;
    onMark: (id: string, on: boolean) => void;
    hrefOf: (id: string) => string;
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
    return [`${summary.class} ${summary.score}`, source, summary.campaign, summary.partner as string | undefined].filter(Boolean).join(" · ");
}

function Row({ row, current, left, context }: { row: Exception; current: boolean; left: boolean; context: RowContext }) {
    const { taxonomy, me } = context;
    const who = useWho(row.lead);
    const about = subjectWords(row, who, taxonomy);
    return (
        <div class={`triage-row${current ? " current" : ""}${left ? " gone" : ""}`}>
            <label class="triage-mark">
                <input
                    type="checkbox"
                    checked={context.marked(row.id)}
                    disabled={row.state !== "open" || left}
                    onChange={(event) => context.onMark(row.id, event.currentTarget.checked)}
                    aria-label={`Select ${row.id}, ${about}`}
                />
            </label>
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

export function List({ board, total, current, context }: { board: Board; total: number; current: string | undefined; context: RowContext }) {
    return (
        <VirtualRows ids={board.ids} total={total} height={ROW_PX} label="Exceptions, most urgent first" current={current} onReach={board.reach}>
            {(index) => {
                const row = board.rows[index];
                if (row === undefined) return <p class="triage-row soft triage-unread">Loading…</p>;
                return <Row row={row} current={row.id === current} left={board.left.has(row.id)} context={context} />;
            }}
        </VirtualRows>
    );
}
