"""The renewal of services: one service of one node after the other, each proved by a connection before the next."""
