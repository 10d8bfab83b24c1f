// What is known of the person, and who told it when; where the lead was.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import type { Names } from "../../live/mesh";
import type { Taxonomy } from "../../live/taxonomy";
import { useQuery } from "../../live/query";
import { duration, useNow } from "../../time";
import { Loaded, Section, TableFrame, When } from "../../ui/basics";
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

function Origin({ known, names }: { known: Known; names: Names }) {
    return (
        <td class="small soft">
            {known.from === "source" ? names.name("source", known.name) : known.name}
            {known.actor !== undefined && known.from === "provider" && `, told by ${known.actor}`}
            <span class="block">
                <When at={known.at} />
            </span>
        </td>
    );
}

export function Attributes({ provenance, names }: { provenance: ReturnType<typeof useProvenance>; names: Names }) {
    return (
        <Section title="What is known">
            <Loaded query={provenance}>
                {(data) => (
                    <TableFrame label="What is known">
                        <table class="known">
                            <thead>
                                <tr>
                                    <th scope="col">Attribute</th>
                                    <th scope="col">Value</th>
                                    <th scope="col">Told by</th>
                                </tr>
                            </thead>
                            <tbody>
                                {data.attributes.map((one) => (
                                    <tr key={one.attribute}>
                                        <th scope="row">{capital(plain(one.attribute))}</th>
                                        <td class="value">
                                            {shown(one.value)}
                                            {one.before !== undefined && (
                                                <span class="soft small block">
                                                    was {shown(one.before)}
                                                    {one.before_name !== undefined && `, by ${one.before_name}`}
                                                </span>
                                            )}
                                        </td>
                                        <Origin known={one} names={names} />
                                    </tr>
                                ))}
                            </tbody>
                        </table>
                    </TableFrame>
                )}
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
            <ol class="path">
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
