// Where a lead is and whose it is, in words.
import type { Lead } from "../../api/types";
import type { Names } from "../../live/mesh";
import type { Taxonomy } from "../../live/taxonomy";
import { counted, plain } from "../../words/words";

// Whose it is, or who is to do something about it.
export function whose(lead: Lead, names: Names, taxonomy: Taxonomy): string {
    if (lead.owner !== null && lead.owner !== undefined) return names.name("rep", lead.owner);
    switch (lead.place) {
        case "waiting":
            return lead.pool !== null && lead.pool !== undefined ? `for ${names.name("pool", lead.pool)}` : "for anybody";
        case "exception":
            return lead.team !== undefined ? `${taxonomy.teamTitle(lead.team)} decides` : "nobody decides";
        case "nurture":
            return lead.kind !== undefined ? plain(lead.kind) : "put aside";
        default:
            return "nobody";
    }
}

export const missedWords = (count: number): string => `${counted(count, "promise")} missed`;
