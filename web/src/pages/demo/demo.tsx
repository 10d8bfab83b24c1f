// The failure demo: press a button, see what breaks and what the engine does about it, in sentences.
import { Link } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Answer, Schema } from "../../api/types";
import { useQuery } from "../../live/query";
import { useNow, duration } from "../../time";
import { asProblem } from "../../api/problem";
import { Badge, Button, count, Empty, Figure, Loaded, Page, Section, TableFrame, When, type Tone } from "../../ui/basics";
import { toast } from "../../ui/toast";
import { Identity } from "../now/identity";

type Demo = Answer<"/v1/demo">;
type Scenario = Schema<"DemoScenario">;

const states: Record<Scenario["state"], { tone: Tone; word: string }> = {
    idle: { tone: "idle", word: "not played" },
    running: { tone: "accent", word: "running" },
    done: { tone: "good", word: "played, recovered" },
    failed: { tone: "bad", word: "failed" },
};

function ScenarioCard({ scenario, settling, refresh }: { scenario: Scenario; settling: boolean; refresh: () => void }) {
    const now = useNow();
    const running = scenario.state === "running";
    const act = async (action: "play" | "stop"): Promise<void> => {
        try {
            await ask(api.POST("/v1/demo/scenarios/{name}", { params: { path: { name: scenario.name } }, body: { action } }));
            refresh();
        } catch (error) {
            toast(asProblem(error).message, "bad");
        }
    };
    return (
        <section class="section scenario">
            <header class="section-head">
                <h3>{scenario.title}</h3>
                <Badge tone={states[scenario.state].tone}>{states[scenario.state].word}</Badge>
            </header>
            <p class="small">{scenario.verdict ?? scenario.about}</p>
            <div class="actions">
                <Button look={running ? "plain" : "primary"} disabled={settling} onClick={() => void act(running ? "stop" : "play")}>
                    {running ? "End the trouble" : scenario.state === "idle" ? "Play" : "Play again"}
                    <span class="sr-only">: {scenario.title}</span>
                </Button>
                <span class="soft small">
                    {running && scenario.started_at !== null && `for ${duration(now - Date.parse(scenario.started_at))}`}
                    {scenario.state === "idle" && scenario.starts_at !== null && (
                        <>
                            begins by itself <When at={scenario.starts_at} />
                        </>
                    )}
                </span>
            </div>
        </section>
    );
}

function StandIns({ list }: { list: Demo["stand_ins"] }) {
    const tones: Record<string, Tone> = { well: "good", slow: "warning", failing: "bad", down: "bad" };
    return (
        <TableFrame label="Other companies' systems, played by processes of the demo">
            <table>
                <thead>
                    <tr>
                        <th scope="col">System</th>
                        <th scope="col">Is</th>
                        <th scope="col" class="number">Requests</th>
                        <th scope="col" class="number">Refused</th>
                        <th scope="col" class="number">Kept</th>
                    </tr>
                </thead>
                <tbody>
                    {list.map((one) => (
                        <tr key={one.name}>
                            <th scope="row">
                                <Link href={`/destinations/${one.name}`}>{one.title}</Link>
                            </th>
                            <td>
                                <Badge tone={tones[one.mode] ?? "idle"}>{one.mode}</Badge>
                            </td>
                            <td class="number">{count(one.received)}</td>
                            <td class="number">{count(one.refused)}</td>
                            <td class="number">{count(one.kept)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

function Narration({ demo }: { demo: Demo }) {
    const title = new Map(demo.scenarios.map((one) => [one.name as string, one.title]));
    if (demo.narration.length === 0) return <Empty title="Nothing has happened yet.">Play a scenario.</Empty>;
    return (
        <ol class="narration" tabIndex={0} aria-label="What happened, newest first">
            {demo.narration.toReversed().map((line) => (
                <li key={line.at + line.text}>
                    <span class="soft small nowrap">
                        <When at={line.at} />
                    </span>
                    <div>
                        {line.scenario !== null && <span class="small strong accent-text">{title.get(line.scenario)} </span>}
                        {line.text}
                    </div>
                </li>
            ))}
        </ol>
    );
}

export function DemoPage() {
    const demo = useQuery("demo", () => ask(api.GET("/v1/demo")), { every: 1000 });
    const books = useQuery("demo/books", () => ask(api.GET("/v1/reconciliation")), { about: ["lead.", "record."], atMost: 1000 });
    return (
        <Page title="Failure demo">
            <Loaded query={demo}>
                {(found) => (
                    <>
                        {found.phase === "settling" && (
                            <p class="notice" role="status">
                                The demo is coming to its end: no more leads are sent, what is under way arrives, then everything is compared.
                            </p>
                        )}
                        <div class="figures">
                            <Figure label="Leads sent a second" value={found.rate.toFixed(0)} note={`${count(found.senders.sent)} sent in all`} />
                            <Figure label="Acknowledged" value={count(found.senders.acknowledged)} note="different leads, each durable before its sender was answered" href="/leads" />
                            <Figure label="Known again" value={count(found.senders.known)} note="the same person: a touchpoint" />
                            <Figure label="Kept as dead letters" value={count(found.senders.refused)} href="/dead-letters" note="broke their contract" />
                            <Figure
                                label="Identity balanced"
                                value={`${count(found.identity.balanced)} of ${count(found.identity.checks)}`}
                                tone={found.identity.balanced === found.identity.checks ? "good" : "bad"}
                                note="asked for every second"
                            />
                        </div>
                        <div class="stage">
                            <div class="scenarios">
                                {found.scenarios.map((one) => (
                                    <ScenarioCard key={one.name} scenario={one} settling={found.phase === "settling"} refresh={demo.refresh} />
                                ))}
                            </div>
                            <Section title="What happens">
                                <Narration demo={found} />
                            </Section>
                        </div>
                        <Section title="The other systems">
                            <StandIns list={found.stand_ins} />
                        </Section>
                    </>
                )}
            </Loaded>
            <Section title="Is anything lost?">
                <Loaded query={books}>{(found) => <Identity found={found} />}</Loaded>
            </Section>
        </Page>
    );
}
