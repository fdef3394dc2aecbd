"""What the program costs as a process: its start, the memory that it holds, the output that it takes in."""
