// What went wrong with a call: RFC 9457's problem, or that there was no answer at all.

export interface Mistake {
    pointer?: string;
    message: string;
}

export class Problem extends Error {
    readonly status: number; // 0: no answer
    readonly type: string; // "/problems/stale-version"
    readonly errors: Mistake[];
    readonly currentVersion: number | undefined;

    constructor(status: number, body: unknown) {
        const said = (typeof body === "object" && body !== null ? body : {}) as {
            type?: string;
            title?: string;
            detail?: string;
            errors?: Mistake[];
            current_version?: number;
        };
        super(said.detail ?? said.title ?? (status === 0 ? "The server cannot be reached." : `The server answered ${status}.`));
        this.status = status;
        this.type = said.type ?? "";
        this.errors = said.errors ?? [];
        this.currentVersion = said.current_version;
    }

    // Somebody else has changed it, or it is over, since it was read.
    get isConflict(): boolean {
        return this.status === 409 || this.status === 412 || (this.status === 404 && this.type === "/problems/not-found");
    }
}

export const asProblem = (error: unknown): Problem =>
    error instanceof Problem ? error : new Problem(0, { detail: error instanceof Error ? error.message : String(error) });
