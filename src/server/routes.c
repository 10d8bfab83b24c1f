/* The calls of the API: one line each, and nowhere else. */
#include "server/access/cors.h"
#include "server/access/handshake.h"
#include "server/api/activity.h"
#include "server/api/alerts.h"
#include "server/api/changes.h"
#include "server/api/contracts.h"
#include "server/api/dead_letters.h"
#include "server/api/deliveries.h"
#include "server/api/demo.h"
#include "server/api/destinations.h"
#include "server/api/entity.h"
#include "server/api/events.h"
#include "server/api/exceptions.h"
#include "server/api/explanation.h"
#include "server/api/fairness.h"
#include "server/api/health.h"
#include "server/api/incidents.h"
#include "server/api/lead_path.h"
#include "server/api/leads.h"
#include "server/api/me.h"
#include "server/api/objectives.h"
#include "server/api/on_call.h"
#include "server/api/pools.h"
#include "server/api/provenance.h"
#include "server/api/releases.h"
#include "server/api/reports.h"
#include "server/api/reps.h"
#include "server/api/routing_contract.h"
#include "server/api/sources.h"
#include "server/intake/intake.h"
#include "server/intake/submission.h"
#include "server/internal.h"
#include "server/web/web.h"

#define JSON_TYPE "application/json"
#define NDJSON_TYPE "application/x-ndjson"

