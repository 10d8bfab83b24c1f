// From where leads came to what became of them.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import type { Names } from "../../live/mesh";
import { count, Empty, Loaded, percent, Section, TableFrame } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { BarCell } from "../../ui/chart";
import { duration } from "../../time";
import { query } from "../../url";
import { Choice } from "../../ui/choice";
import { spanQuery } from "./counts";
import type { Span } from "./span";

type Row = Schema<"AttributionRow">;
type By = "campaign" | "source" | "partner";
const choices: Record<By, string> = { campaign: "Campaign", source: "Source", partner: "Partner" };

// One in a hundred and less is not "0 %".
const shareOf = (part: number, whole: number): string => percent(part / whole, part * 100 < whole ? 1 : 0);

function Line({ row, by, span, names, most }: { row: Row; by: By; span: Span; names: Names; most: number }) {
    const value = row.value;
    const isOne = value !== undefined && value !== "" && value !== "(others)";
    const href = (filter: Record<string, string | boolean>): string | undefined =>
        isOne ? "/leads" + query({ [by]: value, from: span.from, to: span.to, ...filter }) : undefined;
    const cell = (number: number, filter: Record<string, string | boolean>, share = false) => {
        const to = href(filter);
        return (
            <td class="number nowrap">
                {number > 0 && to !== undefined ? <Link href={to}>{count(number)}</Link> : count(number)}
                {share && number > 0 && <span class="soft small"> {shareOf(number, row.captured)}</span>}
            </td>
        );
    };
    const captured = href({});
    return (
        <tr>
            <th scope="row" class="row-name">
                {value === undefined ? "all further ones" : names.name(by, value)}
            </th>
            <td class="number">
                <BarCell value={row.captured} most={most}>
                    {captured !== undefined ? <Link href={captured}>{count(row.captured)}</Link> : count(row.captured)}
                </BarCell>
            </td>
            <td class="number nowrap">
                {count(row.contacted)} <span class="soft small">{row.captured > 0 && percent(row.contacted / row.captured)}</span>
            </td>
            {cell(row.qualified, { state: "qualified" }, true)}
            {cell(row.disqualified, { state: "disqualified" })}
            {cell(row.open, { open: true })}
            {cell(row.late, { late: true }, true)}
            <td class="number nowrap">{row.mean_seconds_to_contact === null ? "–" : duration(1000 * row.mean_seconds_to_contact)}</td>
        </tr>
    );
}

export function AttributionSection({ by, span, names, choose }: { by: By; span: Span; names: Names; choose: (by: By) => void }) {
    const question = `attribution ${by} ${span.from} ${span.to ?? ""}`;
    const read = useQuery(
        question,
        () => ask(api.GET("/v1/attribution", { params: { query: { by, ...spanQuery(span) } } })),
        { about: ["lead."], atMost: 5000 },
    );
    const calm = useCalmRows(read.data?.rows, (row) => row.value ?? "", question);
    return (
        <Section
            title={`What became of the leads that came, by ${by}`}
            actions={<Choice label="By" value={by} options={choices} onChange={choose} />}
        >
            <Loaded query={read}>
                {(data) =>
                    data.total.captured === 0 ? (
                        <Empty title="No lead came in this time." />
                    ) : (
                        <TableFrame label={`Outcome by ${by}`}>
                            <table class="numbers" {...calm.hold}>
                                <thead>
                                    <tr>
                                        <th scope="col">{choices[by]}</th>
                                        {["Captured", "Contacted", "Qualified", "Disqualified", "Open", "Missed a promise", "Mean to contact"].map((one) => (
                                            <th key={one} scope="col" class="number">
                                                {one}
                                            </th>
                                        ))}
                                    </tr>
                                </thead>
                                <tbody>
                                    {[...(calm.rows ?? []), ...(data.others === undefined ? [] : [data.others])].map((row) => (
                                        <Line key={row.value ?? "others"} row={row} by={by} span={span} names={names} most={data.rows[0]?.captured ?? 1} />
                                    ))}
                                </tbody>
                            </table>
                        </TableFrame>
                    )
                }
            </Loaded>
        </Section>
    );
}
