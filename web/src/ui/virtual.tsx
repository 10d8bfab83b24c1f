// A list of thousands of rows of one height, of which only those in sight are in the page. What is in
// sight stays where it is when rows come or go above it.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "./basics";

interface VirtualRowsProps {
    ids: readonly string[]; // of the rows that are known, in their order
    total: number; // rows that there are, known or not
    height: number; // of one row, px
    label: string;
    current?: string; // the row that is scrolled into sight when it becomes current
    onReach: (end: number) => void; // rows before this index are in sight
    children: (index: number) => ComponentChildren; // the content of a row's <li>
}

const SPARE = 6; // rows in the page above and below those in sight
const STEP = 3; // rows that are scrolled before the page is made anew

interface Sight {
    first: number;
    rows: number;
}

// The row that keeps its place: the current one when it is in sight, else the topmost in sight.
function anchorOf(ids: readonly string[], current: string | undefined, top: number, seen: number, height: number): number {
    const at = current === undefined ? -1 : ids.indexOf(current);
    if (at >= 0 && (at + 1) * height > top && at * height < top + seen) return at;
    if (top < 1) return -1; // at the top people want to see what comes first
    return Math.min(ids.length - 1, Math.floor(top / height));
}

export function VirtualRows({ ids, total, height, label, current, onReach, children }: VirtualRowsProps) {
    const frame = useRef<HTMLDivElement>(null);
    const [sight, setSight] = useState<Sight>({ first: 0, rows: 12 });
    const [above, setAbove] = useState({ rows: 0, room: 0 }); // that came above what is in sight, and px to scroll them out of it
    const shift = useRef(0); // rows by which what is in sight is to be moved back
    const before = useRef(ids);

    const look = (): void => {
        const element = frame.current;
        if (element === null) return;
        const first = Math.floor(element.scrollTop / height / STEP) * STEP;
        const rows = Math.ceil(element.clientHeight / height) + STEP;
        if (element.scrollTop < 1 && shift.current === 0) setAbove((now) => (now.rows === 0 ? now : { rows: 0, room: 0 }));
        setSight((now) => (now.first === first && now.rows === rows ? now : { first, rows }));
    };
    useLayoutEffect(() => {
        const observer = new ResizeObserver(look);
        if (frame.current !== null) observer.observe(frame.current);
        return () => observer.disconnect();
    }, [height]);

    useLayoutEffect(() => {
        const element = frame.current;
        const old = before.current;
        before.current = ids;
        if (element === null || old === ids) return;
        const anchor = anchorOf(old, current, element.scrollTop, element.clientHeight, height);
        const id = old[anchor];
        const now = id === undefined ? -1 : ids.indexOf(id);
        if (now >= 0 && now < anchor) element.scrollTop += (now - anchor) * height;
        if (now > anchor && anchor >= 0) {
            shift.current += now - anchor;
            // Also a list that is shorter than its frame is to be scrolled by so much.
            const room = element.clientHeight + element.scrollTop + shift.current * height;
            setAbove((before) => ({ rows: before.rows + now - anchor, room }));
        }
        look();
    }, [ids]);
    useLayoutEffect(() => {
        if (frame.current !== null) frame.current.scrollTop += shift.current * height;
        shift.current = 0;
    }, [above]);

    useEffect(() => {
        const element = frame.current;
        const at = current === undefined ? -1 : ids.indexOf(current);
        if (element === null || at < 0) return;
        if (at * height < element.scrollTop) element.scrollTop = at * height;
        else if ((at + 1) * height > element.scrollTop + element.clientHeight) element.scrollTop = (at + 1) * height - element.clientHeight;
    }, [current]);

    const first = Math.max(0, sight.first - SPARE);
    const end = Math.min(total, sight.first + sight.rows + SPARE);
    useEffect(() => onReach(end), [end, ids.length]);

    const rows = [];
    for (let index = first; index < end; index++)
        rows.push(
            <li
                key={ids[index] ?? `unread-${index}`}
                aria-setsize={total}
                aria-posinset={index + 1}
                style={{ height: `${height}px`, transform: `translateY(${index * height}px)` }}
            >
                {children(index)}
            </li>,
        );
    return (
        <div class="virtual" ref={frame} onScroll={look} tabIndex={0} role="region" aria-label={label}>
            {above.rows > 0 && (
                <div class="virtual-above">
                    <Button onClick={() => frame.current?.scrollTo({ top: 0 })}>↑ {above.rows} new above</Button>
                </div>
            )}
            <ul style={{ height: `${Math.max(total * height, above.room)}px` }}>{rows}</ul>
        </div>
    );
}
