// Dead letters
import { Page } from "../../ui/basics";

export function DeadLettersPage() {
    return <Page title="Dead letters">{""}</Page>;
}
