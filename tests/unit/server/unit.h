/* cmocka's headers in the order it needs. */
#ifndef ML_TESTS_UNIT_SERVER_UNIT_H
#define ML_TESTS_UNIT_SERVER_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#endif
