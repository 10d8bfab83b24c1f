// The members of a pool: who can take leads now, how full they are; away and capacity are changed here.
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { useTaxonomy } from "../../live/taxonomy";
import type { Rep } from "../../live/mesh";
import { Badge, Button, count, Empty, Loaded, Section, TableFrame, When, type Tone } from "../../ui/basics";
import { Dialog, Field, WriteForm } from "../../ui/dialog";
import { rowAttributes, useRows } from "../../ui/rows";
import { toast } from "../../ui/toast";
import { query } from "../../url";
import { dutyWords, term } from "../../words/terms";
import { LoadCell, type Pool } from "./pools";

type Roster = Pool["roster"];

interface Member {
    rep: Rep;
    weight: number;
    tier: number;
}

type Asked = { what: "away" | "capacity"; rep: Rep };

function membersOf(roster: Roster, reps: Rep[]): Member[] {
    const byId = new Map(reps.map((one) => [one.id, one]));
    return roster.flatMap((one) => {
        const rep = byId.get(one.rep);
        return rep === undefined ? [] : [{ rep, weight: one.weight, tier: one.tier }];
    });
}

// Whether the rep can take a lead now, and if not, why.
function standing(rep: Rep): [Tone, string] {
    if (!rep.available) return ["warning", "set away"];
    if (rep.duty !== "on_duty") return ["idle", term(dutyWords, rep.duty)];
    if (rep.load >= rep.capacity) return ["warning", "full"];
    if (rep.per_hour !== undefined && (rep.this_hour ?? 0) >= rep.per_hour) return ["warning", "has this hour's leads"];
    if (rep.per_day !== undefined && (rep.today ?? 0) >= rep.per_day) return ["warning", "has today's leads"];
    return ["good", "on duty"];
}

function Duty({ rep }: { rep: Rep }) {
    const [tone, words] = standing(rep);
    return (
        <>
            <Badge tone={tone}>{words}</Badge>
            <span class="soft small block">
                {!rep.available && `${term(dutyWords, rep.duty)} by the calendar`}
                {rep.available && rep.duty_until !== null && (
                    <>
                        changes <When at={rep.duty_until} />
                    </>
                )}
            </span>
        </>
    );
}

// "3 of 12 this hour"
function Limits({ rep }: { rep: Rep }) {
    const limits: string[] = [];
    if (rep.per_hour !== undefined) limits.push(`${rep.this_hour ?? 0} of ${rep.per_hour} this hour`);
    if (rep.per_day !== undefined) limits.push(`${rep.today ?? 0} of ${rep.per_day} today`);
    return limits.length === 0 ? null : <>{limits.join(", ")}</>;
}

const place = (pool: Pool, member: Member): string | undefined =>
    pool.strategy === "weighted" ? `weight ${member.weight}` : pool.strategy === "score_ordered" ? `tier ${member.tier + 1}` : undefined;

