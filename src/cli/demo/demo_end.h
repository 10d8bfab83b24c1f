/* The end of the demo: what the senders were told against what the server and the files say. */
#ifndef ML_CLI_DEMO_END_H
#define ML_CLI_DEMO_END_H

#include "cli/demo/demo_intake.h"
#include "cli/demo/demo_server.h"

/* Looks up every acknowledged lead, stops the server, proves the data directory. Prints all of it.
 * True when everything balances. */
bool demo_end(struct demo_server *server, const char *token, struct demo_intake *intake);

#endif
