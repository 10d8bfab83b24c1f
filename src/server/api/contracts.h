/* GET /v1/contracts/…: what each source takes, as a schema for programs and as a page for people
 * (D4). Open to everybody: what a partner may send is no secret, and nothing else is told. */
#ifndef ML_SERVER_CONTRACTS_H
#define ML_SERVER_CONTRACTS_H

#include "server/request.h"

void contract_schema_run(struct request *request); /* of the version in force, or one by number */
void contract_docs_run(struct request *request);   /* likewise, as HTML */

#endif
