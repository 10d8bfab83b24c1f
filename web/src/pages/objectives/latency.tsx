// Where the time from capture to first contact goes, class by class.
import { api, ask } from "../../api/client";
import type { Answer } from "../../api/types";
import { useQuery } from "../../live/query";
import { took } from "../../time";
import { count, Empty, Loaded, percent, Section, TableFrame } from "../../ui/basics";
import { StackedBar, StackLegend } from "../../ui/chart";
import { spanQuery } from "./counts";
import type { Span } from "./span";

type Parts = Answer<"/v1/latency">["latency"]["total"]["mean_us"];

const parts: [keyof Parts, string, string][] = [
    ["intake", "Intake", "from when the record first came to its capture"],
    ["routing", "Routing", "deciding who has it"],
    ["enrichment", "Enrichment", "waiting for providers"],
    ["triage", "Triage", "in exceptions"],
    ["waiting", "Waiting", "in a pool's queue"],
    ["crm_write", "CRM", "until the CRM had it"],
    ["rep", "Rep", "with its owner, until the first contact"],
];

interface Line {
    name: string;
    count: number;
    mean: Parts;
}

const shareOfWhole = (value: number, whole: number): string => (whole === 0 ? "" : ` (${percent(value / whole)})`);

function Bars({ lines }: { lines: Line[] }) {
    return (
        <div class="latency-bars">
            {lines.map((line) => (
                <div key={line.name} class="latency-bar">
                    <span>
                        <b>{line.name}</b> <span class="soft small">{took(line.mean.total)} on average</span>
                    </span>
                    <StackedBar
                        label={line.name}
                        parts={parts.map(([part, name]) => ({
                            name,
                            value: line.mean[part],
                            says: took(line.mean[part]) + shareOfWhole(line.mean[part], line.mean.total),
                        }))}
                    />
                </div>
            ))}
        </div>
    );
}

function Numbers({ lines }: { lines: Line[] }) {
    return (
        <TableFrame label="Means of each part">
            <table>
                <thead>
                    <tr>
                        <th scope="col">Mean of each part</th>
                        {lines.map((line) => (
                            <th key={line.name} scope="col" class="number">
                                {line.name}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {parts.map(([part, name, what], index) => (
                        <tr key={part}>
                            <th scope="row" class="row-name">
                                <i class={`part-mark chart-${index + 1}`} aria-hidden="true" />
                                {name} <span class="soft small wide-only">{what}</span>
                            </th>
                            {lines.map((line) => (
                                <td key={line.name} class="number nowrap">
                                    {took(line.mean[part])}
                                </td>
                            ))}
                        </tr>
                    ))}
                    <tr class="sum">
                        <th scope="row" class="row-name">
                            In all
                        </th>
                        {lines.map((line) => (
                            <td key={line.name} class="number nowrap">
                                {took(line.mean.total)}
                            </td>
                        ))}
                    </tr>
                    <tr>
                        <th scope="row" class="row-name">
                            Leads
                        </th>
                        {lines.map((line) => (
                            <td key={line.name} class="number">
                                {count(line.count)}
                            </td>
                        ))}
                    </tr>
                </tbody>
            </table>
        </TableFrame>
    );
}

export function LatencySection({ span, classes }: { span: Span; classes: string[] }) {
    const read = useQuery(
        `latency ${span.from} ${span.to ?? ""}`,
        () => ask(api.GET("/v1/latency", { params: { query: spanQuery(span) } })),
        { about: ["lead.contacted"], atMost: 5000 },
    );
    return (
        <Section title="From capture to first contact: where the time goes">
            <Loaded query={read}>
                {({ latency: found }) => {
                    if (found.total.count === 0)
                        return <Empty title="Nobody was contacted in this time.">Choose a longer span.</Empty>;
                    const lines: Line[] = [...found.classes]
                        .sort((a, b) => classes.indexOf(a.class) - classes.indexOf(b.class))
                        .map((one) => ({ name: one.class, count: one.count, mean: one.mean_us }));
                    if (lines.length > 1) lines.push({ name: "all", count: found.total.count, mean: found.total.mean_us });
                    return (
                        <>
                            <StackLegend names={parts.map(([, name]) => name)} />
                            <Bars lines={lines} />
                            <Numbers lines={lines} />
                        </>
                    );
                }}
            </Loaded>
        </Section>
    );
}
