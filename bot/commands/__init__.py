"""The commands of `someopas`, one module for each group of them: what each takes, says and fails with."""
