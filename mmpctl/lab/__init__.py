"""A simulated fleet of Cisco Meeting Servers over real SSH and SFTP; it shares no code with the rest of the project."""
