// Reports
import { Page } from "../../ui/basics";

export function ReportsPage() {
    return <Page title="Reports">{""}</Page>;
}
