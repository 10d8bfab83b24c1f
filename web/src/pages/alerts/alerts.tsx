// Alerts
import { Page } from "../../ui/basics";

export function AlertsPage() {
    return <Page title="Alerts">{""}</Page>;
}
