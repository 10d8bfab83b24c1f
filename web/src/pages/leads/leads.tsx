// Leads
import { Page } from "../../ui/basics";

export function LeadsPage() {
    return <Page title="Leads">{""}</Page>;
}
