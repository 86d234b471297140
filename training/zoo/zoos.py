"""The zoos by the names that the command line, the splits and the page know them by."""

from training.zoo import diverse, varying_cnns

ZOOS = {"varying-cnns": varying_cnns, "diverse": diverse}
