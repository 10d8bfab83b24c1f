// What is known of the person, and who told it when; where the lead was.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import type { Names } from "../../live/mesh";
import type { Taxonomy } from "../../live/taxonomy";
import { useQuery } from "../../live/query";
import { duration, useNow } from "../../time";
import { Loaded, Section, When } from "../../ui/basics";
import { placeWords, term } from "../../words/terms";
import { capital, plain } from "../../words/words";

type Provenance = Schema<"Provenance">;
type Known = Provenance["attributes"][number];
type Stay = Provenance["places"][number];

export function useProvenance(id: string) {
    return useQuery(`provenance-${id}`, () => ask(api.GET("/v1/leads/{id}/provenance", { params: { path: { id } } })), { about: [id], atMost: 2000 });
}

// A value as people read it.
function shown(value: unknown): string {
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: 4 });
    if (Array.isArray(value)) return value.map(shown).join(", ");
    if (typeof value === "object" && value !== null) return Object.entries(value).map(([name, one]) => `${plain(name)}: ${shown(one)}`).join(", ");
    return String(value ?? "–");
}

interface Telling {
    name: string; // of the source or the provider
    at: string;
    known: Known[];
}

// What was told together, by whom and when, in the order of the attributes.
function tellings(attributes: readonly Known[], names: Names): Telling[] {
    const found = new Map<string, Telling>();
    for (const one of attributes) {
        const key = `${one.name} ${one.seq}`;
        const who = one.from === "source" ? names.name("source", one.name) : one.name;
        const name = one.from === "provider" && one.actor !== undefined && one.actor !== "effects" ? `${who}, told by ${one.actor}` : who;
        const telling = found.get(key) ?? { name, at: one.at, known: [] };
        telling.known.push(one);
        found.set(key, telling);
    }
    return [...found.values()];
}

export function Attributes({ provenance, names }: { provenance: ReturnType<typeof useProvenance>; names: Names }) {
    return (
        <Section title="What is known">
            <Loaded query={provenance}>
                {(data) =>
                    tellings(data.attributes, names).map((telling) => (
                        <div key={telling.name + telling.at} class="telling">
                            <h3>
                                {telling.name}{" "}
                                <span class="soft small">
                                    <When at={telling.at} />
                                </span>
                            </h3>
                            <dl class="lead-known">
                                {telling.known.map((one) => (
                                    <div key={one.attribute}>
                                        <dt>{capital(plain(one.attribute))}</dt>
                                        <dd>
                                            {shown(one.value)}
                                            {one.before !== undefined && (
                                                <span class="soft small own-line">
                                                    was {shown(one.before)}
                                                    {one.before_name !== undefined && `, by ${names.name("source", one.before_name)}`}
                                                </span>
                                            )}
                                        </dd>
                                    </div>
                                ))}
                            </dl>
                        </div>
                    ))
                }
            </Loaded>
        </Section>
    );
}

function stayWords(stay: Stay, names: Names, taxonomy: Taxonomy): string {
    if (stay.owner !== undefined && stay.place === "owned") return `With ${names.name("rep", stay.owner)}`;
    if (stay.place === "waiting") return stay.pool !== undefined ? `Waiting for ${names.name("pool", stay.pool)}` : "Waiting for anybody";
    if (stay.place === "exception") return `${taxonomy.kindTitle(stay.kind ?? "exception")}${stay.team !== undefined ? `, ${taxonomy.teamTitle(stay.team)} decides` : ""}`;
    if (stay.place === "closed") return "Closed";
    return capital(stay.kind !== undefined ? `${term(placeWords, stay.place)}: ${plain(stay.kind)}` : term(placeWords, stay.place));
}

// Always in one place: how long in which.
export function Path({ places, names, taxonomy, complete }: { places: Stay[]; names: Names; taxonomy: Taxonomy; complete: boolean }) {
    const now = useNow();
    return (
        <Section title="Where it was">
            {!complete && <p class="soft small">What came before is left out: its history is very long.</p>}
            <ol class="lead-path">
                {places.map((stay) => (
                    <li key={stay.seq} aria-current={stay.until === undefined ? "step" : undefined}>
                        <span>{stayWords(stay, names, taxonomy)}</span>{" "}
                        <span class="soft small">
                            {stay.until !== undefined ? (
                                `for ${duration(Date.parse(stay.until) - Date.parse(stay.from))}`
                            ) : stay.place === "closed" ? (
                                <When at={stay.from} />
                            ) : (
                                `for ${duration(Math.max(0, now - Date.parse(stay.from)))} now`
                            )}
                        </span>
                    </li>
                ))}
            </ol>
        </Section>
    );
}
