/* The JSON of events about promises, exceptions, surges, alerts and incidents. */
#include "core/codec.h"
