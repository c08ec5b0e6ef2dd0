"""The device's text to typed facts."""
