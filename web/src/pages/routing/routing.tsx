// Routing: the way leads go now, with volumes and health; routes, pools, and the release that decides.
import { useMemo } from "preact/hooks";
import { Link } from "wouter-preact";
import { useLeadPath } from "../../live/lead-path";
import { useNames, type Names } from "../../live/mesh";
import { count, Empty, Loaded, Page, Section } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { useParameters } from "../../url";
import { PathPicture } from "./path";
import { calledOf, pageOf } from "./path-links";
import type { LeadPath } from "./path-layout";
import { PoolsSection } from "./pools";
import { ReleaseLine, ReleasesSection, useReleases } from "./releases";
import { RoutesSection } from "./routes";

const windows = { "15": "15 min", "60": "1 hour", "360": "6 hours", "1440": "24 hours" };
type Window = keyof typeof windows;

// Reps whom routes name by an expression are not declared on the path: who they are is asked of the reps.
function withReps(path: LeadPath, names: Names): LeadPath {
    return {
        ...path,
        nodes: path.nodes.map((node) => {
            const rep = node.kind === "rep" ? names.reps.get(node.name) : undefined;
            return rep === undefined ? node : { ...node, title: rep.name, former: rep.present ? undefined : node.former };
        }),
    };
}

// What is not well, worst first, in words.
function Troubles({ path }: { path: LeadPath }) {
    const found = path.nodes.filter((node) => node.reason !== undefined && (node.health === "bad" || node.health === "warning"));
    if (found.length === 0) return <p class="small good">Every place on the path is well.</p>;
    const sorted = [...found].sort((a, b) => Number(b.health === "bad") - Number(a.health === "bad"));
    return (
        <ul class="trouble small" aria-label="What is not well">
            {sorted.map((node) => (
                <li key={node.id}>
                    <span class={`dot ${node.health}`} />
                    <span>
                        <Link href={pageOf(node, path)}>{calledOf(node)}</Link>: {node.reason}
                        {node.health === "bad" && <b class="bad"> (in trouble)</b>}
                    </span>
                </li>
            ))}
        </ul>
    );
}

function PathLegend() {
    return (
        <p class="path-legend small soft">
            <span>Counted: the leads that came in this time, each where it is by now.</span>
            <span class="picture">Ribbon: as wide as its leads; grey line: none yet; dashed: a pool that helps out.</span>
            <span>! look at it, ‼ in trouble.</span>
        </p>
    );
}

export function RoutingPage() {
    const [parameters, change] = useParameters();
    const names = useNames();
    const releases = useReleases();
    const minutes: Window = parameters.minutes !== undefined && parameters.minutes in windows ? (parameters.minutes as Window) : "60";
    const read = useLeadPath(Number(minutes), {
        about: ["lead.", "record.", "delivery.", "destination.", "rep.", "release."],
        every: 30_000,
    });
    const path = useMemo(() => (read.data === undefined ? undefined : withReps(read.data, names)), [read.data, names]);
    return (
        <Page
            title="Routing"
            wide
            actions={
                <>
                    <a href="#releases">Releases</a>
                    <a href="/v1/routing-contract">Routing contract (JSON)</a>
                </>
            }
        >
            <ReleaseLine contract={names.contract} releases={releases.data?.releases} />
            <Section
                title={
                    <>
                        The lead path{" "}
                        {read.data !== undefined && (
                            <span class="soft small">
                                {count(read.data.leads)} leads{read.data.complete ? "" : ", the newest only"}
                            </span>
                        )}
                    </>
                }
                actions={<Choice label="Leads of the last" value={minutes} options={windows} onChange={(to) => change({ minutes: to === "60" ? undefined : to })} />}
            >
                <Loaded query={read}>
                    {() =>
                        path === undefined || path.nodes.length === 0 ? (
                            <Empty title="The release declares no path yet." />
                        ) : (
                            <>
                                <PathPicture fresh={path} />
                                <PathLegend />
                                {path.leads === 0 && (
                                    <p class="small">
                                        No lead came in this time. Choose a longer one, or see <Link href="/sources">where leads come in</Link>.
                                    </p>
                                )}
                                <Troubles path={path} />
                            </>
                        )
                    }
                </Loaded>
            </Section>
            <PoolsSection />
            {path !== undefined && <RoutesSection path={path} names={names} />}
            <ReleasesSection />
        </Page>
    );
}
