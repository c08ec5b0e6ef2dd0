"""Results for people and programs: each is made from a command's JSON document, which is the single truth."""
