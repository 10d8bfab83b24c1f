// Objectives
import { Page } from "../../ui/basics";

export function ObjectivesPage() {
    return <Page title="Objectives">{""}</Page>;
}
