// Which rows are marked for deciding at once: some by one, or all of the filter.
import { useState } from "preact/hooks";

export interface Marks {
    ids: ReadonlySet<string>;
    all: boolean; // everything that the filter finds, also what is not in the page
    has: (id: string) => boolean;
    mark: (id: string, on: boolean) => void;
    markAll: (on: boolean) => void;
    clear: () => void;
}

// `question`: another filter begins with nothing marked.
export function useMarks(question: string): Marks {
    const [state, setState] = useState<{ question: string; ids: ReadonlySet<string>; all: boolean }>({ question, ids: new Set(), all: false });
    const now = state.question === question ? state : { question, ids: new Set<string>(), all: false };
    return {
        ids: now.ids,
        all: now.all,
        has: (id) => now.all || now.ids.has(id),
        mark: (id, on) => {
            const ids = new Set(now.ids);
            if (on) ids.add(id);
            else ids.delete(id);
            setState({ question, ids, all: false });
        },
        markAll: (on) => setState({ question, ids: new Set(), all: on }),
        clear: () => setState({ question, ids: new Set(), all: false }),
    };
}
