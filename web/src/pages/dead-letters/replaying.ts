// Replays over as many calls as it takes: tried on dry runs first, then for good, with a tally.
import { api, ask } from "../../api/client";
import type { Schema } from "../../api/types";
import { counted } from "../../words/words";

export type ReplayBody = NonNullable<Parameters<typeof post>[0]>;
type Replayed = Schema<"Replayed">;
type ReplayResult = Replayed["results"][number];

const post = (body: {
    ids?: string[];
    source?: string;
    contract?: number;
    violation?: string;
    all?: boolean;
    after?: string;
    limit?: number;
    read_as?: number;
    dry_run?: boolean;
}): Promise<Replayed> => ask(api.POST("/v1/dead-letters/replay", { body: { ...body, limit: body.limit ?? 1000, dry_run: body.dry_run ?? false } }));

export interface Tally {
    tried: number;
    leads: number;
    touchpoints: number;
    refused: number;
    skipped: number;
    gone: number;
    failed: number;
    more: boolean; // there are more than were tried
    stopped: string | undefined; // why, by the server
    made: { letter: string; lead: string }[]; // the first of them
    reasons: { message: string; pointer: string | undefined; count: number; example: string }[]; // of refused, skipped, failed
}

const MADE_SHOWN = 12;

export const nothingTried = (): Tally => ({
    tried: 0,
    leads: 0,
    touchpoints: 0,
    refused: 0,
    skipped: 0,
    gone: 0,
    failed: 0,
    more: false,
    stopped: undefined,
    made: [],
    reasons: [],
});

function noteReason(tally: Tally, result: ReplayResult): void {
    const mistake = result.problem?.errors?.[0];
    const message = mistake?.message ?? result.message ?? result.problem?.detail ?? result.outcome;
    const known = tally.reasons.find((one) => one.message === message && one.pointer === mistake?.pointer);
    if (known !== undefined) known.count++;
    else tally.reasons.push({ message, pointer: mistake?.pointer, count: 1, example: result.dead_letter });
}

function add(tally: Tally, page: Replayed): Tally {
    const sum: Tally = { ...tally, made: [...tally.made], reasons: tally.reasons.map((one) => ({ ...one })) };
    sum.tried += page.results.length;
    for (const name of ["leads", "touchpoints", "refused", "skipped", "gone", "failed"] as const) sum[name] += page[name];
    for (const result of page.results) {
        if (result.lead !== undefined && sum.made.length < MADE_SHOWN) sum.made.push({ letter: result.dead_letter, lead: result.lead });
        if (["refused", "skipped", "failed"].includes(result.outcome)) noteReason(sum, result);
    }
    sum.more = page.more;
    sum.stopped = page.stopped;
    return sum;
}

interface ReplayOptions {
    readAs: number | undefined; // by this version; undefined: as they came
    dry: boolean;
    perCall: number;
    most: number; // to try
    onProgress?: (tally: Tally) => void;
    goesOn: () => boolean; // asked before each call
}

export async function replayAll(aim: ReplayBody, options: ReplayOptions): Promise<Tally> {
    let tally = nothingTried();
    let after: string | undefined;
    do {
        const page = await post({
            ...aim,
            ...(after === undefined ? {} : { after }),
            ...(options.readAs === undefined ? {} : { read_as: options.readAs }),
            limit: options.perCall,
            dry_run: options.dry,
        });
        tally = add(tally, page);
        options.onProgress?.(tally);
        after = page.next;
    } while (tally.more && after !== undefined && tally.stopped === undefined && tally.tried < options.most && options.goesOn());
    return tally;
}

// How many, and what became of them: of one and of several, first in a dry run and then for good.
type Words = [count: number, wouldOne: string, wouldMany: string, isOne: string, areMany: string];

const wordsOf = (tally: Tally): Words[] => [
    [tally.leads, "would become a lead", "would become leads", "became a lead", "became leads"],
    [tally.touchpoints, "would join a known lead", "would join known leads", "joined a known lead", "joined known leads"],
    [tally.refused, "would still be refused", "would still be refused", "is still refused", "are still refused"],
    [tally.skipped, "would turn out to be no lead", "would turn out to be no leads", "turned out to be no lead", "turned out to be no leads"],
    [tally.gone, "is not open any more", "are not open any more", "was done by somebody else meanwhile", "were done by somebody else meanwhile"],
    [tally.failed, "could not be tried", "could not be tried", "could not be tried", "could not be tried"],
];

// "37 would become leads, 1 would still be refused"
export function tallyInWords(tally: Tally, dry: boolean): string {
    const said = wordsOf(tally)
        .filter(([count]) => count > 0)
        .map(([count, wouldOne, wouldMany, isOne, areMany]) => (dry ? counted(count, wouldOne, wouldMany) : counted(count, isOne, areMany)));
    return said.length === 0 ? "there is nothing open to replay" : said.join(", ");
}
