/* GET /v1/demo, POST /v1/demo/scenarios/{name}: the page's way to the failure demo, which runs this
 * server. The two meet in a directory: the demo writes DIRECTORY/state.json anew once a second, and
 * takes "play NAME" and "stop NAME" from the datagram socket DIRECTORY/control. */
#ifndef ML_SERVER_DEMO_H
#define ML_SERVER_DEMO_H

#include "server/request.h"

void demo_state_run(struct request *request);
void demo_scenario_run(struct request *request);

#endif
