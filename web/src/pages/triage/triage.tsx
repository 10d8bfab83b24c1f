// Triage
import { Page } from "../../ui/basics";

export function TriagePage() {
    return <Page title="Triage">{""}</Page>;
}
