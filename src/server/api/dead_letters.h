/* Dead letters for people: records that broke their contract, listed, clustered, exported,
 * replayed, discarded. */
#ifndef ML_SERVER_DEAD_LETTERS_H
#define ML_SERVER_DEAD_LETTERS_H

#include "server/request.h"

/* GET /v1/dead-letters, with filters */
extern const char *const dead_letters_parameters[];
void dead_letters_run(struct request *request);
/* GET /v1/dead-letters/clusters: the open ones by what is wrong with them */
extern const char *const dead_letter_clusters_parameters[];
void dead_letter_clusters_run(struct request *request);
/* GET /v1/dead-letters/export: whole ones, one a line, as many as there are */
extern const char *const dead_letter_export_parameters[];
void dead_letter_export_run(struct request *request);
/* GET /v1/dead-letters/{id} */
void dead_letter_run(struct request *request);
/* POST /v1/dead-letters/{id}/discard */
void dead_letter_discard_run(struct request *request);
void dead_letter_discard_finish(struct request *request);
/* POST /v1/dead-letters/replay */
void dead_letter_replay_run(struct request *request);

/* The filters that these calls share, from their first parameters; strings borrowed from the
 * request. False: it has been refused. */
enum { DEAD_LETTER_SOURCE, DEAD_LETTER_CONTRACT, DEAD_LETTER_VIOLATION, DEAD_LETTER_STATE };
bool dead_letter_filter(struct request *request, struct store_dead_letter_filter *ret);
/* The same with the state. */
bool dead_letter_filter_state(struct request *request, struct store_dead_letter_filter *ret);

#endif