/* The hottest first. */
const struct route server_routes[] = {
    {"POST", "/v1/sources/{source}/leads", ROLE_SOURCE, ROUTE_COMMAND, .body = true,
     .by_source = true, .begin = intake_begin, .run = intake_run, .finish = intake_finish},
    {"GET", "/v1/sources/{source}/leads", ROLE_NONE, ROUTE_NOW, .by_source = true,
     .parameters = handshake_parameters, .run = handshake_run},
    {"OPTIONS", "/v1/sources/{source}/leads", ROLE_NONE, ROUTE_NOW, .by_source = true,
     .run = preflight_run},
    {"GET", "/v1/leads", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = leads_parameters, .run = leads_run},
    {"GET", "/v1/leads/{id}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = lead_run},
    {"GET", "/v1/leads/{id}/events", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = lead_events_parameters, .run = lead_events_run},
    {"GET", "/v1/leads/{id}/provenance", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = provenance_run},
    {"GET", "/v1/leads/{id}/explanation", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = explanation_parameters, .retraces = explanation_retraces,
     .begin = explanation_begin, .run = explanation_run},
    {"POST", "/v1/explanations", ROLE_READ, ROUTE_COMMAND, .body = true, .content_type = JSON_TYPE,
     .parameters = explanation_parameters, .run = hypothesis_run, .finish = hypothesis_finish},
    {"POST", "/v1/leads/{id}/contacts", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = lead_contact_run, .finish = submission_finish},
    {"POST", "/v1/leads/{id}/outcome", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = lead_outcome_run, .finish = submission_finish},
    {"POST", "/v1/leads/{id}/assignment", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = lead_assignment_run, .finish = submission_finish},
    {"POST", "/v1/leads/{id}/hand-back", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = lead_hand_back_run, .finish = submission_finish},
    {"POST", "/v1/leads/{id}/acknowledgement", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .run = lead_acknowledgement_run,
     .finish = submission_finish},
    {"POST", "/v1/leads/{id}/enrichment", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = lead_enrichment_run, .finish = submission_finish},
    {"POST", "/v1/leads/{id}/exceptions", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = exception_open_run, .finish = entity_finish},
    {"GET", "/v1/exceptions", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = exceptions_parameters, .run = exceptions_run},
    {"GET", "/v1/exceptions/clusters", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = exception_clusters_parameters, .run = exception_clusters_run},
    {"POST", "/v1/exceptions/resolve", ROLE_OPERATE, ROUTE_QUERY, .body = true,
     .content_type = JSON_TYPE, .run = exception_bulk_run},
    {"GET", "/v1/exceptions/{id}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = exception_run},
    {"POST", "/v1/exceptions/{id}/claim", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .run = exception_claim_run,
     .finish = entity_finish},
    {"POST", "/v1/exceptions/{id}/release", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .run = exception_release_run,
     .finish = entity_finish},
    {"POST", "/v1/exceptions/{id}/resolve", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = exception_resolve_run, .finish = entity_finish},
    {"POST", "/v1/silences", ROLE_OPERATE, ROUTE_COMMAND, .body = true, .content_type = JSON_TYPE,
     .run = silence_set_run, .finish = entity_finish},
    {"DELETE", "/v1/silences/{id}", ROLE_OPERATE, ROUTE_COMMAND, .content_type = JSON_TYPE,
     .run = silence_end_run, .finish = entity_finish},
    {"GET", "/v1/objectives", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = objectives_parameters, .run = objectives_run},
    {"GET", "/v1/activity", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = activity_parameters, .run = activity_run},
    {"GET", "/v1/attribution", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = attribution_parameters, .run = attribution_run},
    {"GET", "/v1/latency", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = latency_parameters, .run = latency_run},
    {"GET", "/v1/alerts", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = trouble_parameters, .run = alerts_run},
    {"GET", "/v1/silences", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = trouble_parameters, .run = silences_run},
    {"GET", "/v1/surges", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = trouble_parameters, .run = surges_run},
    {"GET", "/v1/incidents", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = trouble_parameters, .run = incidents_run},
    {"GET", "/v1/incidents/{id}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = incident_run},
    /* Says itself what it answers. */
    {"GET", "/v1/reports/{period}", ROLE_READ, ROUTE_QUERY, .parameters = report_parameters,
     .run = report_run},
    {"POST", "/v1/incidents", ROLE_OPERATE, ROUTE_COMMAND, .body = true, .content_type = JSON_TYPE,
     .run = incident_open_run, .finish = entity_finish},
    {"POST", "/v1/incidents/{id}/notes", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = incident_note_run, .finish = entity_finish},
    {"POST", "/v1/incidents/{id}/close", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = incident_close_run, .finish = entity_finish},
    {"POST", "/v1/incidents/{id}/items/{n}/done", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .run = incident_item_run,
     .finish = entity_finish},
    {"GET", "/v1/dead-letters", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = dead_letters_parameters, .run = dead_letters_run},
    {"GET", "/v1/dead-letters/clusters", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = dead_letter_clusters_parameters, .run = dead_letter_clusters_run},
    {"GET", "/v1/dead-letters/export", ROLE_READ, ROUTE_STREAM, .content_type = NDJSON_TYPE,
     .parameters = dead_letter_export_parameters, .run = dead_letter_export_run},
    {"POST", "/v1/dead-letters/replay", ROLE_OPERATE, ROUTE_QUERY, .body = true,
     .content_type = JSON_TYPE, .run = dead_letter_replay_run},
    {"GET", "/v1/dead-letters/{id}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = dead_letter_run},
    {"POST", "/v1/dead-letters/{id}/discard", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = dead_letter_discard_run,
     .finish = dead_letter_discard_finish},
    {"GET", "/v1/sources", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = sources_run},
    {"GET", "/v1/sources/{source}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = source_run},
    {"POST", "/v1/sources/{source}/rollout", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = rollout_run, .finish = rollout_finish},
    {"GET", "/v1/deliveries", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = deliveries_parameters, .run = deliveries_run},
    {"GET", "/v1/deliveries/clusters", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = delivery_clusters_parameters, .run = delivery_clusters_run},
    {"POST", "/v1/deliveries/replay", ROLE_OPERATE, ROUTE_QUERY, .body = true,
     .content_type = JSON_TYPE, .run = delivery_replay_run},
    {"GET", "/v1/deliveries/{id}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = delivery_run},
    {"POST", "/v1/deliveries/{id}/retry", ROLE_OPERATE, ROUTE_QUERY, .body = true,
     .content_type = JSON_TYPE, .run = delivery_retry_run},
    {"POST", "/v1/deliveries/{id}/discard", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = delivery_discard_run, .finish = entity_finish},
    {"GET", "/v1/destinations", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = destinations_run},
    {"GET", "/v1/destinations/{name}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = destination_run},
    {"POST", "/v1/destinations/{name}/pause", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .content_type = JSON_TYPE, .run = destination_pause_run, .finish = destination_change_finish},
    {"POST", "/v1/destinations/{name}/resume", ROLE_OPERATE, ROUTE_COMMAND, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .run = destination_resume_run,
     .finish = destination_change_finish},
    {"GET", "/v1/destinations/{name}/reconciliation", ROLE_READ, ROUTE_QUERY,
     .content_type = JSON_TYPE, .run = destination_reconciliation_run},
    {"POST", "/v1/destinations/{name}/reconciliation", ROLE_OPERATE, ROUTE_QUERY, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .retraces = destination_compare_retraces,
     .run = destination_compare_run},
    {"POST", "/v1/destinations/{name}/changes", ROLE_SOURCE, ROUTE_COMMAND, .body = true,
     .by_destination = true, .content_type = JSON_TYPE, .run = destination_told_run,
     .finish = destination_told_finish},
    {"GET", "/v1/reps", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = reps_run},
    {"GET", "/v1/reps/{id}", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = rep_run},
    {"PATCH", "/v1/reps/{id}", ROLE_OPERATE, ROUTE_COMMAND, .body = true, .content_type = JSON_TYPE,
     .run = rep_change_run, .finish = rep_change_finish},
    {"GET", "/v1/pools", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = pools_run},
    {"GET", "/v1/fairness", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = fairness_parameters, .retraces = fairness_retraces, .begin = fairness_begin,
     .run = fairness_run},
    {"GET", "/v1/lead-path", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = lead_path_parameters, .run = lead_path_run},
    {"GET", "/v1/routing-contract", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = contract_run},
    /* What a partner may send is no secret. */
    {"GET", "/v1/contracts/{source}", ROLE_NONE, ROUTE_NOW, .run = contract_schema_run},
    {"GET", "/v1/contracts/{source}/docs", ROLE_NONE, ROUTE_NOW, .run = contract_docs_run},
    {"GET", "/v1/contracts/{source}/{version}", ROLE_NONE, ROUTE_NOW, .run = contract_schema_run},
    {"GET", "/v1/contracts/{source}/{version}/docs", ROLE_NONE, ROUTE_NOW,
     .run = contract_docs_run},
    {"GET", "/v1/reconciliation", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .run = reconciliation_run},
    {"GET", "/v1/events", ROLE_READ, ROUTE_QUERY, .content_type = "application/x-ndjson",
     .parameters = events_parameters, .run = events_run},
    {"GET", "/v1/stream", ROLE_READ, ROUTE_STREAM, .content_type = "text/event-stream",
     .parameters = stream_parameters, .run = stream_run},
    {"GET", "/v1/changes", ROLE_READ, ROUTE_STREAM, .content_type = "text/event-stream",
     .parameters = changes_parameters, .run = changes_run},
    {"GET", "/v1/release", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = release_run},
    {"GET", "/v1/releases", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = releases_parameters, .run = releases_run},
    {"GET", "/v1/on-call", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE,
     .parameters = on_call_parameters, .run = on_call_run},
    {"GET", "/v1/me", ROLE_READ, ROUTE_NOW, .content_type = JSON_TYPE, .run = me_run},
    {"GET", "/v1/demo", ROLE_READ, ROUTE_QUERY, .content_type = JSON_TYPE, .run = demo_state_run},
    {"POST", "/v1/demo/scenarios/{name}", ROLE_OPERATE, ROUTE_QUERY, .body = true,
     .body_optional = true, .content_type = JSON_TYPE, .run = demo_scenario_run},
    {"GET", "/healthz", ROLE_NONE, ROUTE_NOW, .content_type = JSON_TYPE, .run = healthz_run},
    {"GET", "/readyz", ROLE_NONE, ROUTE_NOW, .content_type = JSON_TYPE, .run = readyz_run},
    {"GET", "/metrics", ROLE_READ, ROUTE_NOW, .content_type = "text/plain", .run = metrics_run},
    {"GET", "/openapi.json", ROLE_NONE, ROUTE_NOW, .content_type = JSON_TYPE, .run = openapi_run},
    {"GET", "/problems/{name}", ROLE_NONE, ROUTE_NOW, .content_type = JSON_TYPE,
     .run = problem_run},
    /* The last: what nothing above takes, when web_takes does. */
    {"GET", "*", ROLE_NONE, ROUTE_NOW, .any_query = true, .run = web_run},
};

const size_t server_route_count = sizeof server_routes / sizeof *server_routes;
