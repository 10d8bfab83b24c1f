// One source: its contract, what is on trial beside it, what was refused and why.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useNames } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { Badge, count, Empty, Facts, Figure, Loaded, Page, Section, TableFrame, When } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { query } from "../../url";
import { clusterId, ClusterTable } from "../dead-letters/clusters";
import { ReplayDialog, type ReplayAim } from "../dead-letters/replay";
import { ABOUT } from "../dead-letters/words";
import { sumOf, violationRate, type Source } from "./data";
import { RolloutActions } from "./rollout";
import { AllVersions, BlueGreen } from "./versions";
import { causeInWords, share } from "./words";

function Head({ source }: { source: Source }) {
    const sum = sumOf(source.versions);
    const rate = violationRate(sum);
    const letters = source.dead_letters ?? 0;
    return (
        <div class="figures">
            <Figure
                label="Accepted"
                value={count(sum.accepted)}
                href={"/leads" + query({ source: source.id })}
                note="records that became leads, or joined one"
            />
            <Figure
                label="Refused"
                value={count(sum.refused)}
                href={"/dead-letters" + query({ source: source.id, state: "any" })}
                note="records that broke the contract"
            />
            <Figure
                label="Violation rate"
                value={rate === undefined ? "–" : share(rate)}
                note="refused of all that came"
                {...(rate === undefined ? {} : { tone: rate >= 0.05 ? ("bad" as const) : rate >= 0.01 ? ("warning" as const) : ("good" as const) })}
            />
            <Figure
                label="Open dead letters"
                value={count(letters)}
                href={"/dead-letters" + query({ source: source.id })}
                note={letters === 0 ? "nothing waits" : "to replay or to discard"}
                {...(letters > 0 ? { tone: "warning" as const } : {})}
            />
        </div>
    );
}

const Notice = ({ at, none }: { at: string | null | undefined; none: string }) =>
    at === null || at === undefined ? <span class="soft">{none}</span> : <When at={at} />;

function About({ source }: { source: Source }) {
    const names = useNames();
    return (
        <Section title="About">
            <Facts
                rows={[
                    ["Name", <code>{source.id}</code>],
                    ["Owner", source.owner === undefined ? <span class="soft">nobody is named</span> : names.name("team", source.owner)],
                    ["Records are posted to", <code>/v1/sources/{source.id}/leads</code>],
                    [
                        "Versions were last changed",
                        source.switched_at === undefined ? (
                            <span class="soft">never</span>
                        ) : (
                            <>
                                <When at={source.switched_at} />
                                {source.switched_by !== undefined && `, ${causeInWords(source.switched_by)}`}
                            </>
                        ),
                    ],
                    ["Last notice to the partner", <Notice at={source.last_notice_at} none="none yet" />],
                    ["Next notice", <Notice at={source.next_notice_at} none="with the next mistake" />],
                ]}
            />
        </Section>
    );
}

function Mistakes({ source }: { source: Source }) {
    const [aim, setAim] = useState<ReplayAim>();
    const clusters = useQuery(
        `dead letter clusters ${source.id}`,
        () => ask(api.GET("/v1/dead-letters/clusters", { params: { query: { source: source.id } } })),
        { about: [...ABOUT, source.id], atMost: 2000 },
    );
    const calm = useCalmRows(clusters.data?.clusters, clusterId, source.id, aim !== undefined);
    return (
        <Section title="What is wrong with the open dead letters">
            <Loaded query={clusters}>
                {() =>
                    calm.rows?.length === 0 ? (
                        <Empty title="Nothing waits: every record was read, or is done with." />
                    ) : (
                        <TableFrame label="Kinds of mistakes">
                            <ClusterTable calm={calm} withSource={false} nameOf={(id) => id} onReplay={setAim} />
                        </TableFrame>
                    )
                }
            </Loaded>
            {aim !== undefined && (
                <ReplayDialog
                    aim={aim}
                    onClose={() => {
                        setAim(undefined);
                        calm.showAll();
                    }}
                    onDone={clusters.refresh}
                />
            )}
        </Section>
    );
}

export function SourcePage({ params }: { params: Record<string, string> }) {
    const name = params.name ?? "";
    const source = useQuery(`source ${name}`, () => ask(api.GET("/v1/sources/{source}", { params: { path: { source: name } } })), {
        about: [name, ...ABOUT, "release."],
        atMost: 2000,
    });
    return (
        <Page
            title={
                <>
                    {source.data?.title ?? name} {source.data?.present === false && <Badge>not in the release in force</Badge>}
                </>
            }
            actions={
                source.data?.present === true && (
                    <>
                        <a class="button" href={`/v1/contracts/${name}/docs`}>
                            Published contract
                        </a>
                        <a class="button" href={`/v1/contracts/${name}`}>
                            JSON Schema
                        </a>
                    </>
                )
            }
        >
            <Loaded query={source}>
                {(data) => (
                    <>
                        <Head source={data} />
                        <BlueGreen
                            source={data}
                            actions={
                                data.present && data.active !== undefined && <RolloutActions source={data} onDone={source.refresh} />
                            }
                        />
                        <Mistakes source={data} />
                        {data.versions.length > 1 && <AllVersions source={data} />}
                        <About source={data} />
                    </>
                )}
            </Loaded>
            <p class="small">
                <Link href="/sources">All sources</Link>
            </p>
        </Page>
    );
}
