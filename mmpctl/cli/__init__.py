"""The command `mmpctl`: nothing else imports typer."""
