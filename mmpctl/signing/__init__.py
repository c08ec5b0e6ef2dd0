"""From requests to the files that `--certs` takes: by a private CA, by a program, or out of what another CA sent."""
