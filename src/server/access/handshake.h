/* GET /v1/sources/{source}/leads: how vendors make sure, before they send anything, that the
 * address is ours. Needs no token: whoever answers shows that it knows a secret, and learns
 * nothing. */
#ifndef ML_SERVER_HANDSHAKE_H
#define ML_SERVER_HANDSHAKE_H

struct request;

extern const char *const handshake_parameters[];
/* Meta: `hub.mode=subscribe` with the verify token of a key of kind "meta": the challenge, as text.
 * LinkedIn: `challengeCode`: the code and its HMAC under the newest key of kind "linkedin". */
void handshake_run(struct request *request);

#endif
