// Alerts: what is out of the ordinary now and who is told of it; silences; surges; what is over.
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import { useKeys } from "../../keys";
import { useQuery } from "../../live/query";
import { useTaxonomy, type Taxonomy } from "../../live/taxonomy";
import { duration } from "../../time";
import { Badge, Button, Empty, Loaded, Page, Section, TableFrame, When } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { rowAttributes, useRows } from "../../ui/rows";
import { SelectField, ShowNews } from "../../ui/select";
import { query, useParameters } from "../../url";
import { counted } from "../../words/words";
import { tellAlert, useRules, type Alert, type Rules } from "./rules";
import { SilenceDialog, Silences, type SilenceOf } from "./silence";
import { Surges } from "./surges";

function State({ alert }: { alert: Alert }) {
    if (alert.state === "resolved") return <Badge>over</Badge>;
    if (alert.state === "pending") return <Badge tone="warning">pending</Badge>;
    return <Badge tone={alert.urgent ? "bad" : "warning"}>firing</Badge>;
}

function About({ label, rules }: { label: string; rules: Rules }) {
    const about = rules.label(label);
    return about === undefined ? null : <Link href={about.href}>{about.text}</Link>;
}

// Who knows of it: told, to be told, or silenced.
function Telling({ alert, taxonomy }: { alert: Alert; taxonomy: Taxonomy }) {
    const team = taxonomy.teamTitle(alert.team);
    return (
        <span class="small soft">
            {team}
            {alert.urgent && ", whoever is on call"}
            {alert.silenced === true ? (
                <>
                    {" "}
                    <Badge>silenced</Badge>
                </>
            ) : alert.told_at != null ? (
                <>
                    , told <When at={alert.told_at} />
                </>
            ) : (
                alert.state === "firing" && ", about to be told"
            )}
        </span>
    );
}

interface Context {
    rules: Rules;
    taxonomy: Taxonomy;
    openByKind: ReadonlyMap<string, number>; // open exceptions
}

function OpenAlert({ alert, context, attributes, onSilence }: { alert: Alert; context: Context; attributes: object; onSilence: () => void }) {
    const told = tellAlert(alert, context.rules.of(alert));
    const open = told.kind === undefined ? 0 : (context.openByKind.get(told.kind) ?? 0);
    return (
        <li {...attributes} id={alert.id}>
            <div class="alert-main">
                <p class="alert-head">
                    <State alert={alert} />
                    <strong>{told.title}</strong>
                    <About label={alert.label} rules={context.rules} />
                    {told.measured !== "" && <span>{told.measured}</span>}
                </p>
                <p class="alert-more">
                    <span class="small soft">
                        {alert.state === "pending" ? "holds" : "fires"} since <When at={alert.state === "pending" ? alert.pending_at : alert.fired_at} />
                        {told.limit !== "" && ` · ${told.limit}`}
                    </span>
                    <Telling alert={alert} taxonomy={context.taxonomy} />
                    {told.kind !== undefined && open > 0 && (
                        <Link class="small" href={"/triage" + query({ kind: told.kind })}>
                            {counted(open, "open exception")}
                            {alert.label !== "" && " of this kind, here and elsewhere"}
                        </Link>
                    )}
                    {told.behind !== undefined &&
                        (told.behind.href.startsWith("#") ? (
                            <a class="small" href={told.behind.href}>
                                {told.behind.text}
                            </a>
                        ) : (
                            <Link class="small" href={told.behind.href}>
                                {told.behind.text}
                            </Link>
                        ))}
                </p>
            </div>
            {alert.silenced !== true && alert.state !== "resolved" && (
                <Button onClick={onSilence} aria-label={`Silence ${told.title}${alert.label === "" ? "" : ` of ${alert.label}`}`}>
                    Silence…
                </Button>
            )}
        </li>
    );
}

const rank = (alert: Alert): number => (alert.state === "pending" ? 2 : alert.urgent ? 0 : 1);

function OpenAlerts({ alerts, context, team, onSilence }: { alerts: Alert[]; context: Context; team: string; onSilence: (of: SilenceOf) => void }) {
    const [busy, setBusy] = useState(false);
    const fresh = alerts.filter((one) => team === "" || one.team === team).sort((a, b) => rank(a) - rank(b));
    const calm = useCalmRows(fresh, (one) => one.id, team, busy);
    const shown = calm.rows ?? [];
    const rows = useRows(shown.length, "alert", (index) => {
        const one = shown[index];
        const href = one === undefined ? undefined : tellAlert(one, context.rules.of(one)).behind?.href;
        if (href !== undefined) document.querySelector<HTMLAnchorElement>(`[data-row="${index}"] a[href="${href}"]`)?.click();
    });
    const isSelected = rows.selected >= 0;
    useEffect(() => setBusy(isSelected), [isSelected]);
    useKeys([
        {
            keys: "s",
            what: "Silence the alert",
            run: () => {
                const one = shown[rows.selected];
                if (one !== undefined && one.silenced !== true) onSilence({ rule: one.rule, label: one.label });
            },
        },
    ]);
    if (shown.length === 0)
        return (
            <Empty title={alerts.length === 0 ? "Nothing is out of the ordinary" : "Nothing of this team"}>
                {alerts.length === 0 ? `${counted(context.rules.list.length, "rule")} watch; what fires is told to its team and stands here.` : "Other teams have open alerts."}
            </Empty>
        );
    return (
        <>
            <ShowNews count={calm.news} onShow={calm.showAll} />
            <ul class="alerts" {...calm.hold}>
                {shown.map((one, index) => {
                    const { class: look, ...attributes } = rowAttributes(rows, index);
                    const { "aria-selected": selected, ...rest } = attributes;
                    return (
                        <OpenAlert
                            key={one.id}
                            alert={calm.left.has(one.id) ? { ...one, state: "resolved" } : one}
                            context={context}
                            attributes={{ ...rest, class: look, "aria-current": selected ? "true" : undefined }}
                            onSilence={() => onSilence({ rule: one.rule, label: one.label })}
                        />
                    );
                })}
            </ul>
        </>
    );
}

