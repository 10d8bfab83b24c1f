// How long something took, as people say it.
import { duration } from "../../time";

export function latency(microseconds: number | undefined): string {
    if (microseconds === undefined) return "–";
    if (microseconds === 0) return "0";
    if (microseconds < 1000) return "< 1 ms";
    if (microseconds < 1_000_000) return `${Math.round(microseconds / 1000)} ms`;
    if (microseconds < 10_000_000) return `${(microseconds / 1_000_000).toFixed(1)} s`;
    return duration(microseconds / 1000);
}
