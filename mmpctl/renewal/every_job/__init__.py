"""What every job is made of: a new one derives its plan, its work, its steps and its resumed units from these."""
