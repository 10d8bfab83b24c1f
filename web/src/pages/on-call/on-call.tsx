// On call: for each rotation who it is now and until when, who is next, and who stands in.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import { useTaxonomy } from "../../live/taxonomy";
import { duration, exact, useNow } from "../../time";
import { Badge, Button, Countdown, Empty, Loaded, Page, Section, TableFrame } from "../../ui/basics";
import { Field } from "../../ui/dialog";
import { SelectField } from "../../ui/select";
import { query, useParameters } from "../../url";
import { mailed } from "../../words/lead";

type Rotation = Schema<"Rotation">;
type Shift = Schema<"Shift">;

const timeIn = (zone: string, at: string): string =>
    new Date(at).toLocaleString("en-GB", { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

const At = ({ at, zone }: { at: string; zone: string }) => (
    <time class="nowrap" dateTime={at} title={exact(at)}>
        {timeIn(zone, at)}
    </time>
);

// By which layer, or that somebody stands in.
function By({ shift }: { shift: Shift }) {
    if (shift.person === null) return <span class="soft">no layer covers it</span>;
    if (shift.override !== true) return <span class="soft">by the layer {shift.layer}</span>;
    return (
        <>
            <Badge tone="accent">stands in</Badge> {shift.reason}
            {shift.file !== undefined && <span class="soft small"> from {shift.file}</span>}
        </>
    );
}

const Person = ({ shift }: { shift: Shift }) => (shift.person === null ? <Badge tone="bad">nobody</Badge> : <>{shift.name ?? shift.person}</>);

function Now({ rotation, isNow }: { rotation: Rotation; isNow: boolean }) {
    const { now: shift, time_zone: zone } = rotation;
    return (
        <p class="on-call-now">
            {shift.person === null ? <span class="on-call-person bad">Nobody</span> : <span class="on-call-person">{shift.name ?? shift.person}</span>}
            {shift.email !== undefined && <a href={mailed(shift.email)}>{shift.email}</a>}
            {shift.person !== null && <Link href={"/mine" + query({ rep: shift.person })}>Leads</Link>}
            <span class="soft">
                until <At at={shift.until} zone={zone} />
            </span>
            {isNow && (
                <span class="soft">
                    (<Countdown due={shift.until} soon={0} /> left)
                </span>
            )}
            <span>
                <By shift={shift} />
            </span>
        </p>
    );
}

function One({ rotation, team, isNow }: { rotation: Rotation; team: string; isNow: boolean }) {
    const { time_zone: zone } = rotation;
    const gaps = [rotation.now, ...rotation.next].filter((one) => one.person === null).length;
    return (
        <Section
            id={rotation.rotation}
            title={
                <>
                    {rotation.rotation} <span class="soft small">{team}</span>
                </>
            }
            actions={<span class="soft small">Times of {zone}</span>}
        >
            <Now rotation={rotation} isNow={isNow} />
            {rotation.now.person === null && <p class="bad">Who is to be paged now reaches nobody of this rotation: alerts go to the team.</p>}
            <TableFrame label={`Next in ${rotation.rotation}`}>
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col">Next</th>
                            <th scope="col">From</th>
                            <th scope="col">Until</th>
                            <th scope="col">For</th>
                            <th scope="col">By</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rotation.next.map((one) => (
                            <tr key={one.from}>
                                <th scope="row" class="nowrap whole">
                                    <Person shift={one} />
                                </th>
                                <td data-label="From">
                                    <At at={one.from} zone={zone} />
                                </td>
                                <td data-label="Until">
                                    <At at={one.until} zone={zone} />
                                </td>
                                <td class="nowrap" data-label="For">{duration(Date.parse(one.until) - Date.parse(one.from))}</td>
                                <td data-label="By">
                                    <By shift={one} />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </TableFrame>
            {rotation.next.length === 0 && <p class="soft">Nothing changes in that time.</p>}
            {gaps > 0 && <p class="soft small">{gaps === 1 ? "One time" : `${gaps} times`} in this list nobody is on call.</p>}
        </Section>
    );
}

const aheads: [string, string][] = [
    ["", "the next five hand-overs"],
    ["7", "a week"],
    ["28", "four weeks"],
    ["90", "three months"],
];

const plusDays = (at: string, days: number): string => new Date((at === "" ? Date.now() : Date.parse(at)) + days * 86_400_000).toISOString().slice(0, 10);

export function OnCallPage() {
    const [parameters, change] = useParameters();
    const now = useNow();
    const taxonomy = useTaxonomy();
    const [at, days] = [parameters.at ?? "", parameters.days ?? ""];
    const asked = { ...(at !== "" && { at: new Date(at).toISOString() }), ...(days !== "" && { to: plusDays(at, Number(days)) }) };
    // Asked again every minute: hand-overs are no events.
    const onCall = useQuery(`on-call-${at}-${days}`, () => ask(api.GET("/v1/on-call", { params: { query: asked } })), { about: ["release."], every: 60_000 });
    return (
        <Page title="On call">
            <div class="report-head">
                <Field label="At (your own time; empty: now)">
                    {(attributes) => <input {...attributes} type="datetime-local" value={at} onChange={(event) => change({ at: event.currentTarget.value })} />}
                </Field>
                <SelectField label="Ahead" value={days} options={aheads} onChange={(value) => change({ days: value })} />
                {at !== "" && (
                    <div class="actions">
                        <Button onClick={() => change({ at: "" })}>Now</Button>
                    </div>
                )}
            </div>
            {at !== "" && (
                <p class="soft report-about">
                    As it {Date.parse(at) < now ? "was" : "will be"} on {exact(new Date(at).toISOString())}.
                </p>
            )}
            <Loaded query={onCall}>
                {(data) =>
                    data.rotations.length === 0 ? (
                        <Empty title="Nobody takes turns">
                            The mesh has no <code>on-call.yaml</code>; who is paged is the whole team. <a href="/docs/on-call">How to write one</a>
                        </Empty>
                    ) : (
                        <>
                            {data.rotations.map((one) => (
                                <One key={one.rotation} rotation={one} team={taxonomy.teamTitle(one.team)} isNow={at === ""} />
                            ))}
                        </>
                    )
                }
            </Loaded>
            <p class="soft small">
                Turns and who stands in are files of the mesh: <a href="/docs/on-call">on-call.yaml</a>. A calendar to subscribe to: <code>meshline oncall --ics</code>.
            </p>
        </Page>
    );
}
