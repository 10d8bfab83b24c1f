// My leads
import { Page } from "../../ui/basics";

export function MinePage() {
    return <Page title="My leads">{""}</Page>;
}
