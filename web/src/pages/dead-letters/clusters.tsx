// Open dead letters by what is wrong with them, most frequent first.
import { Link } from "wouter-preact";
import { Badge, Button, When, count } from "../../ui/basics";
import type { CalmRows } from "../../ui/calm";
import { rowAttributes, type RowSelection } from "../../ui/rows";
import { query } from "../../url";
import type { ReplayAim } from "./replay";
import { contractName, kindInWords, Mistake, placeOf, type Cluster } from "./words";

export const clusterId = (one: Cluster): string => `${one.source} ${one.contract} ${one.violation}`;

export const clusterLink = (one: Cluster): string =>
    "/dead-letters" + query({ source: one.source, contract: one.contract, violation: one.violation });

export const clusterAim = (one: Cluster): ReplayAim => ({
    body: { source: one.source, contract: one.contract, violation: one.violation },
    what: one.count === 1 ? `the one where ${kindInWords(one.violation)}` : `${count(one.count)} where ${kindInWords(one.violation)}`,
    count: one.count,
    source: one.source,
});

interface ClusterTableProps {
    calm: CalmRows<Cluster>;
    selection?: RowSelection;
    withSource: boolean;
    nameOf: (source: string) => string;
    onReplay: (aim: ReplayAim) => void;
}

export function ClusterTable({ calm, selection, withSource, nameOf, onReplay }: ClusterTableProps) {
    return (
        <table class="stacking" {...calm.hold}>
            <thead>
                <tr>
                    <th>What is wrong</th>
                    {withSource && <th>Source</th>}
                    <th>Read by</th>
                    <th class="number">Open</th>
                    <th>First</th>
                    <th>Newest</th>
                    <th>
                        <span class="sr-only">What to do</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {(calm.rows ?? []).map((one, index) => {
                    const left = calm.left.has(clusterId(one));
                    return (
                        <tr key={clusterId(one)} {...(selection === undefined ? {} : rowAttributes(selection, index))} data-left={left}>
                            <td class="wide-cell">
                                <Mistake message={one.message} pointer={placeOf(one.violation)} />
                            </td>
                            {withSource && (
                                <td data-label="Source">
                                    <Link href={`/sources/${one.source}`}>{nameOf(one.source)}</Link>
                                </td>
                            )}
                            <td data-label="Read by" class="nowrap">
                                {contractName(one.contract)}
                            </td>
                            <td data-label="Open" class="number">
                                {left ? <Badge tone="good">none left</Badge> : <Link href={clusterLink(one)}>{count(one.count)}</Link>}
                            </td>
                            <td data-label="First" class="nowrap">
                                <When at={one.first_at} />
                            </td>
                            <td data-label="Newest" class="nowrap">
                                <When at={one.last_at} />
                            </td>
                            <td class="row-actions">
                                <Button disabled={left} onClick={() => onReplay(clusterAim(one))}>
                                    Replay…
                                </Button>
                            </td>
                        </tr>
                    );
                })}
            </tbody>
        </table>
    );
}
