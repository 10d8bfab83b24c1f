// The release in force: which, since when, by whom; and those before it.
import { api, ask } from "../../api/client";
import type { Answer } from "../../api/types";
import type { Contract } from "../../live/mesh";
import { useQuery } from "../../live/query";
import { Badge, Loaded, Section, TableFrame, When } from "../../ui/basics";
import { mailed } from "../../words/lead";

type Releases = Answer<"/v1/releases">["releases"];

const live = { about: ["release."] };
export const useReleases = () => useQuery("releases", () => ask(api.GET("/v1/releases", { params: { query: { limit: 20 } } })), live);

const shortId = (id: string): string => id.slice(0, 12);

// One line at the top of the page: what decides now.
export function ReleaseLine({ contract, releases }: { contract: Contract | undefined; releases: Releases | undefined }) {
    const active = releases?.find((one) => one.active);
    if (contract === undefined) return null;
    return (
        <p class="release-line">
            <span>
                Release <code title={contract.version}>{shortId(contract.version)}</code> in force since <When at={active?.activated_at ?? contract.activated_at} />
                {active?.actor != null && `, activated by ${active.actor}`}
            </span>
            <span>
                <span class="soft">Pipeline</span> {contract.pipeline}
            </span>
            <span>
                <span class="soft">Owner</span>{" "}
                {contract.owner.email === undefined ? contract.owner.name : <a href={mailed(contract.owner.email)}>{contract.owner.name}</a>}
            </span>
        </p>
    );
}

export function ReleasesSection() {
    const read = useReleases();
    return (
        <Section title="Releases: what was in force when" id="releases">
            <Loaded query={read}>
                {({ releases }) => (
                    <TableFrame label="Releases">
                        <table>
                            <thead>
                                <tr>
                                    {["Activated", "Release", "Pipeline", "By", ""].map((one) => (
                                        <th key={one} scope="col">
                                            {one === "" ? <span class="sr-only">State</span> : one}
                                        </th>
                                    ))}
                                </tr>
                            </thead>
                            <tbody>
                                {releases.map((one) => (
                                    <tr key={one.seq}>
                                        <td class="nowrap">
                                            <When at={one.activated_at} />
                                        </td>
                                        <td>
                                            <code title={one.id}>{shortId(one.id)}</code>
                                        </td>
                                        <td>{one.pipeline}</td>
                                        <td>{one.actor ?? <span class="soft">nobody named</span>}</td>
                                        <td>{one.active && <Badge tone="good">in force</Badge>}</td>
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
