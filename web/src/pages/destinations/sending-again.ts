// Sends deliveries again over as many calls as it takes, with a tally.
import { api, ask } from "../../api/client";
import { counted } from "../../words/words";
import type { DeliveryFilter } from "./data";

const PER_CALL = 200;

export interface Tally {
    tried: number;
    queued: number;
    gone: number;
    unrouted: number;
    failed: number;
    stopped: string | undefined;
    reasons: Map<string, number>;
}

type Page = Awaited<ReturnType<typeof post>>;

const post = (filter: DeliveryFilter, reason: string, after: string | undefined) =>
    ask(api.POST("/v1/deliveries/replay", { body: { filter, reason, limit: PER_CALL, ...(after === undefined ? {} : { after }) } }));

function add(tally: Tally, page: Page): Tally {
    const reasons = new Map(tally.reasons);
    for (const one of page.results)
        if (one.message !== undefined && one.outcome !== "queued") reasons.set(one.message, (reasons.get(one.message) ?? 0) + 1);
    return {
        tried: tally.tried + page.results.length,
        queued: tally.queued + page.queued,
        gone: tally.gone + page.gone,
        unrouted: tally.unrouted + page.unrouted,
        failed: tally.failed + page.failed,
        stopped: page.stopped,
        reasons,
    };
}

export function tallyInWords(tally: Tally): string {
    const said = [
        tally.queued > 0 && `${counted(tally.queued, "delivery is", "deliveries are")} queued again`,
        tally.unrouted > 0 && `${counted(tally.unrouted, "has", "have")} nobody to tell`,
        tally.gone > 0 && `${counted(tally.gone, "is", "are")} not there any more`,
        tally.failed > 0 && `${counted(tally.failed, "could", "could")} not be queued`,
    ].filter((one) => one !== false);
    return said.length === 0 ? "there was nothing to send again" : said.join(", ");
}

// `tell` gets how far it is after each call; `goesOn` is asked before the next.
export async function sendAllAgain(filter: DeliveryFilter, reason: string, tell: (tally: Tally) => void, goesOn: () => boolean): Promise<Tally> {
    let sum: Tally = { tried: 0, queued: 0, gone: 0, unrouted: 0, failed: 0, stopped: undefined, reasons: new Map() };
    let after: string | undefined;
    do {
        const page = await post(filter, reason, after);
        sum = add(sum, page);
        tell(sum);
        after = page.more && page.stopped === undefined ? page.next : undefined;
    } while (after !== undefined && goesOn());
    return sum;
}
