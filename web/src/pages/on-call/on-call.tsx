// On call
import { Page } from "../../ui/basics";

export function OnCallPage() {
    return <Page title="On call">{""}</Page>;
}
