// Leads: search, filters in the address, views, a list that stays calm, older pages.
import { useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../../api/client";
import type { Answer, Lead } from "../../api/types";
import { useKeys } from "../../keys";
import { useNames } from "../../live/mesh";
import { useTaxonomy } from "../../live/taxonomy";
import { useQuery } from "../../live/query";
import { Button, Empty, Loaded, Page, When } from "../../ui/basics";
import { useCalmRows } from "../../ui/calm";
import { useRows } from "../../ui/rows";
import { ShowNews } from "../../ui/select";
import { query, useParameters, type Parameters } from "../../url";
import { counted } from "../../words/words";
import { FilterBar } from "./filter-bar";
import { filtersIn, leadsQuery, sorts } from "./filters";
import { LeadRows } from "./list";
import { Views } from "./views";

type Found = Answer<"/v1/leads">;

const LIMIT = 50;
const NEWS = 20; // new ones that are counted
const about = ["lead.", "sync."];
const number = (lead: Lead): number => Number(lead.id.slice(1));

interface LeadList {
    found: ReturnType<typeof useQuery<Found>>;
    moves: boolean; // new leads would come at its top
    news: number; // newer leads than those that are shown
    showNews: () => void;
}

// The newest leads first: what is shown begins where it began when the page was opened, so that rows
// stay where they are while others come; those are counted. Other orders are read as they are.
function useLeadList(parameters: Parameters): LeadList {
    const asked = leadsQuery(parameters);
    const key = "leads" + query(parameters);
    const moves = (parameters.sort ?? "") === "" && parameters.cursor === undefined;
    const begin = useRef<{ key: string; cursor: number }>();
    const read = async (): Promise<Found> => {
        const pinned = moves && begin.current?.key === key ? begin.current.cursor : undefined;
        const cursor = parameters.cursor !== undefined ? Number(parameters.cursor) : pinned;
        const found = await ask(api.GET("/v1/leads", { params: { query: { ...asked, limit: LIMIT, cursor } } }));
        const newest = found.leads[0];
        if (moves && pinned === undefined && newest !== undefined) begin.current = { key, cursor: number(newest) + 1 };
        return found;
    };
    const found = useQuery(key, read, { about, atMost: 2000 });
    const newer = useQuery(
        moves ? key + "#new" : null,
        async () => (await ask(api.GET("/v1/leads", { params: { query: { ...asked, limit: NEWS } } }))).leads.map(number),
        { about: ["lead.captured", "lead.reopened"], atMost: 2000 },
    );
    const from = begin.current?.key === key ? begin.current.cursor : Infinity;
    const showNews = (): void => {
        begin.current = undefined;
        found.refresh();
        newer.refresh();
    };
    return { found, moves, news: (newer.data ?? []).filter((one) => one >= from).length, showNews };
}

function NothingFound({ parameters, complete }: { parameters: Parameters; complete: boolean }) {
    const searched = (parameters.q ?? "") !== "" || filtersIn(parameters).length > 0;
    if (!complete) return <Empty title="Nothing so far.">The search has not looked at every lead yet: go on below.</Empty>;
    if (searched)
        return (
            <Empty title="No lead fits.">
                <p>
                    Take a filter away, search for a part of a name or an address, or <Link href="/leads">look at all leads</Link>.
                </p>
            </Empty>
        );
    return (
        <Empty title="There are no leads yet.">
            <p>
                They appear here within a second of their capture. <Link href="/sources">See where they come in</Link>.
            </p>
        </Empty>
    );
}

const further: Record<string, string> = { "": "Older", oldest: "Newer", due: "Less pressing" };

// Where the page stands among all, and the way to older ones.
function Paging({ found, parameters }: { found: Found; parameters: Parameters }) {
    const { cursor, ...first } = parameters;
    const next = found.next_cursor;
    if (cursor === undefined && next === undefined && found.complete) return null;
    return (
        <div class="actions paging">
            {cursor !== undefined && (
                <Link class="button" href={"/leads" + query(first)}>
                    Back to the first
                </Link>
            )}
            {next !== undefined && (
                <Link class="button" href={"/leads" + query({ ...parameters, cursor: next })}>
                    {found.complete ? (further[parameters.sort ?? ""] ?? "Further") : "Search further"}
                </Link>
            )}
            {!found.complete && found.reached_at !== undefined && (
                <span class="soft small">
                    Searched back to what was captured <When at={found.reached_at} />.
                </span>
            )}
        </div>
    );
}

function listWords(parameters: Parameters, count: number, more: boolean): string {
    const order = sorts.find(([one]) => one === (parameters.sort ?? ""))?.[1] ?? "";
    return `${counted(count, "lead")}${more ? " on this page" : ""}, ${order.toLowerCase()}`;
}

export function LeadsPage() {
    const [parameters, change] = useParameters();
    const [, navigate] = useLocation();
    const names = useNames();
    const taxonomy = useTaxonomy();
    const { found, moves, news, showNews } = useLeadList(parameters);
    const shown = useRef<Lead[]>([]);
    const selection = useRows(shown.current.length, "lead", (index) => {
        const lead = shown.current[index];
        if (lead !== undefined) navigate(`/leads/${lead.id}`);
    });
    const calm = useCalmRows(found.data?.leads, (lead) => lead.id, query(parameters), selection.selected >= 0);
    const show = (): void => {
        selection.select(-1); // else the list would be held for it
        calm.showAll();
        showNews();
    };
    shown.current = calm.rows ?? [];
    useKeys([{ keys: "Escape", what: "Let the list go on", run: show }]);
    return (
        <Page title="Leads" wide>
            <Views parameters={parameters} />
            <FilterBar parameters={parameters} names={names} change={change} />
            <section class="section" aria-label="Leads that fit">
                <div class="list-news">
                    <span class="soft small">{shown.current.length > 0 && listWords(parameters, shown.current.length, found.data?.next_cursor !== undefined)}</span>
                    <span role="status">
                        {moves && news >= NEWS ? (
                            <Button look="quiet" onClick={show}>
                                {NEWS} new and more: show
                            </Button>
                        ) : (
                            <ShowNews count={moves ? news : calm.news} onShow={show} underPointer={!moves && calm.underPointer} />
                        )}
                    </span>
                </div>
                <Loaded query={found}>
                    {(data) => (
                        <>
                            {shown.current.length === 0 ? (
                                <NothingFound parameters={parameters} complete={data.complete ?? true} />
                            ) : (
                                <LeadRows leads={shown.current} names={names} taxonomy={taxonomy} selection={selection} left={calm.left} hold={calm.hold} />
                            )}
                            <Paging found={data} parameters={parameters} />
                        </>
                    )}
                </Loaded>
            </section>
        </Page>
    );
}
