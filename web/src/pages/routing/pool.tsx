// Pool
import { Page } from "../../ui/basics";

export function PoolPage() {
    return <Page title="Pool">{""}</Page>;
}
