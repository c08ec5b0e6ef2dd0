"""The files that a service is given: where they lie here, in what form they are sent, and what is wrong with them."""
