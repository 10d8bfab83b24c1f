/* The steps of postgres.sql, in order; generated. */
#ifndef ML_EFFECT_POSTGRES_SQL_H
#define ML_EFFECT_POSTGRES_SQL_H

extern const char *const postgres_steps[];
extern const int postgres_step_count;

#endif
