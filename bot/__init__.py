"""What touches the world: storage, platforms, words, settings, time."""
