// Reports: the day, the week, the month as the team looks at them; another day by the address; to send.
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import { session } from "../../api/session";
import { useNames } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { useTaxonomy } from "../../live/taxonomy";
import { exact } from "../../time";
import { Button, count, Empty, Figure, Loaded, Page } from "../../ui/basics";
import { Field } from "../../ui/dialog";
import { SelectField } from "../../ui/select";
import { toast } from "../../ui/toast";
import { query, useParameters } from "../../url";
import { objectiveWords, term } from "../../words/terms";
import { behindFigure } from "./behind";
import { ReportPart, type Report } from "./section";

const periods = ["daily", "weekly", "monthly"] as const;
type Period = (typeof periods)[number];
const periodNames: Record<Period, string> = { daily: "Day", weekly: "Week", monthly: "Month" };
const isPeriod = (text: string): text is Period => (periods as readonly string[]).includes(text);

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zones = [...new Set(["UTC", here, "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Tokyo"])];

// The date of an instant in a zone, as `at` takes it.
const dateIn = (zone: string, at: number): string => new Date(at).toLocaleDateString("sv-SE", { timeZone: zone });

function Head({ period, report, at, zone, change }: { period: Period; report: Report; at: string; zone: string; change: (changed: Record<string, string | undefined>) => void }) {
    const day = 86_400_000;
    const before = dateIn(zone, Date.parse(report.from) - day / 2);
    const after = Date.parse(report.to) < Date.now() ? dateIn(zone, Date.parse(report.to) + day / 2) : undefined;
    const send = { at, zone: zone === "UTC" ? "" : zone };
    return (
        <div class="report-head">
            <Field label="A day in it">
                {(attributes) => (
                    <input
                        {...attributes}
                        type="date"
                        value={dateIn(zone, Math.min(Date.parse(report.from) + day / 2, Date.now()))}
                        max={dateIn(zone, Date.now())}
                        onChange={(event) => change({ at: event.currentTarget.value })}
                    />
                )}
            </Field>
            <SelectField label="Days of" value={zone} options={zones.map((one) => [one, one] as const)} onChange={(value) => change({ zone: value === "UTC" ? "" : value })} />
            <div class="actions">
                <Button onClick={() => change({ at: before })}>← Before</Button>
                {after !== undefined && <Button onClick={() => change({ at: after })}>After →</Button>}
                {at !== "" && (
                    <Button look="quiet" onClick={() => change({ at: "" })}>
                        Now
                    </Button>
                )}
                <Sendable period={period} asked={{ ...send, format: "html" }} name="HTML" />
                <Sendable period={period} asked={{ ...send, format: "md" }} name="Markdown" />
            </div>
        </div>
    );
}

// A file to keep or to send. Where a token is needed, the browser's own way would come without it.
function Sendable({ period, asked, name }: { period: Period; asked: Record<string, string>; name: string }) {
    const href = `/v1/reports/${period}` + query(asked);
    const file = `meshline-${period}${asked.at === "" ? "" : `-${asked.at ?? ""}`}.${asked.format ?? ""}`;
    const save = async (event: MouseEvent): Promise<void> => {
        if (session.headers().Authorization === undefined) return;
        event.preventDefault();
        const response = await fetch(href, { headers: session.headers() });
        if (!response.ok) return toast(`The server answered ${response.status}.`, "bad");
        const url = URL.createObjectURL(await response.blob());
        Object.assign(document.createElement("a"), { href: url, download: file }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10_000);
    };
    return (
        <a class="button" href={href} download={file} onClick={(event) => void save(event)}>
            {name}
        </a>
    );
}

// The same steps as on the pages that show the promises live.
function figureTone(what: string, figure: string): { tone?: "good" | "warning" | "bad" } {
    const share = /^Promise kept/.test(what) ? Number.parseFloat(figure) : Number.NaN;
    if (!Number.isNaN(share)) return { tone: share >= 95 ? "good" : share >= 90 ? "warning" : "bad" };
    return figure !== "0" && /are open|that wait/.test(what) ? { tone: "warning" } : {};
}

function href(what: string, report: Report): { href?: string } {
    const found = behindFigure(what, report);
    return found === undefined ? {} : { href: found };
}

function InShort({ report }: { report: Report }) {
    const rows = report.sections.find((one) => one.id === "in-short")?.rows ?? [];
    return (
        <div class="figures">
            {rows.map((row) => {
                const [figure, note] = String(row.figure).replace(/\d{4,}/g, (number) => count(Number(number))).split(" of ");
                const what = String(row.what);
                return (
                    <Figure
                        key={what}
                        label={what.replace(/(?<=: )\w+$/, (objective) => term(objectiveWords, objective))}
                        value={figure}
                        {...figureTone(what, figure ?? "")}
                        {...href(what, report)}
                        {...(note !== undefined && { note: `of ${note}` })}
                    />
                );
            })}
        </div>
    );
}

export function ReportsPage({ params }: { params: Record<string, string> }) {
    const period = params.period ?? "daily";
    const [parameters, change] = useParameters();
    const [, navigate] = useLocation();
    const [asks, setAsks] = useState(0);
    const [names, taxonomy] = [useNames(), useTaxonomy()];
    const [at, zone] = [parameters.at ?? "", parameters.zone ?? "UTC"];
    const known = isPeriod(period);
    const asked = { ...(at !== "" && { at }), ...(parameters.zone !== undefined && { zone }) };
    const report = useQuery(known ? `report-${period}${query(asked)}-${asks}` : null, async () => {
        const answer = await ask(api.GET("/v1/reports/{period}", { params: { path: { period: period as Period }, query: asked } }));
        return answer as unknown as Report;
    });
    return (
        <Page
            title={report.data?.title ?? "Reports"}
            actions={
                <nav class="segments" aria-label="Which report">
                    {periods.map((one) => (
                        <Link key={one} href={`/reports/${one}` + query({ at, zone: parameters.zone })} aria-current={one === period ? "page" : undefined}>
                            {periodNames[one]}
                        </Link>
                    ))}
                </nav>
            }
        >
            {!known ? (
                <Empty title="There is no such report">
                    <Button onClick={() => navigate("/reports/daily")}>The day</Button>
                </Empty>
            ) : (
                <Loaded query={report}>
                    {(data) => (
                        <>
                            <Head period={period} report={data} at={at} zone={zone} change={change} />
                            <InShort report={data} />
                            <p class="report-contents small">
                                {data.sections.slice(1).map((one) => (
                                    <a key={one.id} href={`#${one.id}`}>
                                        {one.title}
                                    </a>
                                ))}
                            </p>
                            {data.sections.slice(1).map((one) => (
                                <ReportPart key={one.id} section={one} terms={{ names, taxonomy, report: data }} />
                            ))}
                            <p class="soft small">
                                As of {exact(data.as_of)}.{" "}
                                <Button look="quiet" onClick={() => setAsks(asks + 1)}>
                                    Read anew
                                </Button>
                            </p>
                        </>
                    )}
                </Loaded>
            )}
        </Page>
    );
}
