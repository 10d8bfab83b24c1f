// Sources: which contract reads each, what is on trial, and how much is refused.
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useNames, type Names } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { Badge, count, Empty, Loaded, Page, Section, TableFrame } from "../../ui/basics";
import { rowAttributes, useRows } from "../../ui/rows";
import { SelectField } from "../../ui/select";
import { query, useParameters } from "../../url";
import { sumOf, useSources, type Source } from "./data";
import { Refused, Trial } from "./words";

const shows: Record<string, (source: Source) => boolean> = {
    "": (source) => source.present,
    letters: (source) => (source.dead_letters ?? 0) > 0,
    trial: (source) => source.mode !== "none",
    all: () => true,
};

// Records of the last hour by source; undefined where that cannot be said.
function useLastHour(): Map<string, number> | undefined {
    const activity = useQuery(
        "activity by source 60",
        () => ask(api.GET("/v1/activity", { params: { query: { minutes: 60, by: "source" } } })),
        { about: ["lead.captured", "lead.touched"], atMost: 5000 },
    );
    if (activity.data === undefined) return undefined;
    return new Map((activity.data.series ?? []).map((one) => [one.value, one.total]));
}

function SourceRow({ source, hour, names, attributes }: { source: Source; hour: number | undefined; names: Names; attributes: object }) {
    const letters = source.dead_letters ?? 0;
    return (
        <tr {...attributes}>
            <td class="wide-cell">
                <Link href={`/sources/${source.id}`} class="row-title">
                    {source.title ?? source.id}
                </Link>
                {!source.present && <Badge title="Not in the release in force: nothing is taken from it">gone</Badge>}
                <div class="soft small">
                    {source.id}
                    {source.kind !== undefined && `, ${source.kind}`}
                    {source.owner !== undefined && `, of ${names.name("team", source.owner)}`}
                </div>
            </td>
            <td data-label="In force" class="nowrap">
                {source.active === undefined ? <span class="soft" title="Records are read by the attributes that a lead may have">none of its own</span> : `version ${source.active}`}
            </td>
            <td data-label="On trial">
                <Trial source={source} />
            </td>
            <td data-label="Last hour" class="number">
                {hour === undefined ? "–" : <Link href={"/leads" + query({ source: source.id })}>{count(hour)}</Link>}
            </td>
            <td data-label="Accepted" class="number">
                {count(sumOf(source.versions).accepted)}
            </td>
            <td data-label="Refused" class="number">
                <Refused counts={sumOf(source.versions)} />
            </td>
            <td data-label="Open dead letters" class="number">
                {letters === 0 ? <span class="soft">0</span> : <Link href={"/dead-letters" + query({ source: source.id })}>{count(letters)}</Link>}
            </td>
        </tr>
    );
}

export function SourcesPage() {
    const { sources } = useSources();
    const hours = useLastHour();
    const names = useNames();
    const [parameters, change] = useParameters();
    const [, navigate] = useLocation();
    const shown = parameters.show ?? "";
    const rows = (sources.data?.sources ?? []).filter(shows[shown] ?? (() => true));
    const selection = useRows(rows.length, "source", (index) => {
        const row = rows[index];
        if (row !== undefined) navigate(`/sources/${row.id}`);
    });
    return (
        <Page title="Sources">
            <p class="lead-in soft">
                Where leads come in. Each record is read by a version of its source's contract before anything else sees it; what breaks it
                is kept as a <Link href="/dead-letters">dead letter</Link>.
            </p>
            <Section
                title="All sources"
                actions={
                    <SelectField
                        label="Show"
                        value={shown}
                        options={[
                            ["", "Those in force"],
                            ["letters", "With open dead letters"],
                            ["trial", "With a version on trial"],
                            ["all", "Former ones too"],
                        ]}
                        onChange={(show) => change({ show })}
                    />
                }
            >
                <Loaded query={sources}>
                    {() =>
                        rows.length === 0 ? (
                            <Empty title="No source is like that.">
                                Sources are files in <code>sources/</code> of the mesh. <Link href="/sources?show=all">Show all</Link>
                            </Empty>
                        ) : (
                            <TableFrame label="Sources">
                                <table class="stacking">
                                    <thead>
                                        <tr>
                                            <th>Source</th>
                                            <th>In force</th>
                                            <th>On trial</th>
                                            <th class="number">Last hour</th>
                                            <th class="number">Accepted</th>
                                            <th class="number">Refused</th>
                                            <th class="number">Open dead letters</th>
                                        </tr>
                                    </thead>
                                    <tbody>
                                        {rows.map((source, index) => (
                                            <SourceRow
                                                key={source.id}
                                                source={source}
                                                hour={hours === undefined ? undefined : (hours.get(source.id) ?? 0)}
                                                names={names}
                                                attributes={rowAttributes(selection, index)}
                                            />
                                        ))}
                                    </tbody>
                                </table>
                            </TableFrame>
                        )
                    }
                </Loaded>
            </Section>
        </Page>
    );
}
