// accepted = owned + waiting + …: the proof that nothing is lost, with every term.
import { Link } from "wouter-preact";
import type { Answer } from "../../api/types";
import { Badge, count } from "../../ui/basics";

type Reconciliation = Answer<"/v1/reconciliation">;

const terms: { name: keyof Reconciliation & string; label: string; about: string; href?: string }[] = [
    { name: "owned", label: "owned", about: "A rep has them", href: "/leads?place=owned" },
    { name: "waiting", label: "waiting", about: "In the queue of a pool", href: "/leads?place=waiting" },
    { name: "in_exception", label: "in exception", about: "A team is to decide", href: "/leads?place=exception" },
    { name: "nurture", label: "nurture", about: "Put aside until they are routed anew", href: "/leads?place=nurture" },
    { name: "closed", label: "closed", about: "Qualified or disqualified", href: "/leads?place=closed" },
    { name: "dead_lettered", label: "dead letters", about: "Refused, kept whole, still open", href: "/dead-letters" },
    { name: "settled", label: "settled", about: "Dead letters that became a touchpoint, or were discarded" },
];

export function Identity({ found }: { found: Reconciliation }) {
    const sum = terms.reduce((total, term) => total + Number(found[term.name]), 0);
    return (
        <>
            <p>
                {found.balanced ? (
                    <Badge tone="good">✓ Balances</Badge>
                ) : (
                    <Badge tone="bad">✕ Does not balance: {count(sum - found.accepted)} apart</Badge>
                )}{" "}
                <span class="soft small">Every record that was accepted is in exactly one place, as of event {count(found.seq)}.</span>
            </p>
            <div class="identity">
                <div class="term total">
                    <span class="term-value">{count(found.accepted)}</span>
                    <span class="term-label">accepted</span>
                </div>
                {terms.map((term, index) => (
                    <div class="term" key={term.name} title={term.about}>
                        <span class="term-sign" aria-hidden="true">
                            {index === 0 ? "=" : "+"}
                        </span>
                        <span class="term-value">{count(Number(found[term.name]))}</span>
                        {term.href === undefined ? <span class="term-label">{term.label}</span> : <Link class="term-label" href={term.href}>{term.label}</Link>}
                    </div>
                ))}
            </div>
        </>
    );
}
