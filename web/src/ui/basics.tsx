// The small parts that every page is made of.
import type { ComponentChildren, JSX } from "preact";
import { Link } from "wouter-preact";
import type { Problem } from "../api/problem";
import { capital } from "../words/words";
import { duration, exact, relative, useNow } from "../time";
import { useTitleOf } from "./title";

export type Tone = "good" | "warning" | "bad" | "idle" | "accent";

export function Badge({ tone = "idle", children, title }: { tone?: Tone; children: ComponentChildren; title?: string }) {
    return (
        <span class={`badge ${tone}`} title={title}>
            {children}
        </span>
    );
}

type ButtonProps = JSX.ButtonHTMLAttributes<HTMLButtonElement> & { look?: "plain" | "primary" | "danger" | "quiet"; keys?: string };

export function Button({ look = "plain", keys, children, class: extra, ...rest }: ButtonProps) {
    return (
        <button type="button" class={`button ${look} ${String(extra ?? "")}`} {...rest}>
            {children}
            {keys !== undefined && <kbd aria-hidden="true">{keys}</kbd>}
        </button>
    );
}

// A time: relative, exact on hover.
export function When({ at }: { at: string | number | null | undefined }) {
    const now = useNow();
    if (at === null || at === undefined) return <span class="soft">–</span>;
    return (
        <time dateTime={new Date(at).toISOString()} title={exact(at)}>
            {relative(at, now)}
        </time>
    );
}

// How long until a deadline, or how long it has passed. Its tone turns with it; the words say it too.
export function Countdown({ due, soon = 300_000 }: { due: string | number | null | undefined; soon?: number }) {
    const now = useNow();
    if (due === null || due === undefined) return <span class="soft">no deadline</span>;
    const left = new Date(due).getTime() - now;
    const tone = left < 0 ? "bad" : left < soon ? "warning" : "good";
    return (
        <time class={`countdown ${tone}`} dateTime={new Date(due).toISOString()} title={exact(due)}>
            {left < 0 ? `${duration(left)} late` : duration(left)}
        </time>
    );
}

// Nothing to show, and what to do about it.
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
    return (
        <div class="empty">
            <p class="empty-title">{title}</p>
            {children !== undefined && <div class="soft">{children}</div>}
        </div>
    );
}

export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
    return (
        <div class="failure" role="alert">
            <p>{problem.status === 404 ? capital(problem.message) : problem.message}</p>
            {problem.errors.length > 0 && (
                <ul>
                    {problem.errors.map((one) => (
                        <li key={one.pointer + one.message}>{one.message}</li>
                    ))}
                </ul>
            )}
            {retry !== undefined && problem.status !== 404 && <Button onClick={retry}>Try again</Button>}
        </div>
    );
}

export const Loading = () => (
    <p class="loading soft" role="status">
        Loading…
    </p>
);

// A question's state, and what to show when it is answered. What was read before stays to be seen
// when reading anew has failed.
export function Loaded<T>({
    query,
    children,
}: {
    query: { data: T | undefined; problem: Problem | undefined; refresh: () => void };
    children: (data: T) => ComponentChildren;
}) {
    return (
        <>
            {query.problem !== undefined && <Failure problem={query.problem} retry={query.refresh} />}
            {query.data !== undefined ? children(query.data) : query.problem === undefined && <Loading />}
        </>
    );
}

export function Page({ title, actions, children, wide }: { title: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; wide?: boolean }) {
    const heading = useTitleOf();
    return (
        <div class={wide === true ? "page wide" : "page"}>
            <header class="page-head">
                <h1 ref={heading}>{title}</h1>
                {actions !== undefined && <div class="actions">{actions}</div>}
            </header>
            {children}
        </div>
    );
}

export function Section({ title, actions, children, id }: { title: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren; id?: string }) {
    return (
        <section class="section" id={id}>
            <header class="section-head">
                <h2>{title}</h2>
                {actions !== undefined && <div class="actions">{actions}</div>}
            </header>
            {children}
        </section>
    );
}

// A number that matters, what it is, and where it leads.
export function Figure({ label, value, tone, href, note }: { label: string; value: ComponentChildren; tone?: Tone; href?: string; note?: ComponentChildren }) {
    const body = (
        <>
            <span class="figure-label">{label}</span>
            <span class={`figure-value ${tone ?? ""}`}>{value}</span>
            {note !== undefined && <span class="figure-note soft">{note}</span>}
        </>
    );
    return href === undefined ? (
        <div class="figure">{body}</div>
    ) : (
        <Link class="figure" href={href}>
            {body}
        </Link>
    );
}

// Names and values, one below the other.
export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
    return (
        <dl class="facts">
            {rows.map(([name, value]) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

// A wide table scrolls by itself, not the page; the keyboard reaches it.
export function TableFrame({ label, children }: { label: string; children: ComponentChildren }) {
    return (
        <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
            {children}
        </div>
    );
}

// Rounded, but not up to all, nor down to nothing: 99.96 % is "99.9 %", 0.02 % is "< 0.1 %".
export function percent(share: number, digits = 0): string {
    const step = 10 ** -digits;
    if (share > 0 && 100 * share < step / 2) return `< ${step} %`;
    if (share < 1 && 100 * share > 100 - step) return `${(100 - step).toFixed(digits)} %`;
    return `${(100 * share).toFixed(digits)} %`;
}
export const count = (value: number): string => value.toLocaleString("en");
