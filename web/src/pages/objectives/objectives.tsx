// How promises are kept: when, by whom, for whom; where the time goes; which leads are past theirs.
import { useRef } from "preact/hooks";
import { api, ask } from "../../api/client";
import { useQuery } from "../../live/query";
import { useNames, type Kind, type Names, type ObjectiveName } from "../../live/mesh";
import { Button, count, Loaded, Page } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { Field } from "../../ui/dialog";
import { SelectField } from "../../ui/select";
import { useParameters } from "../../url";
import { AttributionSection } from "./attribution";
import { add, inTime, kindTitles, noCounts, objectives, objectiveTitles, shareOf, spanQuery, sumBy, turned, type Row } from "./counts";
import { HeatSection, type Looked } from "./heat";
import { LatencySection } from "./latency";
import { NumbersSection } from "./numbers";
import { OldestSection } from "./oldest";
import { readSpan, spans, toLocal, type Span, type SpanName } from "./span";

type Change = (change: Record<string, string | undefined>) => void;

// Each promise in one number; pressed, the page is about it.
function Promises({ rows, chosen, names, change }: { rows: Row[]; chosen: ObjectiveName; names: Names; change: Change }) {
    const made = (name: ObjectiveName): boolean =>
        name === chosen || rows.some((row) => row.objective === name) || names.contract?.classes.some((one) => one.objectives?.[name] !== undefined) === true;
    return (
        <div class="figures" role="group" aria-label="Which promise">
            {objectives.filter(made).map((name) => {
                const sum = rows.filter((row) => row.objective === name).reduce(add, noCounts());
                const share = shareOf(sum);
                const tone = share === null ? "" : share >= 0.95 ? "good" : share >= 0.9 ? "warning" : "bad";
                return (
                    <button key={name} type="button" class="figure promise" aria-pressed={name === chosen} onClick={() => change({ objective: name })}>
                        <span class="figure-label">{objectiveTitles[name]} in time</span>
                        <span class={`figure-value ${tone}`}>{inTime(share)}</span>
                        <span class="figure-note soft">
                            {turned(sum) === 0 ? "nothing turned out" : `${count(sum.met)} of ${count(turned(sum))}, ${count(sum.late)} late`}
                            {sum.running > 0 && `, ${count(sum.running)} running`}
                        </span>
                    </button>
                );
            })}
        </div>
    );
}

function SpanFields({ span, change }: { span: Span; change: Change }) {
    const choose = (name: SpanName): void =>
        change(
            name === "custom"
                ? { span: name, from: span.local.from, to: span.local.to || toLocal(new Date()) }
                : { span: name === "7d" ? undefined : name, from: undefined, to: undefined },
        );
    return (
        <>
            <div class="field">
                <span class="small soft">When</span>
                <Choice label="When" value={span.name} options={spans} onChange={choose} />
            </div>
            {span.name === "custom" && <CustomSpan key={span.from + (span.to ?? "")} span={span} change={change} />}
        </>
    );
}

// Both ends are taken together, so that nothing is asked for in between.
function CustomSpan({ span, change }: { span: Span; change: Change }) {
    const onSubmit = (event: SubmitEvent): void => {
        event.preventDefault();
        const values = new FormData(event.currentTarget as HTMLFormElement);
        change({ from: String(values.get("from")), to: String(values.get("to")) });
    };
    return (
        <form class="custom-span" onSubmit={onSubmit}>
            {(["from", "to"] as const).map((name) => (
                <Field key={name} label={name === "from" ? "From" : "To"}>
                    {(attributes) => <input {...attributes} name={name} type="datetime-local" required defaultValue={span.local[name]} />}
                </Field>
            ))}
            <Button type="submit">Show</Button>
        </form>
    );
}

// Values in an order that stays while the page is open, so that no row jumps: classes by urgency,
// others by how much was late, and what comes later behind them.
function useOrder(question: string, rows: Row[] | undefined, by: Kind, names: Names): string[] {
    const kept = useRef<{ question: string; values: string[] }>({ question: "", values: [] });
    if (rows === undefined) return kept.current.question === question ? kept.current.values : [];
    const sums = sumBy(rows, (row) => row.value);
    const late = (value: string): number => sums.get(value)?.late ?? 0;
    const all = (value: string): number => turned(sums.get(value) ?? noCounts());
    const fresh = Array.from(sums.keys()).sort((a, b) =>
        by === "class" ? names.classes.indexOf(a) - names.classes.indexOf(b) : late(b) - late(a) || all(b) - all(a) || (a < b ? -1 : 1),
    );
    const known = kept.current.question === question && by !== "class" ? kept.current.values : [];
    kept.current = { question, values: [...known, ...fresh.filter((value) => !known.includes(value))] };
    return kept.current.values;
}

export function ObjectivesPage() {
    const [parameters, change] = useParameters();
    const names = useNames();
    const span = readSpan(parameters);
    const by = (parameters.by ?? "class") in kindTitles ? ((parameters.by ?? "class") as Kind) : "class";
    const objective = objectives.find((one) => one === parameters.objective) ?? "contacted";
    const className = parameters.class;
    const columns = parameters.columns === "hour" ? "hour" : "time";
    const asked = { by, ...spanQuery(span), ...(className === undefined ? {} : { class: className }) };
    const question = JSON.stringify(asked);
    const live = { about: ["lead."], atMost: 5000 };
    const sums = useQuery(`objectives ${question}`, () => ask(api.GET("/v1/objectives", { params: { query: asked } })), live);
    const cells = useQuery(
        `objectives cells ${objective} ${question}`,
        () => ask(api.GET("/v1/objectives", { params: { query: { ...asked, objective, cells: true } } })),
        live,
    );
    const about = sums.data?.objectives.filter((row) => row.objective === objective);
    const values = useOrder(question + objective, about, by, names);
    const looked: Looked = { by, objective, class: className, span, names };
    const attributed = (["campaign", "source", "partner"] as const).find((one) => one === (parameters.outcome_by ?? by)) ?? "campaign";
    return (
        <Page title="Objectives">
            <div class="filters">
                <div class="field">
                    <span class="small soft">By</span>
                    <Choice label="By" value={by} options={kindTitles} onChange={(to) => change({ by: to === "class" ? undefined : to })} />
                </div>
                <SelectField
                    label="Class"
                    value={className ?? ""}
                    options={[["", "Any"], ...names.classes.map((one) => [one, one] as const)]}
                    onChange={(to) => change({ class: to })}
                />
                <SpanFields span={span} change={change} />
            </div>
            <Loaded query={sums}>{(data) => <Promises rows={data.objectives} chosen={objective} names={names} change={change} />}</Loaded>
            <Loaded query={cells}>{(data) => <HeatSection looked={looked} rows={data.objectives} values={values} columns={columns} choose={(to) => change({ columns: to === "time" ? undefined : to })} />}</Loaded>
            <OldestSection objective={objective} names={names} />
            {about !== undefined && <NumbersSection looked={looked} rows={about} values={values} />}
            <LatencySection span={span} classes={names.classes} />
            <AttributionSection by={attributed} span={span} names={names} choose={(to) => change({ outcome_by: to })} />
        </Page>
    );
}
