"""The bot itself: welcome, help, language, the home view with what waits and one's own questions. Keeps no record."""
