/* The page's way to the demo, through the server: DATA/demo/state.json says how it goes, written
 * anew once a second; orders arrive at the datagram socket DATA/demo/control. The document is
 * `Demo` of spec/openapi.yaml. */
#ifndef ML_CLI_DEMO_CONTROL_H
#define ML_CLI_DEMO_CONTROL_H

#include "cli/demo/demo.h"

/* `directory` is DATA/demo. */
int demo_control_open(struct demo *demo, const char *directory, struct error *err);
/* Takes orders, and says how it goes when that is due. */
int demo_control_step(struct demo *demo, const char *directory, int64_t now_us, struct error *err);
void demo_control_close(struct demo *demo, const char *directory);

#endif
