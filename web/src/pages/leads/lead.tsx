// Lead
import { Page } from "../../ui/basics";

export function LeadPage() {
    return <Page title="Lead">{""}</Page>;
}
