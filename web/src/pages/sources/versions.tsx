// Blue and green: the version in force beside the one on trial, what differs, and all the others.
import type { ComponentChildren } from "preact";
import { Badge, count, Empty, Section, TableFrame, When } from "../../ui/basics";
import type { Source, Version } from "./data";
import { differenceInWords, Refused, share } from "./words";

function Panel({ look, title, version, children }: { look: "blue" | "green"; title: string; version: number; children: ComponentChildren }) {
    return (
        <div class={`version-panel ${look}`}>
            <h3>
                Version {version} <Badge tone={look === "blue" ? "accent" : "good"}>{title}</Badge>
            </h3>
            {children}
        </div>
    );
}

function Counts({ version }: { version: Version }) {
    return (
        <dl class="panel-counts">
            <div>
                <dt>Accepted</dt>
                <dd>{count(version.accepted)}</dd>
            </div>
            <div>
                <dt>Refused</dt>
                <dd>
                    <Refused counts={version} />
                </dd>
            </div>
        </dl>
    );
}

const shadowSum = (shadow: NonNullable<Version["shadow"]>): number =>
    (shadow.same ?? 0) + (shadow.differs ?? 0) + (shadow.refused ?? 0) + (shadow.accepted ?? 0);

function Compared({ version, active }: { version: Version; active: number | undefined }) {
    const shadow = version.shadow ?? {};
    const all = shadowSum(shadow);
    if (all === 0) return <p class="soft">No record has come since; the comparison begins with the next one.</p>;
    const rows: [string, number, string][] = [
        ["same", shadow.same ?? 0, "The same lead"],
        ["differs", shadow.differs ?? 0, "Another value"],
        ["refused", shadow.refused ?? 0, `Refused here, taken by version ${active}`],
        ["accepted", shadow.accepted ?? 0, `Taken here, refused by version ${active}`],
    ];
    return (
        <>
            <p>
                <strong>{share((shadow.same ?? 0) / all)}</strong> of {count(all)} compared records came out the same.
            </p>
            <div class="shadow-parts" aria-hidden="true">
                {rows.map(([name, value]) => value > 0 && <span key={name} class={`shadow-part ${name}`} style={{ flexGrow: value }} />)}
            </div>
            <ul class="shadow-legend">
                {rows.map(([name, value, words]) => (
                    <li key={name}>
                        <span class={`shadow-key ${name}`} aria-hidden="true" />
                        <strong>{count(value)}</strong> {words}
                    </li>
                ))}
            </ul>
        </>
    );
}

function CanaryWindow({ source }: { source: Source }) {
    const window = source.window;
    if (source.mode !== "canary" || window === undefined) return null;
    const [accepted, refused] = [window.accepted ?? 0, window.refused ?? 0];
    return (
        <p class="small">
            In this window it took {count(accepted)} and refused {count(refused)}
            {window.ends_at !== null && window.ends_at !== undefined && (
                <>
                    ; the window ends <When at={window.ends_at} />
                </>
            )}
            . When too many are refused it is given up by itself, and version {source.active} reads everything again.
        </p>
    );
}

function Differences({ version, active }: { version: Version; active: number | undefined }) {
    const all = version.differences ?? [];
    if (all.length === 0) return null;
    return (
        <TableFrame label="Differences">
            <table class="stacking differences">
                <caption>What was different in the shadow, most frequent first</caption>
                <thead>
                    <tr>
                        <th>Difference</th>
                        <th class="number">Records</th>
                    </tr>
                </thead>
                <tbody>
                    {all.map((one) => (
                        <tr key={`${one.outcome} ${one.detail}`}>
                            <td class="wide-cell">{differenceInWords(one, active, version.version)}</td>
                            <td data-label="Records" class="number">
                                {count(one.count ?? 0)}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </TableFrame>
    );
}

const roleOf = (source: Source, version: Version): string =>
    version.version === source.active
        ? "in force"
        : version.version === source.candidate
          ? source.mode
          : version.version === source.previous
            ? "in force before"
            : version.declared === true
              ? "declared"
              : version.version === 0
                ? "read by no version"
                : "former";

export function AllVersions({ source }: { source: Source }) {
    return (
        <Section title="All versions">
            <TableFrame label="All versions">
                <table class="stacking">
                    <thead>
                        <tr>
                            <th>Version</th>
                            <th>State</th>
                            <th class="number">Accepted</th>
                            <th class="number">Refused</th>
                            <th>Published</th>
                        </tr>
                    </thead>
                    <tbody>
                        {source.versions.map((one) => (
                            <tr key={one.version}>
                                <td class="wide-cell">{one.version === 0 ? "no version" : `version ${one.version}`}</td>
                                <td data-label="State">{roleOf(source, one)}</td>
                                <td data-label="Accepted" class="number">
                                    {count(one.accepted)}
                                </td>
                                <td data-label="Refused" class="number">
                                    <Refused counts={one} />
                                </td>
                                <td data-label="Published">
                                    {one.declared === true ? (
                                        <>
                                            <a href={`/v1/contracts/${source.id}/${one.version}/docs`}>page</a>,{" "}
                                            <a href={`/v1/contracts/${source.id}/${one.version}`}>schema</a>
                                        </>
                                    ) : (
                                        <span class="soft">–</span>
                                    )}
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </TableFrame>
        </Section>
    );
}

export function BlueGreen({ source, actions }: { source: Source; actions: ComponentChildren }) {
    const active = source.versions.find((one) => one.version === source.active);
    const candidate = source.versions.find((one) => one.version === source.candidate);
    if (active === undefined)
        return (
            <Section title="Contract">
                <Empty title="This source has no contract of its own.">
                    Its records are read as the canonical lead. Give it <code>versions</code> in <code>sources/{source.id}.yaml</code> to try changes
                    before they count.
                </Empty>
            </Section>
        );
    return (
        <Section title="Contract" actions={actions}>
            <div class="version-panels">
                <Panel look="blue" title="in force" version={active.version}>
                    <Counts version={active} />
                    {candidate === undefined && <p class="soft">No version is on trial.</p>}
                </Panel>
                {candidate !== undefined && (
                    <Panel look="green" title={source.mode === "canary" ? `canary, ${source.percent} %` : "shadow"} version={candidate.version}>
                        {source.mode === "canary" && <Counts version={candidate} />}
                        <CanaryWindow source={source} />
                        {(source.mode === "shadow" || shadowSum(candidate.shadow ?? {}) > 0) && <Compared version={candidate} active={source.active} />}
                    </Panel>
                )}
            </div>
            {candidate !== undefined && <Differences version={candidate} active={source.active} />}
        </Section>
    );
}
