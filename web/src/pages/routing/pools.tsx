// Pools: who is there, how full they are, what waits, and who helps out.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useNames } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { Badge, count, Empty, Loaded, Section, TableFrame, When } from "../../ui/basics";
import { Meter } from "../../ui/chart";
import { query } from "../../url";
import { strategyWords, term } from "../../words/terms";

export type Pool = Schema<"Pool">;

export const usePools = () =>
    useQuery("pools", () => ask(api.GET("/v1/pools")), { about: ["lead.", "rep.", "release."], atMost: 2000, every: 30_000 });

// "Europe, Middle East, Africa", and in small how the files of the mesh call it; many have no title.
export const PoolId = ({ pool }: { pool: Pool }) => (pool.title === undefined || pool.title === pool.id ? null : <span class="soft small">{pool.id}</span>);
export const poolTitle = (pool: Pool): string => pool.title ?? pool.id;

// What happens to leads that nobody of the pool can take: undefined is that they overflow.
function reliefWords(relief: Pool["off_duty"], overflow: string | undefined): string | undefined {
    if (relief === "on_call") return "go to who is on call";
    return overflow === undefined || relief === "wait" ? "wait" : undefined;
}

export function PoolHealth({ pool }: { pool: Pool }) {
    if (!pool.present) return <Badge title="Not in the release in force">former</Badge>;
    if (pool.on_duty === 0) return <Badge tone={pool.waiting > 0 ? "bad" : "warning"}>nobody on duty</Badge>;
    if (pool.room === 0) return <Badge tone={pool.waiting > 0 ? "bad" : "warning"}>no room</Badge>;
    return pool.waiting > 0 ? <Badge tone="warning">leads wait</Badge> : <Badge tone="good">takes leads</Badge>;
}

export function LoadCell({ load, capacity, what }: { load: number; capacity: number; what: string }) {
    return (
        <span class="load-cell">
            <Meter value={load} of={capacity} says={`${what}: ${load} of ${capacity} open leads`} />
            <span class="nowrap">
                {count(load)} of {count(capacity)}
            </span>
        </span>
    );
}

// "off duty: go to who is on call; full: go to Whoever is at work"
export function Relief({ pool }: { pool: Pool }) {
    const names = useNames();
    const words = [reliefWords(pool.off_duty, pool.overflow), reliefWords(pool.when_full, pool.overflow)];
    const linked = (text: string | undefined) =>
        text ?? (
            <>
                go to <Link href={`/pools/${encodeURIComponent(pool.overflow ?? "")}`}>{names.name("pool", pool.overflow ?? "")}</Link>
            </>
        );
    if (words[0] === words[1]) return <>{linked(words[0])}</>;
    return (
        <>
            <span class="block">off duty: {linked(words[0])}</span>
            <span class="block">full: {linked(words[1])}</span>
        </>
    );
}

function PoolRow({ pool }: { pool: Pool }) {
    const waiting = "/leads" + query({ pool: pool.id, place: "waiting", sort: "oldest" });
    return (
        <tr>
            <th scope="row" class="row-name whole">
                <Link href={`/pools/${encodeURIComponent(pool.id)}`}>{poolTitle(pool)}</Link> <PoolId pool={pool} />
            </th>
            <td data-label="Now">
                <PoolHealth pool={pool} />
            </td>
            <td class="nowrap" data-label="On duty">
                {pool.on_duty} of {pool.members}
                {pool.available < pool.members && <span class="soft small block">{pool.members - pool.available} set away</span>}
            </td>
            <td class="whole">
                <LoadCell load={pool.load} capacity={pool.capacity} what={poolTitle(pool)} />
                <span class="soft small">room for {count(pool.room)} now</span>
            </td>
            <td class="number nowrap" data-label="Waiting">
                {pool.waiting > 0 ? (
                    <>
                        <Link href={waiting}>{count(pool.waiting)}</Link>
                        <span class="soft small block">
                            oldest <When at={pool.oldest_waiting_at} />
                        </span>
                    </>
                ) : (
                    "0"
                )}
            </td>
            <td data-label="Strategy">
                {term(strategyWords, pool.strategy)}
                {pool.otherwise !== undefined && `, else ${term(strategyWords, pool.otherwise)}`}
            </td>
            <td class="small" data-label="Leads that nobody can take">
                <Relief pool={pool} />
            </td>
        </tr>
    );
}

export function PoolsSection() {
    const read = usePools();
    return (
        <Section title="Pools" id="pools">
            <Loaded query={read}>
                {({ pools }) =>
                    pools.length === 0 ? (
                        <Empty title="The mesh has no pools.">Routes lead to reps, exceptions or nurture only.</Empty>
                    ) : (
                        <TableFrame label="Pools">
                            <table class="cards">
                                <thead>
                                    <tr>
                                        <th scope="col">Pool</th>
                                        <th scope="col">Now</th>
                                        <th scope="col">On duty</th>
                                        <th scope="col">Load</th>
                                        <th scope="col" class="number">
                                            Waiting
                                        </th>
                                        <th scope="col">Strategy</th>
                                        <th scope="col">Leads that nobody can take</th>
                                    </tr>
                                </thead>
                                <tbody>
                                    {pools.map((pool) => (
                                        <PoolRow key={pool.id} pool={pool} />
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
