// One dead letter: what is wrong with it and where, replaying it, giving it up.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { Button, Facts, Loaded, Page, Section, When } from "../../ui/basics";
import { ReasonDialog } from "../../ui/reason";
import { query } from "../../url";
import { useSources } from "../sources/data";
import { Payload } from "./payload";
import { ReplayDialog, type ReplayAim } from "./replay";
import { ABOUT, contractName, kindInWords, Mistake, placeName, StateBadge, type DeadLetter } from "./words";

type Fact = [string, ComponentChildren];

function pointTo(pointer: string): void {
    const line = document.querySelector(`[data-pointer=${JSON.stringify(pointer)}]`);
    line?.scrollIntoView({ block: "center" });
}

function Mistakes({ letter }: { letter: DeadLetter }) {
    const all = letter.errors ?? [];
    if (all.length === 0)
        return (
            <p>
                <Mistake message={letter.message} />
            </p>
        );
    return (
        <ol class={all.length === 1 ? "mistakes only" : "mistakes"}>
            {all.map((one) => (
                <li key={one.pointer + one.message}>
                    <Mistake message={one.message} pointer={one.pointer} />{" "}
                    {one.pointer !== "" && letter.payload !== undefined && (
                        <Button look="quiet" onClick={() => pointTo(one.pointer)} aria-label={`Show ${placeName(one.pointer)} in the record`}>
                            show
                        </Button>
                    )}
                    {one.rule !== undefined && <div class="soft small">Rule: {one.rule}</div>}
                </li>
            ))}
        </ol>
    );
}

function Alike({ letter }: { letter: DeadLetter }) {
    const same = "/dead-letters" + query({ source: letter.source, contract: letter.contract ?? 0, violation: letter.violation });
    return (
        <p class="alike small">
            <Link href={same}>All where {kindInWords(letter.violation)}</Link>
        </p>
    );
}

function Story({ letter, nameOf }: { letter: DeadLetter; nameOf: (source: string) => string }) {
    return (
        <Section title="What it is">
            <Facts
                rows={[
                    ["Source", <Link href={`/sources/${letter.source}`}>{nameOf(letter.source)}</Link>],
                    ["Read by", contractName(letter.contract) + (letter.canary === true ? ", the canary" : "")],
                    ["First came", <When at={letter.captured_at} />],
                    ...(letter.attempts > 1 || letter.state !== "open" ? ([["Newest change", <When at={letter.newest_at} />]] as Fact[]) : []),
                    ["Read and refused", letter.attempts === 1 ? "once" : `${letter.attempts} times`],
                    ...(letter.lead === undefined ? [] : ([["Lead", <Link href={`/leads/${letter.lead}`}>{letter.lead}</Link>]] as Fact[])),
                    ...(letter.reason === undefined || letter.reason === ""
                        ? []
                        : ([["Why it was given up", letter.reason === "expired" ? "Nobody came for it in time" : letter.reason]] as Fact[])),
                ]}
            />
        </Section>
    );
}

function RawRecord({ letter }: { letter: DeadLetter }) {
    const headers = Object.entries(letter.headers ?? {});
    if (headers.length === 0 && letter.payload === undefined) return null;
    return (
        <details class="raw">
            <summary>As it came{letter.media_type !== undefined && `, ${letter.media_type}`}</summary>
            {headers.length > 0 && <Facts rows={headers} />}
            {letter.payload !== undefined && <pre tabIndex={0}>{letter.payload}</pre>}
        </details>
    );
}

export function DeadLetterPage({ params }: { params: Record<string, string> }) {
    const id = params.id ?? "";
    const letter = useQuery(`dead letter ${id}`, () => ask(api.GET("/v1/dead-letters/{id}", { params: { path: { id } } })), {
        about: [id, ...ABOUT],
        atMost: 2000,
    });
    const { nameOf } = useSources();
    const [aim, setAim] = useState<ReplayAim>();
    const [discarding, setDiscarding] = useState(false);
    const open = letter.data?.state === "open";
    const replay = (): void => setAim({ body: { ids: [id] }, what: id, count: 1, source: letter.data?.source });
    useKeys([
        { keys: "r", what: "Replay it", run: () => open && replay() },
        { keys: "d", what: "Discard it", run: () => open && setDiscarding(true) },
    ]);
    const discard = (reason: string): Promise<unknown> =>
        ask(api.POST("/v1/dead-letters/{id}/discard", { params: { path: { id } }, body: { reason } }));
    return (
        <Page
            title={
                <>
                    Dead letter {id} {letter.data !== undefined && <StateBadge state={letter.data.state} />}
                </>
            }
            actions={
                open && (
                    <>
                        <Button look="primary" keys="r" onClick={replay}>
                            Replay…
                        </Button>
                        <Button look="danger" keys="d" onClick={() => setDiscarding(true)}>
                            Discard…
                        </Button>
                    </>
                )
            }
        >
            <Loaded query={letter}>
                {(data) => (
                    <>
                        <Story letter={data} nameOf={nameOf} />
                        <div class="columns">
                            <Section
                                title={data.errors?.length === 1 ? "What is wrong" : `What is wrong (${data.errors?.length ?? 1} mistakes)`}
                            >
                                <Mistakes letter={data} />
                                <Alike letter={data} />
                            </Section>
                            <Section title="The record">
                                <Payload letter={data} />
                                <RawRecord letter={data} />
                            </Section>
                        </div>
                    </>
                )}
            </Loaded>
            {aim !== undefined && <ReplayDialog aim={aim} onClose={() => setAim(undefined)} onDone={letter.refresh} />}
            {discarding && (
                <ReasonDialog
                    title={`Discard ${id}`}
                    label="Discard it"
                    look="danger"
                    hint="Its payload goes for good; that it was there, and this reason, stay."
                    done={`${id} is discarded.`}
                    submit={discard}
                    onClose={() => {
                        setDiscarding(false);
                        letter.refresh();
                    }}
                />
            )}
        </Page>
    );
}