export function MembersSection({ pool }: { pool: Pool }) {
    const read = useQuery("reps-live", () => ask(api.GET("/v1/reps")), { about: ["lead.", "rep.", "release."], atMost: 2000, every: 60_000 });
    const [asked, ask_] = useState<Asked>();
    const [, navigate] = useLocation();
    const taxonomy = useTaxonomy();
    const members = read.data === undefined ? [] : membersOf(pool.roster, read.data.reps);
    const rows = useRows(members.length, "member", (index) => navigate("/mine" + query({ rep: members[index]?.rep.id })));
    const chosen = members[rows.selected]?.rep;
    useKeys([
        { keys: "a", what: "Set the member away, or back", run: () => chosen !== undefined && ask_({ what: "away", rep: chosen }) },
        { keys: "c", what: "Change the member's capacity", run: () => chosen !== undefined && ask_({ what: "capacity", rep: chosen }) },
    ]);
    const now = read.data?.reps.find((one) => one.id === asked?.rep.id);
    return (
        <Section title={`Members (${pool.members})`}>
            <Loaded query={read}>
                {() =>
                    members.length === 0 ? (
                        <Empty title="The pool has no members in the release in force." />
                    ) : (
                        <TableFrame label="Members">
                            <table class="cards">
                                <thead>
                                    <tr>
                                        <th scope="col">Rep</th>
                                        <th scope="col">Now</th>
                                        <th scope="col">Load</th>
                                        <th scope="col">Limits on new leads</th>
                                        <th scope="col">
                                            <span class="sr-only">Change</span>
                                        </th>
                                    </tr>
                                </thead>
                                <tbody>
                                    {members.map((member, index) => (
                                        <tr key={member.rep.id} {...rowAttributes(rows, index)} aria-selected={undefined} onClick={() => rows.select(index)}>
                                            <th scope="row" class="row-name">
                                                <Link href={"/mine" + query({ rep: member.rep.id })}>{member.rep.name}</Link>
                                                <span class="soft small block">{[place(pool, member), member.rep.team && taxonomy.teamTitle(member.rep.team), member.rep.time_zone].filter(Boolean).join(" · ")}</span>
                                            </th>
                                            <td>
                                                <Duty rep={member.rep} />
                                            </td>
                                            <td class="whole">
                                                <LoadCell load={member.rep.load} capacity={member.rep.capacity} what={member.rep.name} />
                                                {member.rep.capacity !== member.rep.declared_capacity && (
                                                    <span class="soft small">the policy says {count(member.rep.declared_capacity)}</span>
                                                )}
                                            </td>
                                            <td class="small" data-label={member.rep.per_hour !== undefined || member.rep.per_day !== undefined ? "Limits on new leads" : undefined}>
                                                <Limits rep={member.rep} />
                                            </td>
                                            <td class="whole row-actions">
                                                <div class="actions">
                                                    <Button aria-label={`${member.rep.available ? "Set away" : "Set back"}: ${member.rep.name}`} onClick={() => ask_({ what: "away", rep: member.rep })}>
                                                        {member.rep.available ? "Set away…" : "Set back…"}
                                                    </Button>
                                                    <Button aria-label={`Capacity of ${member.rep.name}`} onClick={() => ask_({ what: "capacity", rep: member.rep })}>
                                                        Capacity…
                                                    </Button>
                                                </div>
                                            </td>
                                        </tr>
                                    ))}
                                </tbody>
                            </table>
                        </TableFrame>
                    )
                }
            </Loaded>
            {asked !== undefined && <ChangeDialog asked={asked} now={now ?? asked.rep} onClose={() => ask_(undefined)} />}
        </Section>
    );
}

async function change(rep: Rep, body: { available?: boolean; capacity?: number }, done: string): Promise<void> {
    const answer = await ask(api.PATCH("/v1/reps/{id}", { params: { path: { id: rep.id } }, body }));
    toast(answer.unchanged === true ? `${rep.name}: already so.` : done);
}

// `asked.rep` is as it was when the dialog was opened, `now` as it is.
function ChangeDialog({ asked, now, onClose }: { asked: Asked; now: Rep; onClose: () => void }) {
    if (asked.what === "away") return <AwayDialog rep={asked.rep} now={now} onClose={onClose} />;
    const write = async (values: Record<string, string>): Promise<void> => {
        const capacity = Number(values.capacity);
        await change(asked.rep, { capacity }, `${asked.rep.name} has room for ${capacity} open leads.`);
    };
    return (
        <Dialog title={`Capacity of ${asked.rep.name}`} onClose={onClose}>
            <WriteForm label="Change" submit={write} onDone={onClose}>
                <p>
                    {asked.rep.name} has {count(now.load)} open leads. Leads that wait move at once when room appears; with less room than leads, none is taken away.
                </p>
                {now.capacity !== asked.rep.capacity && (
                    <p class="warning">
                        Somebody has changed it meanwhile: it is {count(now.capacity)}, no longer {count(asked.rep.capacity)}.
                    </p>
                )}
                <Field label="Open leads at most" hint={`The policy says ${count(asked.rep.declared_capacity)}.`}>
                    {(attributes) => <input {...attributes} name="capacity" type="number" min={0} max={100000} step={1} required autofocus defaultValue={asked.rep.capacity} />}
                </Field>
            </WriteForm>
        </Dialog>
    );
}

function AwayDialog({ rep, now, onClose }: { rep: Rep; now: Rep; onClose: () => void }) {
    const to = !rep.available;
    const write = async (): Promise<void> => {
        await change(rep, { available: to }, to ? `${rep.name} takes new leads again.` : `${rep.name} is set away.`);
    };
    return (
        <Dialog title={to ? `Set ${rep.name} back?` : `Set ${rep.name} away?`} onClose={onClose}>
            <WriteForm label={to ? "Set back" : "Set away"} look={to ? "primary" : "danger"} submit={write} onDone={onClose}>
                <p>
                    {to
                        ? `${rep.name} gets new leads again in working hours; leads that wait for somebody with room move at once.`
                        : `${rep.name} gets no new leads, in any pool, until set back. The ${count(now.load)} open leads stay where they are.`}
                </p>
                {now.available !== rep.available && <p class="warning">Somebody has done it meanwhile.</p>}
            </WriteForm>
        </Dialog>
    );
}
