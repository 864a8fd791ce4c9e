"""The commands, a module each. Heavy rooms are imported where the work starts, so that help comes at once."""
