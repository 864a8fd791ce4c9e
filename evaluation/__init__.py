"""How good the reading is: extracted facts against texts that people have annotated."""
