"""Random schedules: the real runbooks over a fast model of the devices, without sockets and without waiting."""
