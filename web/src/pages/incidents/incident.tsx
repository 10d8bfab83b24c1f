// Incident
import { Page } from "../../ui/basics";

export function IncidentPage() {
    return <Page title="Incident">{""}</Page>;
}
