// Whether a pool's work was shared fairly: what each member should have had, had, and why they differ.
// Goes through the whole journal, so only when asked.
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { Answer, Schema } from "../../api/types";
import { useNames, type Names } from "../../live/mesh";
import { Button, count, Empty, Failure, Section, TableFrame, When } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import type { Pool } from "./pools";

type Report = Answer<"/v1/fairness">;
type Share = Schema<"FairShare">;

const spans = { day: "24 hours", week: "7 days", month: "30 days", all: "Everything" } as const;
type Span = keyof typeof spans;
const days: Record<Span, number | undefined> = { day: 1, week: 7, month: 30, all: undefined };

const number = (value: number): string => (Math.abs(value) < 0.05 ? "0" : value.toFixed(1));
const signed = (value: number, sign: 1 | -1 = 1): string => (Math.abs(value) < 0.05 ? "0" : `${value * sign > 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`);

// Had beside fair: a bar, and a mark where it should end.
function Against({ share, most, name }: { share: Share; most: number; name: string }) {
    const at = (value: number): string => `${most > 0 ? Math.min(100, (100 * value) / most) : 0}%`;
    return (
        <span class="against" role="img" aria-label={`${name} had ${share.had}, fair were ${number(share.fair)}`}>
            <i class="against-had" style={{ width: at(share.had) }} />
            <i class="against-fair" style={{ left: at(share.fair) }} />
        </span>
    );
}

function ShareRow({ share, most, names }: { share: Share; most: number; names: Names }) {
    const name = names.name("rep", share.rep);
    return (
        <tr>
            <th scope="row" class="row-name">
                {name}
                {!share.member && <span class="soft small"> (no member any more)</span>}
            </th>
            <td class="number">{count(share.had)}</td>
            <td class="number">{number(share.fair)}</td>
            <td class="number">{signed(share.missed, -1)}</td>
            <td class="number">{signed(share.gained)}</td>
            <td class="number">{signed(share.strategy)}</td>
            <td>
                <Against share={share} most={most} name={name} />
            </td>
            <td class="small">{share.reason}</td>
        </tr>
    );
}

function Found({ report, pool, names }: { report: Report; pool: Pool; names: Names }) {
    const found = report.pools.find((one) => one.pool === pool.id);
    if (found === undefined || found.assigned === 0)
        return (
            <Empty title="The policy gave none of its members a lead through this pool in this time.">
                {found !== undefined && found.overflowed > 0 && `${count(found.overflowed)} went on to members of other pools. `}
                Choose a longer time; leads given by hand do not count.
            </Empty>
        );
    const most = Math.max(...found.members.map((one) => Math.max(one.had, one.fair)));
    return (
        <>
            <p class="small">
                <b>{count(found.assigned)}</b> leads to its members, the first <When at={report.first_assigned_at} />, the newest <When at={report.last_assigned_at} />
                {found.overflowed > 0 && `; ${count(found.overflowed)} went on to members of other pools`}
                {found.on_call > 0 && `; ${count(found.on_call)} to somebody on call, not counted`}.
            </p>
            <TableFrame label="Shares">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">Rep</th>
                            {["Had", "= Fair", "− Missed", "+ Gained", "+ Turns"].map((one) => (
                                <th key={one} scope="col" class="number">
                                    {one}
                                </th>
                            ))}
                            <th scope="col">Had, and fair (the mark)</th>
                            <th scope="col">Why</th>
                        </tr>
                    </thead>
                    <tbody>
                        {found.members.map((share) => (
                            <ShareRow key={share.rep} share={share} most={most} names={names} />
                        ))}
                    </tbody>
                </table>
            </TableFrame>
        </>
    );
}

export function FairnessSection({ pool }: { pool: Pool }) {
    const names = useNames();
    const [span, setSpan] = useState<Span>("week");
    const [busy, setBusy] = useState(false);
    const [report, setReport] = useState<Report>();
    const [problem, setProblem] = useState<Problem>();
    const work = async (): Promise<void> => {
        setBusy(true);
        setProblem(undefined);
        const back = days[span];
        const from = back === undefined ? undefined : new Date(Date.now() - back * 86_400_000).toISOString();
        try {
            setReport(await ask(api.GET("/v1/fairness", { params: { query: { pool: pool.id, from } } })));
        } catch (error) {
            setProblem(asProblem(error));
        } finally {
            setBusy(false);
        }
    };
    return (
        <Section
            title="Is the work shared fairly?"
            id="fairness"
            actions={
                <>
                    <Choice label="Leads of the last" value={span} options={spans} onChange={setSpan} />
                    <Button look={report === undefined ? "primary" : "plain"} disabled={busy} onClick={() => void work()}>
                        {busy ? "Working…" : report === undefined ? "Work it out" : "Work it out anew"}
                    </Button>
                </>
            }
        >
            <p class="small soft fine-print">
                Of every lead that the pool gave to a member each member should have a share. Fair: the sum of these shares. Missed: shares of leads that came while the rep could take
                none. Gained: what the share grew because others could not. Turns: the rest, whose turn it was or who was less loaded. Exactly: had = fair − missed + gained + turns. It
                goes through the whole journal, so it may take a while.
            </p>
            {problem !== undefined && <Failure problem={problem} retry={() => void work()} />}
            <div aria-live="polite">{report !== undefined && <Found report={report} pool={pool} names={names} />}</div>
        </Section>
    );
}
