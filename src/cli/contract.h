/* The actions of `meshline contract`, a file each. argv[0] is the action's name; all return a
 * cli_exit, except that for a diff CLI_FAILED means "not compatible". */
#ifndef ML_CLI_CONTRACT_H
#define ML_CLI_CONTRACT_H

int contract_diff_command(int argc, char **argv);
int contract_infer_command(int argc, char **argv);
/* status, shadow, canary, promote, roll-back and stop. */
int contract_rollout_command(int argc, char **argv);

#endif
