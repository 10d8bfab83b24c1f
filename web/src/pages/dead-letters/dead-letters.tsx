// Dead letters: what is wrong, by kind, and the records themselves.
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { Button, Empty, Loaded, Page, Section, TableFrame, When } from "../../ui/basics";
import { useCalmRows, type CalmRows } from "../../ui/calm";
import { rowAttributes, useRows, type RowSelection } from "../../ui/rows";
import { SelectField, ShowNews } from "../../ui/select";
import { query, useParameters, type Parameters } from "../../url";
import { useSources } from "../sources/data";
import { clusterAim, clusterId, clusterLink, ClusterTable } from "./clusters";
import { ReplayDialog, type ReplayAim } from "./replay";
import { ABOUT, contractName, kindInWords, Mistake, placeOf, stateOptions, StateBadge, type DeadLetter, type State } from "./words";

const PAGE = 50;

const letterId = (one: DeadLetter): string => one.id;

function useLetters(parameters: Parameters) {
    const { source, contract, violation, before } = parameters;
    const state = parameters.state === "any" ? undefined : ((parameters.state ?? "open") as State);
    const asked = {
        limit: PAGE,
        ...(source === undefined ? {} : { source }),
        ...(contract === undefined ? {} : { contract: Number(contract) }),
        ...(violation === undefined ? {} : { violation }),
        ...(state === undefined ? {} : { state }),
        ...(before === undefined ? {} : { before }),
    };
    const key = `dead letters ${JSON.stringify(asked)}`;
    const letters = useQuery(key, () => ask(api.GET("/v1/dead-letters", { params: { query: asked } })), { about: ABOUT, atMost: 2000 });
    return { key, letters };
}

interface FiltersProps {
    parameters: Parameters;
    change: (to: Record<string, string | undefined>) => void;
    nameOf: (source: string) => string;
    sources: string[];
}

function Filters({ parameters, change, nameOf, sources }: FiltersProps) {
    const kind = parameters.violation;
    return (
        <div class="filters">
            <SelectField
                label="Source"
                value={parameters.source ?? ""}
                options={[["", "Any"], ...sources.map((one) => [one, nameOf(one)] as const)]}
                onChange={(source) => change({ source, contract: undefined, violation: undefined, before: undefined })}
            />
            <SelectField
                label="State"
                value={parameters.state === "open" ? "" : (parameters.state ?? "")}
                options={stateOptions}
                onChange={(state) => change({ state, before: undefined })}
            />
            {kind !== undefined && (
                <p class="filter-said">
                    Only those where {kindInWords(kind)}
                    {parameters.contract !== undefined && ` (${contractName(Number(parameters.contract))})`}{" "}
                    <Button look="quiet" onClick={() => change({ violation: undefined, contract: undefined, before: undefined })}>
                        Show all
                    </Button>
                </p>
            )}
        </div>
    );
}

function LetterRow({ one, left, attributes, nameOf }: { one: DeadLetter; left: boolean; attributes: object; nameOf: (source: string) => string }) {
    return (
        <tr {...attributes} data-left={left}>
            <td data-label="Dead letter" class="nowrap">
                <Link href={`/dead-letters/${one.id}`}>{one.id}</Link>
            </td>
            <td class="wide-cell">
                <Mistake message={one.message} pointer={placeOf(one.violation)} />
            </td>
            <td data-label="Source">{nameOf(one.source)}</td>
            <td data-label="Read by" class="nowrap">
                {contractName(one.contract)}
                {one.canary === true && ", canary"}
            </td>
            <td data-label="Came" class="nowrap">
                <When at={one.captured_at} />
            </td>
            <td data-label="State" class="nowrap">
                {left ? <span class="soft">not of this list any more</span> : <StateBadge state={one.state} />}{" "}
                {one.lead !== undefined && <Link href={`/leads/${one.lead}`}>{one.lead}</Link>}
            </td>
        </tr>
    );
}

interface LetterTableProps {
    calm: CalmRows<DeadLetter>;
    selection: RowSelection;
    from: number; // its first row, in the selection of the page
    nameOf: (source: string) => string;
}

