// Incidents
import { Page } from "../../ui/basics";

export function IncidentsPage() {
    return <Page title="Incidents">{""}</Page>;
}
