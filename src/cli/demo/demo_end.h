/* The end of the demo: what the senders were told against what the server, the stand-ins and the
 * files say. */
#ifndef ML_CLI_DEMO_END_H
#define ML_CLI_DEMO_END_H

#include "cli/demo/demo.h"

/* Looks up every acknowledged lead, stops the server and the stand-ins, matches receipts and
 * requests, proves the data directory; prints all of it and writes the report (NULL: below the
 * data). `wanted`: the scenario that had to play, "all", or NULL. True when everything is as it
 * must be. */
bool demo_end(struct demo *demo, const char *report, const char *wanted);

#endif