function LetterTable({ calm, selection, from, nameOf }: LetterTableProps) {
    return (
        <TableFrame label="Dead letters">
            <table class="stacking" {...calm.hold}>
                <thead>
                    <tr>
                        <th>Dead letter</th>
                        <th>First mistake</th>
                        <th>Source</th>
                        <th>Read by</th>
                        <th>Came</th>
                        <th>State</th>
                    </tr>
                </thead>
                <tbody>
                    {(calm.rows ?? []).map((one, index) => (
                        <LetterRow
                            key={one.id}
                            one={one}
                            left={calm.left.has(one.id)}
                            attributes={rowAttributes(selection, from + index)}
                            nameOf={nameOf}
                        />
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

function NoLetters({ parameters }: { parameters: Parameters }) {
    const any = parameters.source !== undefined || parameters.violation !== undefined || parameters.state !== undefined;
    return any ? (
        <Empty title="None of these.">
            <Link href="/dead-letters">See all that are open</Link>
        </Empty>
    ) : (
        <Empty title="No record waits here.">
            What breaks the contract of its source is kept on this page until somebody replays or discards it.{" "}
            <Link href="/sources">See the sources and their contracts</Link>
        </Empty>
    );
}

export function DeadLettersPage() {
    const [parameters, change] = useParameters();
    const [, navigate] = useLocation();
    const [aim, setAim] = useState<ReplayAim>();
    const { nameOf, ids } = useSources();
    const source = parameters.source;
    const clusters = useQuery(
        `dead letter clusters ${source ?? ""}`,
        () => ask(api.GET("/v1/dead-letters/clusters", { params: { query: source === undefined ? {} : { source } } })),
        { about: ABOUT, atMost: 2000 },
    );
    const { key, letters } = useLetters(parameters);
    const [busy, setBusy] = useState(false);
    const kinds = useCalmRows(clusters.data?.clusters, clusterId, source ?? "", busy);
    const calm = useCalmRows(letters.data?.dead_letters, letterId, key, busy);
    const above = kinds.rows?.length ?? 0;
    const rows = calm.rows ?? [];
    const selection = useRows(above + rows.length, "row", (index) => {
        const cluster = kinds.rows?.[index];
        const letter = rows[index - above];
        if (cluster !== undefined) navigate(clusterLink(cluster));
        else if (letter !== undefined) navigate(`/dead-letters/${letter.id}`);
    });
    if (busy !== selection.selected >= 0) setBusy(selection.selected >= 0);
    useKeys([
        {
            keys: "r",
            what: "Replay what is selected",
            run: () => {
                const cluster = kinds.rows?.[selection.selected];
                const letter = rows[selection.selected - above];
                if (cluster !== undefined) setAim(clusterAim(cluster));
                else if (letter?.state === "open") setAim({ body: { ids: [letter.id] }, what: letter.id, count: 1, source: letter.source });
            },
        },
        { keys: "Escape", what: "Select nothing", run: () => selection.select(-1) },
    ]);
    const done = (): void => {
        clusters.refresh();
        letters.refresh();
    };
    const close = (): void => {
        setAim(undefined);
        kinds.showAll();
        calm.showAll();
    };
    const next = letters.data?.next;
    return (
        <Page title="Dead letters">
            <p class="lead-in soft">
                Records that broke the contract of their source. None is lost: mend the mapping or the contract, then replay them.
            </p>
            <Section title="What is wrong" actions={<ShowNews count={kinds.news} onShow={kinds.showAll} underPointer={kinds.underPointer} />}>
                <Loaded query={clusters}>
                    {() =>
                        above === 0 ? (
                            <Empty title="Nothing is wrong with what waits." />
                        ) : (
                            <TableFrame label="Kinds of mistakes">
                                <ClusterTable calm={kinds} selection={selection} withSource={true} nameOf={nameOf} onReplay={setAim} />
                            </TableFrame>
                        )
                    }
                </Loaded>
            </Section>
            <Section title="Records" actions={<ShowNews count={calm.news} onShow={calm.showAll} underPointer={calm.underPointer} />}>
                <Filters parameters={parameters} change={change} nameOf={nameOf} sources={ids} />
                <Loaded query={letters}>
                    {() => (
                        <>
                            {rows.length === 0 ? (
                                <NoLetters parameters={parameters} />
                            ) : (
                                <LetterTable calm={calm} selection={selection} from={above} nameOf={nameOf} />
                            )}
                            <nav class="actions paging" aria-label="Pages of the list">
                                {parameters.before !== undefined && <Link href={"/dead-letters" + query({ ...parameters, before: undefined })}>Newest</Link>}
                                {next !== undefined && <Link href={"/dead-letters" + query({ ...parameters, before: next })}>Older ones</Link>}
                            </nav>
                        </>
                    )}
                </Loaded>
            </Section>
            {aim !== undefined && <ReplayDialog aim={aim} onClose={close} onDone={done} />}
        </Page>
    );
}
