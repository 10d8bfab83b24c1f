// Whether the pointer is over something: lists stand still under it.
import { useEffect, useRef, useState } from "preact/hooks";

export interface Pointing {
    inside: boolean;
    release: () => void; // until it moves there again
    on: { onPointerMove: (event: PointerEvent) => void; onPointerLeave: () => void }; // for the element
}

export function usePointing(): Pointing {
    const [inside, setInside] = useState(false);
    const element = useRef<Element>();
    // A browser may not tell that the pointer left when what was under it went away, as a button that was pressed does: then the
    // next move elsewhere says so.
    useEffect(() => {
        if (!inside) return;
        const moved = (event: PointerEvent): void => {
            if (event.target instanceof Node && element.current?.contains(event.target) !== true) setInside(false);
        };
        document.addEventListener("pointermove", moved);
        return () => document.removeEventListener("pointermove", moved);
    }, [inside]);
    return {
        inside,
        release: () => setInside(false),
        on: {
            // Only a pointer that moves: browsers also tell of one at rest under which the page changed.
            onPointerMove: (event) => {
                if (event.movementX === 0 && event.movementY === 0) return;
                if (event.currentTarget instanceof Element) element.current = event.currentTarget;
                setInside(true);
            },
            onPointerLeave: () => setInside(false),
        },
    };
}
