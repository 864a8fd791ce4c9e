"""What a label is: bytes in, Label out. Imports nothing of ours."""
