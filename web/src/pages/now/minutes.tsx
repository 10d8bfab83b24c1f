// What came in the last hour, a bar a minute: accepted, and under it what went wrong.
import type { Answer } from "../../api/types";
import { count } from "../../ui/basics";

type Activity = Answer<"/v1/activity">;

const WIDTH = 600;
const HEIGHT = 96;
const UNDER = 28;

const clock = (at: string): string => new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });

export function Minutes({ activity }: { activity: Activity }) {
    const minutes = activity.minutes ?? [];
    const wrong = (one: (typeof minutes)[number]): number => one.refused + one.exceptions + one.late + one.failed_deliveries;
    const most = Math.max(1, ...minutes.map((one) => one.accepted));
    const mostWrong = Math.max(1, ...minutes.map(wrong));
    const step = WIDTH / Math.max(1, minutes.length);
    const total = minutes.reduce((sum, one) => sum + one.accepted, 0);
    const trouble = minutes.reduce((sum, one) => sum + wrong(one), 0);
    const text = `${count(total)} records accepted in ${minutes.length} minutes, at most ${count(most)} in one; ${count(trouble)} times something went wrong.`;
    return (
        <figure class="minutes">
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + UNDER}`} role="img" aria-label={text} preserveAspectRatio="none">
                {minutes.map((one, index) => (
                    <g key={one.minute}>
                        <title>
                            {`${clock(one.minute)}: ${one.accepted} accepted, ${one.refused} refused, ${one.exceptions} exceptions, ${one.late} promises missed, ${one.failed_deliveries} attempts failed`}
                        </title>
                        <rect class="minute-ground" x={index * step} y={0} width={step} height={HEIGHT + UNDER} />
                        <rect
                            class="minute-bar"
                            x={index * step + step * 0.12}
                            width={step * 0.76}
                            y={HEIGHT - (HEIGHT * one.accepted) / most}
                            height={(HEIGHT * one.accepted) / most}
                        />
                        <rect class="minute-wrong" x={index * step + step * 0.12} width={step * 0.76} y={HEIGHT + 3} height={((UNDER - 3) * wrong(one)) / mostWrong} />
                    </g>
                ))}
            </svg>
            <figcaption class="small soft">
                <span>{minutes[0] !== undefined && clock(minutes[0].minute)}</span>
                <span class="minutes-key">
                    <span class="key accepted" /> accepted, at most {count(most)} a minute <span class="key wrong" /> refused, exceptions, missed promises, failed attempts
                </span>
                <span>now</span>
            </figcaption>
        </figure>
    );
}