function Past({ alerts, context, next }: { alerts: Alert[]; context: Context; next: string | undefined }) {
    if (alerts.length === 0) return <Empty title="No alert is over yet" />;
    return (
        <>
            <TableFrame label="Alerts that are over">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">Alert</th>
                            <th scope="col">Measured at the end</th>
                            <th scope="col">Team</th>
                            <th scope="col">Began</th>
                            <th scope="col">Lasted</th>
                        </tr>
                    </thead>
                    <tbody>
                        {alerts.map((one) => {
                            const told = tellAlert(one, context.rules.of(one));
                            return (
                                <tr key={one.id} id={one.id}>
                                    <th scope="row">
                                        {told.title} <About label={one.label} rules={context.rules} />
                                    </th>
                                    <td>
                                        {told.measured}
                                        {one.fired_at == null && <span class="soft"> (it never fired)</span>}
                                    </td>
                                    <td>{context.taxonomy.teamTitle(one.team)}</td>
                                    <td class="nowrap">
                                        <When at={one.pending_at} />
                                    </td>
                                    <td class="nowrap">{one.resolved_at == null ? "–" : duration(Date.parse(one.resolved_at) - Date.parse(one.pending_at))}</td>
                                </tr>
                            );
                        })}
                    </tbody>
                </table>
            </TableFrame>
            {next !== undefined && (
                <p class="paging">
                    <Link href={"/alerts" + query({ before: next }) + "#past"}>Older</Link>
                </p>
            )}
        </>
    );
}

const about = ["alert.", "page.", "silence."];

export function AlertsPage() {
    const [parameters, change] = useParameters();
    const [silencing, setSilencing] = useState<SilenceOf>();
    const rules = useRules();
    const taxonomy = useTaxonomy();
    const before = parameters.before;
    const open = useQuery("alerts-open", () => ask(api.GET("/v1/alerts", { params: { query: { open: true, limit: 1000 } } })), { about });
    const past = useQuery(`alerts-${before ?? ""}`, () => ask(api.GET("/v1/alerts", { params: { query: { limit: 50, ...(before !== undefined && { before }) } } })), {
        about: ["alert.resolved"],
    });
    const silences = useQuery("silences", () => ask(api.GET("/v1/silences", { params: { query: { limit: 20 } } })), { about: ["silence."], every: 60_000 });
    const surges = useQuery("surges", () => ask(api.GET("/v1/surges", { params: { query: { limit: 20 } } })), { about: ["surge."], every: 10_000 });
    const clusters = useQuery("exceptions-clusters", () => ask(api.GET("/v1/exceptions/clusters")), { about: ["exception."], atMost: 3000 });
    const openByKind = new Map<string, number>();
    for (const one of clusters.data?.clusters ?? []) if (one.state === "open") openByKind.set(one.kind, (openByKind.get(one.kind) ?? 0) + one.count);
    const context = { rules, taxonomy, openByKind };
    const team = parameters.team ?? "";
    const teams = [...new Set([...(open.data?.alerts ?? []), ...(past.data?.alerts ?? [])].map((one) => one.team))].sort();
    const refresh = (): void => {
        open.refresh();
        silences.refresh();
    };
    return (
        <Page
            title="Alerts"
            actions={
                <SelectField
                    label="Team"
                    value={team}
                    options={[["", "Any"], ...teams.map((one) => [one, taxonomy.teamTitle(one)] as const)]}
                    onChange={(value) => change({ team: value })}
                />
            }
        >
            <Section title="Open">
                <Loaded query={open}>{(data) => <OpenAlerts alerts={data.alerts} context={context} team={team} onSilence={setSilencing} />}</Loaded>
            </Section>
            <Loaded query={surges}>{(data) => <Surges data={data} />}</Loaded>
            <Loaded query={silences}>{(data) => <Silences data={data} rules={rules} onChanged={refresh} onNew={() => setSilencing({ rule: "", label: "" })} />}</Loaded>
            <Section id="past" title="Over" actions={before !== undefined && <Link href="/alerts">Newest</Link>}>
                <Loaded query={past}>
                    {(data) => (
                        <Past
                            alerts={data.alerts.filter((one) => one.state === "resolved" && (team === "" || one.team === team))}
                            context={context}
                            next={data.next}
                        />
                    )}
                </Loaded>
            </Section>
            {silencing !== undefined && <SilenceDialog of={silencing} rules={rules} onClose={() => setSilencing(undefined)} onDone={refresh} />}
        </Page>
    );
}
