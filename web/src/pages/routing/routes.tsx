// Routes in the order in which they are asked, with their conditions and how many leads took them.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Names, RouteTerms } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { spanInWords } from "../../time";
import { Badge, count, percent, Section, TableFrame, When } from "../../ui/basics";
import { BarCell } from "../../ui/chart";
import { query } from "../../url";
import type { LeadPath, PathNode } from "./path-layout";

function Target({ to, names }: { to: RouteTerms["to"]; names: Names }) {
    const within = to.within ?? to.after;
    if (to.pool !== undefined)
        return (
            <>
                pool <Link href={`/pools/${encodeURIComponent(to.pool)}`}>{names.name("pool", to.pool)}</Link>
            </>
        );
    if (to.rep !== undefined)
        return (
            <>
                rep <Link href={"/mine" + query({ rep: to.rep })}>{names.name("rep", to.rep)}</Link>
            </>
        );
    if (to.rep_expression !== undefined)
        return (
            <>
                the rep in <code>{to.rep_expression}</code>
            </>
        );
    if (to.exception !== undefined)
        return (
            <>
                exception <Link href={"/triage" + query({ kind: to.exception })}>{names.name("exception", to.exception)}</Link>
                {to.team !== undefined && `, team ${names.name("team", to.team)}`}
                {within !== undefined && ` within ${spanInWords(within)}`}
            </>
        );
    return (
        <>
            nurture {to.nurture}
            {within !== undefined && `, routed anew after ${spanInWords(within)}`}
        </>
    );
}

// When the routes that took none had their newest lead. Asked once for each set of routes.
function useNewest(idle: string[], release: string): Map<string, string | null> | undefined {
    const key = idle.length === 0 ? null : `newest of routes ${release} ${idle.join(" ")}`;
    const read = useQuery(key, async () => {
        const found = new Map<string, string | null>();
        for (const route of idle) {
            const { leads } = await ask(api.GET("/v1/leads", { params: { query: { route, limit: 1 } } }));
            found.set(route, leads[0]?.captured_at ?? null);
        }
        return found;
    });
    return read.data;
}

function NewestOf({ route, newest }: { route: string; newest: Map<string, string | null> | undefined }) {
    if (newest === undefined) return <Badge>none</Badge>;
    const at = newest.get(route);
    return at === null || at === undefined ? (
        <Badge tone="warning" title="No lead in the view has this route">
            never
        </Badge>
    ) : (
        <span class="soft small nowrap">
            last <When at={at} />
        </span>
    );
}

export function RoutesSection({ path, names }: { path: LeadPath; names: Names }) {
    const routes = path.nodes.filter((node) => node.kind === "route");
    const terms = new Map((names.contract?.routes ?? []).map((one) => [one.name, one]));
    const idle = routes.filter((one) => one.count === 0 && one.former !== true).map((one) => one.name);
    const newest = useNewest(idle, path.release);
    const most = Math.max(...routes.map((one) => one.count), 1);
    const never = idle.length === routes.length ? [] : idle.filter((one) => newest?.get(one) === null);
    return (
        <Section title="Routes, in the order in which they are asked" id="routes">
            {never.length > 0 && (
                <p class="small fine-print">
                    <Badge tone="warning">{never.length === 1 ? "1 route never hit" : `${never.length} routes never hit`}</Badge> {never.join(", ")}: no lead has taken{" "}
                    {never.length === 1 ? "it" : "them"} yet. Either none is meant to come, or an earlier route takes them all.
                </p>
            )}
            <TableFrame label="Routes">
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col" class="number">
                                #
                            </th>
                            <th scope="col">Route</th>
                            <th scope="col">Condition</th>
                            <th scope="col">Leads to</th>
                            <th scope="col" class="number">
                                Leads
                            </th>
                            <th scope="col" class="number">
                                Share
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {routes.map((node, index) => (
                            <RouteRow key={node.id} node={node} place={index + 1} terms={terms.get(node.name)} path={path} most={most} newest={newest} names={names} />
                        ))}
                    </tbody>
                </table>
            </TableFrame>
        </Section>
    );
}

interface RowProps {
    node: PathNode;
    place: number;
    terms: RouteTerms | undefined;
    path: LeadPath;
    most: number;
    newest: Map<string, string | null> | undefined;
    names: Names;
}

function RouteRow({ node, place, terms, path, most, newest, names }: RowProps) {
    return (
        <tr id={`route-${node.name}`}>
            <td class="number soft place">{node.former === true ? "" : place}</td>
            <th scope="row" class="row-name whole">
                {node.name}
                {terms?.group !== undefined && <span class="soft small"> in {terms.group}</span>}
                {node.former === true && <Badge title="Not in the release in force">former</Badge>}
            </th>
            <td class="condition whole" data-label="When">
                {terms === undefined ? node.former !== true && <code>{node.detail}</code> : terms.when === undefined ? <span class="soft">everyone</span> : <code>{terms.when}</code>}
                {terms?.percent !== undefined && <span class="small block">of these, {terms.percent} %</span>}
            </td>
            <td class="whole" data-label="Leads to">{terms !== undefined && <Target to={terms.to} names={names} />}</td>
            <td class="number" data-label="Leads">
                {node.count > 0 ? (
                    <BarCell value={node.count} most={most}>
                        <Link href={"/leads" + query({ route: node.name, from: path.from })}>{count(node.count)}</Link>
                    </BarCell>
                ) : (
                    node.former !== true && <NewestOf route={node.name} newest={newest} />
                )}
            </td>
            <td class="number nowrap">{node.count > 0 && percent(node.count / Math.max(1, path.leads), node.count * 100 < path.leads ? 1 : 0)}</td>
        </tr>
    );
}
