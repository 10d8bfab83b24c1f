// Now
import { Page } from "../../ui/basics";

export function NowPage() {
    return <Page title="Now">{""}</Page>;
}
