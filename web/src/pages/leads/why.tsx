// Why this owner: the class, the route and those tried before it, then every placement with the reps
// who were passed over.
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import type { Names } from "../../live/mesh";
import { useQuery } from "../../live/query";
import type { Taxonomy } from "../../live/taxonomy";
import { Badge, Loaded, Section, type Tone } from "../../ui/basics";
import { counted } from "../../words/words";
import { Placements } from "./placements";

export type Explanation = Schema<"Explanation">;
type Tried = Explanation["routes"][number];
type Value = { expression: string; value: string };

const outcomeTones: Record<Tried["outcome"], [Tone, string]> = {
    matched: ["good", "matched"],
    false: ["idle", "no"],
    failed: ["idle", "no: a field is absent"],
    not_sampled: ["idle", "not in its share"],
};

// "employees = 31"; what an expression as a whole came to is left out where its parts are there.
function Values({ values }: { values: readonly Value[] | undefined }) {
    const telling = (values ?? []).filter((one) => /^[\w.]+$/.test(one.expression) || (values ?? []).length === 1);
    if (telling.length === 0) return null;
    return (
        <span class="why-values">
            {telling.map((one) => (
                <span key={one.expression} class="nowrap">
                    <code>{one.expression}</code> {one.value === "absent" ? "is absent" : <>is <code>{one.value}</code></>}
                </span>
            ))}
        </span>
    );
}

function leadsTo(one: Tried, names: Names, taxonomy: Taxonomy): string {
    if (one.names_nobody === true) return "names nobody";
    if (one.pool !== undefined) return `pool ${names.name("pool", one.pool)}`;
    if (one.rep !== undefined) return names.name("rep", one.rep);
    if (one.rep_expression !== undefined) return one.rep_expression;
    if (one.exception !== undefined) return `the exception “${taxonomy.kindTitle(one.exception)}”`;
    return one.nurture !== undefined ? `nurture ${one.nurture}` : "–";
}

function Routes({ explanation, names, taxonomy }: { explanation: Explanation; names: Names; taxonomy: Taxonomy }) {
    return (
        <ol class="why-tried">
            {explanation.routes.map((one) => (
                <li key={one.route} class={one.outcome === "matched" ? "matched" : ""}>
                    <p>
                        <strong>{one.route}</strong>{" "}
                        <Badge tone={outcomeTones[one.outcome][0]} title={one.error}>
                            {outcomeTones[one.outcome][1]}
                        </Badge>{" "}
                        <span class="soft small">
                            to {leadsTo(one, names, taxonomy)}
                            {one.group !== undefined && `, of ${one.group}`}
                            {one.percent !== undefined && `, for ${one.percent} % of them`}
                        </span>
                    </p>
                    <p class="why-condition">{one.when !== undefined ? <code>{one.when}</code> : <span class="soft small">takes every lead</span>}</p>
                    <Values values={one.values} />
                </li>
            ))}
        </ol>
    );
}

// The decision in a few sentences, before its details.
function Summary({ explanation, names, taxonomy }: { explanation: Explanation; names: Names; taxonomy: Taxonomy }) {
    const matched = explanation.routes.find((one) => one.outcome === "matched");
    const before = explanation.routes.filter((one) => one !== matched).length;
    const { account } = explanation;
    return (
        <div class="why-summary">
            <p>
                Class <strong>{explanation.class.name}</strong>
                {explanation.class.when !== undefined ? <>, because <code>{explanation.class.when}</code></> : ", as no other class took it"}. Score{" "}
                <strong>{explanation.score.value}</strong>
                {explanation.score.error !== undefined && `: ${explanation.score.error}`}.
            </p>
            <p>
                {matched === undefined ? (
                    "No route took it."
                ) : (
                    <>
                        Route <strong>{matched.route}</strong> took it, to {leadsTo(matched, names, taxonomy)}
                        {before > 0 && `; ${counted(before, "route")} before it did not`}.
                    </>
                )}{" "}
                {account !== undefined && account.match !== "none" && <>Known account, found by {account.match === "similar" ? `a similar name (${Math.round((account.score ?? 0) * 100)} %)` : account.match}. </>}
            </p>
            <p class="soft small">
                Decided by release <code>{explanation.release.slice(0, 8)}</code>, {explanation.release_active ? "which is still in force." : "which is no longer in force: today's policy may decide otherwise."}
            </p>
        </div>
    );
}

export function Why({ id, names, taxonomy }: { id: string; names: Names; taxonomy: Taxonomy }) {
    const [all, setAll] = useState(false);
    const explanation = useQuery(
        `explanation-${id}${all ? "-all" : ""}`,
        () => ask(api.GET("/v1/leads/{id}/explanation", { params: { path: { id }, query: all ? { candidates: "all" } : {} } })),
        // Going through the whole journal is for once.
        { about: all ? [] : [id, "release."], atMost: 5000 },
    );
    return (
        <Section title="Why this owner?" id="why">
            <Loaded query={explanation}>
                {(data) => (
                    <>
                        <Summary explanation={data} names={names} taxonomy={taxonomy} />
                        <h3>Placements</h3>
                        <Placements decisions={data.decisions} names={names} all={all} onAll={() => setAll(true)} />
                        <details>
                            <summary>Routes that were tried ({data.routes.length})</summary>
                            <Routes explanation={data} names={names} taxonomy={taxonomy} />
                        </details>
                        <details>
                            <summary>How the score came about</summary>
                            {data.score.expression !== undefined && <pre class="why-expression">{data.score.expression}</pre>}
                            <Values values={data.score.values} />
                        </details>
                    </>
                )}
            </Loaded>
        </Section>
    );
}
