"""The device: its command line over SSH, its files over SFTP, and what its texts mean."""
