// One pool: its members with their load and limits, who is there, and whether the work is shared fairly.
import { Link } from "wouter-preact";
import { useNames } from "../../live/mesh";
import { useTaxonomy } from "../../live/taxonomy";
import { count, Empty, Facts, Figure, Loaded, Page, Section, When } from "../../ui/basics";
import { query } from "../../url";
import { strategyWords, term } from "../../words/terms";
import { FairnessSection } from "./fairness";
import { MembersSection } from "./members";
import { PoolHealth, PoolId, poolTitle, Relief, usePools, type Pool } from "./pools";

function NowFigures({ pool }: { pool: Pool }) {
    const leads = (filter: Record<string, string>): string => "/leads" + query({ pool: pool.id, ...filter });
    return (
        <div class="figures">
            <Figure
                label="On duty"
                value={`${pool.on_duty} of ${pool.members}`}
                tone={pool.on_duty === 0 ? "warning" : undefined}
                note={pool.available < pool.members ? `${pool.members - pool.available} set away` : "nobody set away"}
            />
            <Figure label="Room now" value={count(pool.room)} tone={pool.room === 0 ? "warning" : undefined} note={pool.full > 0 ? `${pool.full} on duty are full` : "more open leads"} />
            <Figure label="Load of all members" value={`${count(pool.load)} of ${count(pool.capacity)}`} href={leads({ place: "owned" })} note="open leads" />
            <Figure
                label="Waiting"
                value={count(pool.waiting)}
                tone={pool.waiting > 0 ? "warning" : undefined}
                href={leads({ place: "waiting", sort: "oldest" })}
                note={
                    pool.waiting > 0 ? (
                        <>
                            oldest <When at={pool.oldest_waiting_at} />
                        </>
                    ) : (
                        "nobody waits"
                    )
                }
            />
        </div>
    );
}

export function PoolPage({ params }: { params: Record<string, string> }) {
    const id = decodeURIComponent(params.id ?? "");
    const read = usePools();
    const names = useNames();
    const taxonomy = useTaxonomy();
    const pool = read.data?.pools.find((one) => one.id === id);
    const routes = (names.contract?.routes ?? []).filter((one) => one.to.pool === id);
    return (
        <Page
            title={
                <>
                    Pool {pool === undefined ? id : poolTitle(pool)} {pool !== undefined && <PoolId pool={pool} />}
                </>
            }
            actions={<Link href="/routing">Routing</Link>}
        >
            <Loaded query={read}>
                {() =>
                    pool === undefined ? (
                        <Empty title={`There is no pool ${id}.`}>
                            <Link href="/routing">See the pools that there are</Link>
                        </Empty>
                    ) : (
                        <>
                            <p class="pool-title">
                                <PoolHealth pool={pool} />
                            </p>
                            <NowFigures pool={pool} />
                            <Section title="How it works">
                                <Facts
                                    rows={[
                                        [
                                            "Who gets a lead",
                                            term(strategyWords, pool.strategy) + (pool.otherwise === undefined ? "" : `, else ${term(strategyWords, pool.otherwise)}`),
                                        ],
                                        ["Leads that nobody can take", <Relief key="relief" pool={pool} />],
                                        ...(pool.team === undefined ? [] : [["Answers for it", `the manager of ${taxonomy.teamTitle(pool.team)}`] as [string, string]]),
                                        ["Newest turn", pool.last_rep === undefined ? "–" : names.name("rep", pool.last_rep)],
                                        [
                                            "Routes that lead here",
                                            routes.length === 0 ? (
                                                "none"
                                            ) : (
                                                <>
                                                    {routes.map((route, index) => (
                                                        <span key={route.name}>
                                                            {index > 0 && ", "}
                                                            <Link href={"/leads" + query({ route: route.name })}>{route.name}</Link>
                                                        </span>
                                                    ))}
                                                </>
                                            ),
                                        ],
                                        ...(pool.on_call === undefined || pool.on_call.length === 0
                                            ? []
                                            : [["On call, in this order", pool.on_call.map((rep) => names.name("rep", rep)).join(", ")] as [string, string]]),
                                    ]}
                                />
                            </Section>
                            <MembersSection pool={pool} />
                            <FairnessSection pool={pool} />
                        </>
                    )
                }
            </Loaded>
        </Page>
    );
}
